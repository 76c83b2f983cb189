create policy patients_select on public.patients for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('patients.read')));
comment on policy patients_select on public.patients is 'Who may read patients reads the clinic''s.';

create policy patients_insert on public.patients for insert to authenticated
  with check (tenant_id = (select private.permitted_tenant_id('patients.create')));
comment on policy patients_insert on public.patients is 'Who may add patients adds them to the clinic only.';

create policy patients_update on public.patients for update to authenticated
  using (tenant_id = (select private.permitted_tenant_id('patients.update')))
  with check (tenant_id = (select private.permitted_tenant_id('patients.update')));
comment on policy patients_update on public.patients is 'Who may change patients changes the clinic''s, and they stay there.';

create policy patient_words_select on private.patient_words for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('patients.read')));
comment on policy patient_words_select on private.patient_words is 'Who may read patients may search them.';

create policy patient_imports_select on public.patient_imports for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('patients.import')));
comment on policy patient_imports_select on public.patient_imports is 'Who may import patients sees the clinic''s imports.';

create trigger patients_touch before update on public.patients for each row execute function private.touch();

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

-- One page of the patient list: rows, whether there is more, and a count capped at 1,001 for searches. The cursor is a patient's id; nothing
-- of a patient travels in it. Row-level security applies to the caller. The clinic stands in a variable: a condition of a query is not
-- looked at where a table is empty, and whoever may not read a list hears so, as nothing would look like none.
create function public.list_patients(
  p_search text default '', p_archived boolean default false, p_sort text default 'name', p_descending boolean default false,
  p_cursor uuid default null, p_backwards boolean default false, p_limit integer default 25
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.read');
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

create function private.index_patients() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op <> 'INSERT' then
    delete from private.patient_words w using old_rows o
    where w.tenant_id = o.tenant_id and w.patient_id = o.id;
  end if;
  if tg_op = 'DELETE' then
    return null;
  end if;
  insert into private.patient_words (tenant_id, patient_id, word)
  with folded as materialized (
    select n.tenant_id, n.id, n.birth_date, n.mobile_phone, n.home_phone,
      private.fold(concat_ws(' ', n.given_name, n.family_name, n.email, n.external_id)) as text
    from new_rows n
  ),
  typed as materialized (
    select f.tenant_id, f.id, w from folded f, regexp_split_to_table(f.text, '[[:space:],;]+') as w
  ),
  phones as materialized (
    select f.tenant_id, f.id, ltrim(regexp_replace(n, '[^0-9]', '', 'g'), '0') as w
    from folded f, unnest(array[f.mobile_phone, f.home_phone]) as n where n is not null
  ),
  words as (
    select tenant_id, id, w from typed
    union all select tenant_id, id, regexp_replace(w, '[[:punct:]]', '', 'g') from typed where w ~ '[[:punct:]]'
    union all select t.tenant_id, t.id, part from typed t, regexp_split_to_table(t.w, '[[:punct:]]+') as part
      where t.w ~ '[[:punct:]]' and char_length(part) > 1
    union all select tenant_id, id, to_char(birth_date, 'YYYYMMDD') from folded
    union all select tenant_id, id, w from phones
    -- A phone number is also found without country and area, and by its last four digits.
    union all select tenant_id, id, right(w, n) from phones, unnest(array[10, 9, 8, 7, 4]) as n where char_length(w) > n
  )
  select tenant_id, id, left(w, 254) from words where w <> ''
  on conflict do nothing;
  return null;
end
$$;

create trigger patients_index_insert after insert on public.patients
  referencing new table as new_rows for each statement execute function private.index_patients();

create trigger patients_index_update after update on public.patients
  referencing old table as old_rows new table as new_rows for each statement execute function private.index_patients();

create trigger patients_index_delete after delete on public.patients
  referencing old table as old_rows for each statement execute function private.index_patients();

create trigger patients_fixed before update of id, tenant_id, mark_key on public.patients for each row
  when ((old.id, old.tenant_id, old.mark_key) is distinct from (new.id, new.tenant_id, new.mark_key))
  execute function private.refuse_new_identity();

create function private.mark_key(p_tenant uuid, p_patient uuid) returns bytea
language sql stable security definer set search_path = '' set enable_seqscan = off as $$
  select mark_key from public.patients where tenant_id = p_tenant and id = p_patient
$$;

-- Whether a value stood in a record by an entry of the log: p_values is a jsonb object of its changed fields, p_patient the one whom the
-- record is about where it is not the patient's own. Null when the patient's key is gone.
create function private.audit_value_matches(p_tenant uuid, p_entry bigint, p_values jsonb, p_patient uuid default null) returns boolean
language sql stable security definer set search_path = '' as $$
  select extensions.hmac(convert_to(p_values::text, 'UTF8'), private.mark_key(l.tenant_id, coalesce(p_patient, l.record_id)), 'sha256') = l.values_mac
  from public.audit_log l
  where l.tenant_id = p_tenant and l.id = p_entry
$$;

-- Opens a patient's full record: a line in the log, and for a minute the right to read it. False when the clinic has none of this id.
-- Reading is a request of its own: whoever made it fail, by a cast of a column, would see the value and undo the line.
create function private.open_patient(p_id uuid) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.permitted_tenant_id('patients.read');
begin
  if exists (select 1 from private.slowed_members s where s.tenant_id = v_tenant and s.user_id = auth.uid() and s.until > now())
    and private.take_rate_limit('slowed:' || v_tenant || auth.uid(), 5, 60) > 0
  then
    raise exception 'too many records' using errcode = 'YR003';
  end if;
  if not exists (select 1 from public.patients p where p.tenant_id = v_tenant and p.id = p_id) then
    return false;
  end if;
  perform private.write_audit(v_tenant, 'patients.opened', p_id);
  return true;
end
$$;

create function public.open_patient(p_id uuid) returns boolean
language sql volatile set search_path = '' as $$ select private.open_patient(p_id) $$;

-- The full record of a patient that this session has opened within the last minute.
create function private.read_patient(p_id uuid) returns setof public.patients
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.permitted_tenant_id('patients.read');
  v_patient public.patients;
begin
  if exists (
    select 1 from public.audit_log l
    where l.tenant_id = v_tenant and l.record_id = p_id and l.occurred_at > now() - interval '1 minute' and l.action = 'patients.opened'
      and l.outcome = 'done' and l.session_id = private.session_id() and l.actor_id = auth.uid()
      -- Committed: a line of this very transaction could be undone with it.
      and l.xid < pg_snapshot_xmax(pg_current_snapshot()) and l.xid is distinct from pg_current_xact_id_if_assigned())
  then
    for v_patient in select p.* from public.patients p where p.tenant_id = v_tenant and p.id = p_id loop
      v_patient.mark_key := null;
      return next v_patient;
    end loop;
  end if;
end
$$;

create function public.read_patient(p_id uuid) returns setof public.patients
language sql stable set search_path = '' as $$ select * from private.read_patient(p_id) $$;

grant execute on function
  private.search_words(text),
  public.list_patients(text, boolean, text, boolean, uuid, boolean, integer),
  private.open_patient(uuid), public.open_patient(uuid),
  private.read_patient(uuid), public.read_patient(uuid)
to authenticated;

do $$
begin
  perform private.audit_table('public.patients', 'tenant_id', 'id');
  perform private.limit_table('public.patients', 'patients', 'not archived');
end
$$;
