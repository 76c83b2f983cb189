-- What 50,000 rows in one statement need.

-- The words are derived: triggers alone write them, and a foreign key's check of every word made large inserts quadratic.
alter table private.patient_words drop constraint patient_words_tenant_id_patient_id_fkey;

drop trigger patients_index_insert on public.patients;
drop trigger patients_index_update on public.patients;
drop function private.index_patients();
drop function private.patient_words_of(public.patients);

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

-- Rows count against a limit while a condition holds; one function for every counted table. Triggers fire in the order of their
-- names: the total comes last, so that the clinic's counter is locked for as short a time as can be.
create function private.count_rows() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_metric constant text := tg_argv[0];
  v_counted constant text := format('select tenant_id, %%s count(*) filter (where %s) as n from %%s group by 1', tg_argv[1]);
begin
  execute format(
    'select private.move_total(d.tenant_id, $1, d.n)
     from (select tenant_id, sum(n)::bigint as n from (%s) as sides group by 1 order by 1) as d',
    concat_ws(' union all ',
      case when tg_op <> 'DELETE' then format(v_counted, '', 'new_rows') end,
      case when tg_op <> 'INSERT' then format(v_counted, '-', 'old_rows') end))
  using v_metric;
  return null;
end
$$;

drop trigger memberships_count_insert on public.memberships;
drop trigger memberships_count_update on public.memberships;
drop trigger memberships_count_delete on public.memberships;
drop trigger patients_count_insert on public.patients;
drop trigger patients_count_update on public.patients;
drop trigger patients_count_delete on public.patients;
create function private.limit_table(p_table regclass, p_metric text, p_counted text) returns void
language plpgsql set search_path = '' as $$
declare
  v_name constant text := (select relname from pg_catalog.pg_class where oid = p_table);
begin
  execute format('create trigger %I after insert on %s referencing new table as new_rows for each statement execute function private.count_rows(%L, %L)', v_name || '_total_insert', p_table, p_metric, p_counted);
  execute format('create trigger %I after update on %s referencing old table as old_rows new table as new_rows for each statement execute function private.count_rows(%L, %L)', v_name || '_total_update', p_table, p_metric, p_counted);
  execute format('create trigger %I after delete on %s referencing old table as old_rows for each statement execute function private.count_rows(%L, %L)', v_name || '_total_delete', p_table, p_metric, p_counted);
end
$$;

do $$
begin
  perform private.limit_table('public.memberships', 'users', 'status = ''active''');
  perform private.limit_table('public.patients', 'patients', 'not archived');
end
$$;
drop function private.count_members();
drop function private.count_patients();
