create table public.patients (
  id uuid not null default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  given_name text not null check (char_length(given_name) between 1 and 100),
  family_name text not null check (char_length(family_name) between 1 and 100),
  birth_date date not null check (birth_date >= '1850-01-01'),
  sex text not null default 'unknown' check (sex in ('female', 'male', 'other', 'unknown')),
  mobile_phone text check (char_length(mobile_phone) <= 40),
  home_phone text check (char_length(home_phone) <= 40),
  email text check (char_length(email) <= 254),
  address_line1 text check (char_length(address_line1) <= 200),
  address_line2 text check (char_length(address_line2) <= 200),
  city text check (char_length(city) <= 100),
  region text check (char_length(region) <= 100),
  postal_code text check (char_length(postal_code) <= 20),
  country text check (country ~ '^[A-Z]{2}$'),
  external_id text check (char_length(external_id) between 1 and 100),
  remarks text check (char_length(remarks) <= 4000),
  consent_email boolean not null default false,
  consent_sms boolean not null default false,
  consent_phone boolean not null default false,
  archived_at timestamptz,
  archived boolean not null generated always as (archived_at is not null) stored,
  name_key text collate "C" not null generated always as (private.fold(family_name || ' ' || given_name)) stored,
  created_by uuid default auth.uid() references auth.users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version integer not null default 1,
  -- Under this key the log's marks of the patient's values can be checked; without it they say nothing. It goes with the patient, and
  -- nobody is granted it. Of two random UUIDs, since whoever inserts must be able to make it.
  mark_key bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
  -- A patient is reached within a clinic only: no index leads to one by id alone.
  primary key (tenant_id, id),
  -- It is tomorrow somewhere.
  constraint patients_birth_date_past check (birth_date <= current_date + 1),
  unique (tenant_id, external_id)
);
create index patients_name_idx on public.patients (tenant_id, archived, name_key, id);
create index patients_birth_date_idx on public.patients (tenant_id, archived, birth_date, id);
create index patients_updated_idx on public.patients (tenant_id, archived, updated_at, id);
create index patients_created_by_idx on public.patients (created_by);
alter table public.patients enable row level security;
alter table public.patients force row level security;
grant insert (
  tenant_id, given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, address_line1, address_line2, city, region,
  postal_code, country, external_id, remarks, consent_email, consent_sms, consent_phone
) on public.patients to authenticated;
grant update (
  given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, address_line1, address_line2, city, region,
  postal_code, country, external_id, remarks, consent_email, consent_sms, consent_phone, archived_at
) on public.patients to authenticated;
grant select (
  id, tenant_id, given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, external_id, archived, archived_at, name_key,
  created_at, updated_at, version
) on public.patients to authenticated;

-- Words by which a patient is found. `like` and trigrams use no index under row-level security; ranges on this table do. They are derived:
-- triggers alone write them, and a foreign key's check of every word made large inserts quadratic.
create table private.patient_words (
  tenant_id uuid not null,
  patient_id uuid not null,
  word text collate "C" not null,
  primary key (tenant_id, word, patient_id)
);
create index patient_words_patient_idx on private.patient_words (tenant_id, patient_id);
alter table private.patient_words enable row level security;
alter table private.patient_words force row level security;
grant select on private.patient_words to authenticated;

-- Import of patients: rows are staged, a job checks them, a person decides, one statement writes them.
create table public.patient_imports (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  created_by uuid references auth.users on delete set null,
  decided_by uuid references auth.users on delete set null,
  file_name text not null check (char_length(file_name) between 1 and 200),
  -- The patient's fields that the file brings, in the order of the staged cells.
  fields text[] not null check (
    fields @> array['given_name', 'family_name', 'birth_date']
    and fields <@ array[
      'external_id', 'given_name', 'family_name', 'birth_date', 'sex', 'mobile_phone', 'home_phone', 'email', 'address_line1',
      'address_line2', 'city', 'region', 'postal_code', 'country', 'remarks', 'consent_email', 'consent_sms', 'consent_phone']),
  date_order text not null check (date_order in ('ymd', 'mdy', 'dmy')),
  status text not null default 'uploading'
    check (status in ('uploading', 'checking', 'checked', 'importing', 'done', 'discarded', 'failed')),
  rows_total integer not null default 0 check (rows_total between 0 and 200000),
  rows_checked integer not null default 0,
  rows_refused integer not null default 0,
  rows_new integer not null default 0,
  rows_known integer not null default 0,
  rows_added integer not null default 0,
  rows_updated integer not null default 0,
  problem text check (problem in ('quota_exceeded', 'internal')),
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id)
);
create index patient_imports_recent_idx on public.patient_imports (tenant_id, created_at desc);
create index patient_imports_created_by_idx on public.patient_imports (created_by);
create index patient_imports_decided_by_idx on public.patient_imports (decided_by);
alter table public.patient_imports enable row level security;
alter table public.patient_imports force row level security;
grant select on public.patient_imports to authenticated;

-- What a file held, only the mapped columns, until the import is decided.
create table private.patient_import_rows (
  tenant_id uuid not null,
  import_id uuid not null,
  line integer not null check (line > 0),
  cells jsonb not null check (
    jsonb_typeof(cells) = 'array' and jsonb_array_length(cells) <= 18 and octet_length(cells::text) <= 200000
    and not jsonb_path_exists(cells, '$[*] ? (@.type() != "string")')),
  patient jsonb,
  external_id text,
  problem text,
  primary key (tenant_id, import_id, line),
  foreign key (tenant_id, import_id) references public.patient_imports (tenant_id, id) on delete cascade
);
create index patient_import_rows_external_id_idx on private.patient_import_rows (tenant_id, import_id, external_id);
alter table private.patient_import_rows enable row level security;
alter table private.patient_import_rows force row level security;
