create table public.patients (
  id uuid primary key default gen_random_uuid(),
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
  unique (tenant_id, id),
  unique (tenant_id, external_id)
);
create index patients_name_idx on public.patients (tenant_id, archived, name_key, id);
create index patients_birth_date_idx on public.patients (tenant_id, archived, birth_date, id);
create index patients_updated_idx on public.patients (tenant_id, archived, updated_at, id);
create index patients_created_by_idx on public.patients (created_by);
create trigger patients_touch before update on public.patients for each row execute function private.touch();

alter table public.patients enable row level security;
alter table public.patients force row level security;

grant select on public.patients to authenticated;
grant insert (
  tenant_id, given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, address_line1, address_line2, city, region,
  postal_code, country, external_id, remarks, consent_email, consent_sms, consent_phone
) on public.patients to authenticated;
grant update (
  given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, address_line1, address_line2, city, region,
  postal_code, country, external_id, remarks, consent_email, consent_sms, consent_phone, archived_at
) on public.patients to authenticated;

create policy patients_select on public.patients for select to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('patients.read')));
comment on policy patients_select on public.patients is 'Who may read patients reads the clinic''s.';
create policy patients_insert on public.patients for insert to authenticated
  with check (tenant_id = (select private.current_tenant_id()) and (select private.can('patients.create')));
comment on policy patients_insert on public.patients is 'Who may add patients adds them to the clinic only.';
create policy patients_update on public.patients for update to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('patients.update')))
  with check (tenant_id = (select private.current_tenant_id()) and (select private.can('patients.update')));
comment on policy patients_update on public.patients is 'Who may change patients changes the clinic''s, and they stay there.';

-- Archiving has a permission of its own; policies cannot compare the old row with the new one.
create function private.guard_archiving() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if auth.uid() is not null and not private.can('patients.archive') then
    raise exception 'archiving is not allowed' using errcode = '42501';
  end if;
  return new;
end
$$;
create trigger patients_guard_archiving before update on public.patients
  for each row when (old.archived_at is distinct from new.archived_at) execute function private.guard_archiving();

do $$ begin perform private.audit_table('public.patients'); end $$;

-- The plan counts patients that are not archived.
create function private.count_patients() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'INSERT' then
    perform private.move_total(d.tenant_id, 'patients', d.n)
    from (select tenant_id, count(*) filter (where not archived) as n from new_rows group by 1 order by 1) as d;
  elsif tg_op = 'DELETE' then
    perform private.move_total(d.tenant_id, 'patients', d.n)
    from (select tenant_id, -count(*) filter (where not archived) as n from old_rows group by 1 order by 1) as d;
  else
    perform private.move_total(d.tenant_id, 'patients', d.n)
    from (
      select tenant_id, sum(n)::bigint as n from (
        select tenant_id, count(*) filter (where not archived) as n from new_rows group by 1
        union all
        select tenant_id, -count(*) filter (where not archived) from old_rows group by 1
      ) as both_sides group by 1 order by 1
    ) as d;
  end if;
  return null;
end
$$;
create trigger patients_count_insert after insert on public.patients
  referencing new table as new_rows for each statement execute function private.count_patients();
create trigger patients_count_update after update on public.patients
  referencing old table as old_rows new table as new_rows for each statement execute function private.count_patients();
create trigger patients_count_delete after delete on public.patients
  referencing old table as old_rows for each statement execute function private.count_patients();

-- Words by which a patient is found. `like` and trigrams use no index under row-level security; ranges on this table do.
create table private.patient_words (
  tenant_id uuid not null,
  patient_id uuid not null,
  word text collate "C" not null,
  primary key (tenant_id, word, patient_id),
  foreign key (tenant_id, patient_id) references public.patients (tenant_id, id) on delete cascade
);
create index patient_words_patient_idx on private.patient_words (tenant_id, patient_id);
alter table private.patient_words enable row level security;
alter table private.patient_words force row level security;
grant select on private.patient_words to authenticated;
create policy patient_words_select on private.patient_words for select to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('patients.read')));
comment on policy patient_words_select on private.patient_words is 'Who may read patients may search them.';

-- Splits what a person typed into words. A date (12/31/1980, 31.12.1980 or 1980-12-31) is a number of year, month and day;
-- only digits and signs are one number, without a trunk prefix; everything else splits at blanks and commas.
create function private.search_words(p_query text) returns text[]
language sql immutable strict set search_path = '' as $$
  select case
    when p_query ~ '^\s*[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}\s*$' then array(
      select d[3] || lpad(d[1], 2, '0') || lpad(d[2], 2, '0') from regexp_matches(p_query, '([0-9]+)/([0-9]+)/([0-9]+)') as d)
    when p_query ~ '^\s*[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}\s*$' then array(
      select d[3] || lpad(d[2], 2, '0') || lpad(d[1], 2, '0') from regexp_matches(p_query, '([0-9]+)\.([0-9]+)\.([0-9]+)') as d)
    when p_query ~ '[0-9]' and p_query ~ '^[0-9 ()+./-]+$' then array(
      select case when char_length(n) > 5 then ltrim(n, '0') else n end from regexp_replace(p_query, '[^0-9]', '', 'g') as n)
    else array(
      select distinct w from unnest(regexp_split_to_array(private.fold(p_query), '[[:space:],;]+')) as w where w <> ''
    )
  end
$$;
grant execute on function private.search_words(text) to authenticated;

create function private.patient_words_of(p public.patients) returns setof text
language sql stable set search_path = '' as $$
  with typed as (
    select unnest(regexp_split_to_array(private.fold(concat_ws(' ', p.given_name, p.family_name, p.email, p.external_id)), '[[:space:],;]+')) as w
  ),
  phones as (
    select ltrim(regexp_replace(n, '[^0-9]', '', 'g'), '0') as w from unnest(array[p.mobile_phone, p.home_phone]) as n
  )
  select w from typed
  union select regexp_replace(w, '[[:punct:]]', '', 'g') from typed
  union select part from typed, regexp_split_to_table(w, '[[:punct:]]+') as part where char_length(part) > 1
  union select to_char(p.birth_date, 'YYYYMMDD')
  union select w from phones
  -- A phone number is also found without country and area, and by its last four digits.
  union select right(w, n) from phones, unnest(array[10, 9, 8, 7, 4]) as n where char_length(w) > n
$$;

create function private.index_patients() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'UPDATE' then
    delete from private.patient_words w using new_rows n
    where w.tenant_id = n.tenant_id and w.patient_id = n.id;
  end if;
  insert into private.patient_words (tenant_id, patient_id, word)
  select n.tenant_id, n.id, left(w, 254)
  from new_rows n, private.patient_words_of(n::public.patients) as w
  where w <> ''
  on conflict do nothing;
  return null;
end
$$;
create trigger patients_index_insert after insert on public.patients
  referencing new table as new_rows for each statement execute function private.index_patients();
create trigger patients_index_update after update on public.patients
  referencing new table as new_rows for each statement execute function private.index_patients();

-- One page of the patient list: rows, whether there is more, and a count capped at 1,001 for searches.
-- The cursor is a patient's id; nothing of a patient travels in it. Row-level security applies to the caller.
create function public.list_patients(
  p_search text default '', p_archived boolean default false, p_sort text default 'name', p_descending boolean default false,
  p_cursor uuid default null, p_backwards boolean default false, p_limit integer default 25
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_tenant constant uuid := private.current_tenant_id();
  v_words constant text[] := private.search_words(coalesce(left(p_search, 200), ''));
  v_limit constant integer := least(greatest(p_limit, 1), 100);
  v_column constant text := case p_sort when 'name' then 'name_key' when 'birth_date' then 'birth_date' when 'updated' then 'updated_at' end;
  v_down constant boolean := p_descending <> p_backwards;
  v_matching text := '';
  v_after text := '';
  v_rows jsonb;
  v_total bigint;
  v_word text;
begin
  if v_column is null then
    raise exception 'unknown sort' using errcode = '22023';
  end if;
  foreach v_word in array v_words loop
    v_matching := v_matching || format(
      ' and p.id in (select w.patient_id from private.patient_words w where w.tenant_id = $1 and w.word >= %L and w.word < %L)',
      v_word, v_word || U&'\+10FFFF');
  end loop;
  if p_cursor is not null then
    v_after := format(
      ' and (p.%1$I, p.id) %2$s (select c.%1$I, c.id from public.patients c where c.tenant_id = $1 and c.id = $3)',
      v_column, case when v_down then '<' else '>' end);
  end if;
  execute format(
    'select coalesce(jsonb_agg(r order by r.position), ''[]'')
     from (
       select row_number() over () as position, q.* from (
         select p.id, p.given_name, p.family_name, p.birth_date, p.sex, p.mobile_phone, p.home_phone, p.email, p.external_id, p.updated_at
         from public.patients p
         where p.tenant_id = $1 and p.archived = $2 %1$s %2$s
         order by p.%3$I %4$s, p.id %4$s
         limit $4
       ) q
     ) r',
    v_matching, v_after, v_column, case when v_down then 'desc' else 'asc' end)
  into v_rows using v_tenant, p_archived, p_cursor, v_limit + 1;

  if cardinality(v_words) > 0 or p_archived then
    execute format(
      'select count(*) from (select 1 from public.patients p where p.tenant_id = $1 and p.archived = $2 %s limit 1001) capped', v_matching)
    into v_total using v_tenant, p_archived;
  else
    select used into v_total from public.usage_counters where tenant_id = v_tenant and metric = 'patients' and period = 'total';
  end if;

  return jsonb_build_object(
    'rows', case when p_backwards
      then (select coalesce(jsonb_agg(e - 'position' order by n desc), '[]') from jsonb_array_elements(v_rows) with ordinality as x (e, n) where n <= v_limit)
      else (select coalesce(jsonb_agg(e - 'position' order by n), '[]') from jsonb_array_elements(v_rows) with ordinality as x (e, n) where n <= v_limit)
    end,
    'has_more', jsonb_array_length(v_rows) > v_limit,
    'total', coalesce(v_total, 0)
  );
end
$$;
grant execute on function public.list_patients(text, boolean, text, boolean, uuid, boolean, integer) to authenticated;
