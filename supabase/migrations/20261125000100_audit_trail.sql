-- The log proves itself: whence, how each act ended, marks of the values, and a chain of hashes over all of it.
create extension if not exists pgcrypto with schema extensions;

-- The client's address as the app tells it.
create function private.client_address() returns text
language sql stable set search_path = '' as $$
  select left(private.request_header('x-client-address'), 64)
$$;

alter table public.audit_log
  add column outcome text not null default 'done' check (outcome in ('done', 'refused', 'failed')),
  -- Why it was refused or failed: a code of the app, or the permission that was missing.
  add column reason text check (char_length(reason) <= 60),
  add column address text default private.client_address() check (char_length(address) <= 64),
  -- Where no session says it.
  add column user_agent text check (char_length(user_agent) <= 300),
  add column values_mac bytea check (octet_length(values_mac) = 32),
  -- By which the sealer knows what it has not seen.
  add column xid xid8 not null default pg_current_xact_id(),
  drop constraint audit_log_pkey,
  drop constraint audit_log_tenant_id_id_key,
  -- Functions of the database alone write it, for clinics that they have just read; a check for each line cost a third of writing it.
  drop constraint audit_log_tenant_id_fkey,
  add primary key (tenant_id, id);
drop index public.audit_log_record_idx;
create index audit_log_time_idx on public.audit_log (tenant_id, occurred_at, id);
create index audit_log_record_idx on public.audit_log (tenant_id, record_id, occurred_at, id);
create index audit_log_actor_idx on public.audit_log (tenant_id, actor_id, occurred_at, id);
-- What happens all day is found along the time; for the rest, which may lie far apart, there is an index.
create index audit_log_action_idx on public.audit_log (tenant_id, action, occurred_at, id)
  where action not in ('patients.insert', 'patients.update');
create index audit_log_xid_idx on public.audit_log (xid);
comment on column public.audit_log.values_mac is
  'HMAC-SHA-256, under the patient''s key, of the new values of changed_fields (of a new record: of all) as jsonb text.';

-- Under a patient's key the log's marks of values can be checked; without it they say nothing. It goes with the patient, and nobody is
-- granted it: what answers whole patients leaves it out.
-- Of two random UUIDs, since whoever inserts must be able to make it.
alter table public.patients add column mark_key bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());

-- By these the log knows a patient's lines and checks their marks.
create function private.refuse_new_identity() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception 'a patient stays who they are' using errcode = '42501';
end
$$;
create trigger patients_fixed before update of id, tenant_id, mark_key on public.patients for each row
  when ((old.id, old.tenant_id, old.mark_key) is distinct from (new.id, new.tenant_id, new.mark_key))
  execute function private.refuse_new_identity();

create function private.mark_key(p_tenant uuid, p_patient uuid) returns bytea
language sql stable security definer set search_path = '' set enable_seqscan = off as $$
  select mark_key from public.patients where tenant_id = p_tenant and id = p_patient
$$;

-- Statement-level: 50,000 imported rows cost one insert. TG_ARGV[0] names the column that holds the tenant, TG_ARGV[1] the one
-- that holds the patient, where the table is about patients.
create or replace function private.audit_change() returns trigger
-- Plans are kept, and one that was made for a statement of one row would compare each row of a large one with all others.
language plpgsql security definer set search_path = '' set enable_seqscan = off set enable_nestloop = off as $$
declare
  v_actor constant uuid := private.actor_id();
  v_session constant uuid := private.session_id();
  v_request constant text := left(private.request_header('x-request-id'), 64);
  v_address constant text := private.client_address();
  v_action constant text := tg_table_name || '.' || lower(tg_op);
begin
  if tg_op = 'DELETE' then
    insert into public.audit_log (tenant_id, actor_id, session_id, request_id, address, action, record_id)
    select (r ->> tg_argv[0])::uuid, v_actor, v_session, v_request, v_address, v_action, (r ->> 'id')::uuid
    from (select to_jsonb(o) as r from old_rows o) as rows
    -- When the clinic itself is deleted its log goes with it.
    where exists (select 1 from public.tenants t where t.id = (r ->> tg_argv[0])::uuid);
    return null;
  end if;
  if tg_op = 'INSERT' then
    insert into public.audit_log (tenant_id, actor_id, session_id, request_id, address, action, record_id, values_mac)
    select (r ->> tg_argv[0])::uuid, v_actor, v_session, v_request, v_address, v_action, (r ->> 'id')::uuid,
      case when tg_argv[1] is not null then extensions.hmac(convert_to((r - 'mark_key')::text, 'UTF8'),
        coalesce((r ->> 'mark_key')::bytea, private.mark_key((r ->> tg_argv[0])::uuid, (r ->> tg_argv[1])::uuid)), 'sha256') end
    from (select to_jsonb(n) as r from new_rows n offset 0) as rows;
  else
    insert into public.audit_log (tenant_id, actor_id, session_id, request_id, address, action, record_id, changed_fields, values_mac)
    select (n.r ->> tg_argv[0])::uuid, v_actor, v_session, v_request, v_address, v_action, (n.r ->> 'id')::uuid,
      array(select jsonb_object_keys(c.fields) order by 1),
      case when tg_argv[1] is not null then extensions.hmac(convert_to(c.fields::text, 'UTF8'),
        coalesce((n.r ->> 'mark_key')::bytea, private.mark_key((n.r ->> tg_argv[0])::uuid, (n.r ->> tg_argv[1])::uuid)), 'sha256') end
    from (select to_jsonb(x) as r from new_rows x) as n
    join (select to_jsonb(x) as r from old_rows x) as o
      on coalesce(o.r ->> 'id', o.r ->> 'tenant_id') = coalesce(n.r ->> 'id', n.r ->> 'tenant_id')
    cross join lateral (
      select coalesce(jsonb_object_agg(f.key, f.value), '{}') as fields from jsonb_each(n.r) as f
      where f.value is distinct from o.r -> f.key and f.key not in ('updated_at', 'version')
    ) as c;
  end if;
  return null;
end
$$;

-- Adds the three audit triggers to a table, or changes them.
drop function private.audit_table(regclass, text);
create function private.audit_table(p_table regclass, p_tenant_column text default 'tenant_id', p_patient_column text default null) returns void
language plpgsql set search_path = '' as $$
declare
  v_name constant text := (select relname from pg_catalog.pg_class where oid = p_table);
  v_arguments constant text := concat_ws(', ', quote_literal(p_tenant_column), quote_literal(p_patient_column));
begin
  execute format('create or replace trigger %I after insert on %s referencing new table as new_rows for each statement execute function private.audit_change(%s)', v_name || '_audit_insert', p_table, v_arguments);
  execute format('create or replace trigger %I after update on %s referencing old table as old_rows new table as new_rows for each statement execute function private.audit_change(%s)', v_name || '_audit_update', p_table, v_arguments);
  execute format('create or replace trigger %I after delete on %s referencing old table as old_rows for each statement execute function private.audit_change(%s)', v_name || '_audit_delete', p_table, v_arguments);
end
$$;
do $$ begin perform private.audit_table('public.patients', 'tenant_id', 'id'); end $$;

-- Whether a value stood in a record by an entry of the log: p_values is a jsonb object of its changed fields, p_patient the one whom the
-- record is about where it is not the patient's own. Null when the patient's key is gone.
create function private.audit_value_matches(p_tenant uuid, p_entry bigint, p_values jsonb, p_patient uuid default null) returns boolean
language sql stable security definer set search_path = '' as $$
  select extensions.hmac(convert_to(p_values::text, 'UTF8'), private.mark_key(l.tenant_id, coalesce(p_patient, l.record_id)), 'sha256') = l.values_mac
  from public.audit_log l
  where l.tenant_id = p_tenant and l.id = p_entry
$$;

-- Notes in the log that somebody was refused. The app calls it after the fact, in a transaction of its own: the one that was refused
-- is undone. Nothing is written for a session that opens no clinic.
create function private.record_refusal(p_session uuid, p_request text, p_address text, p_action text, p_reason text, p_record uuid) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.audit_log (tenant_id, actor_id, session_id, request_id, action, record_id, outcome, reason, address)
  select s.tenant_id, s.user_id, s.session_id, left(p_request, 64), p_action, p_record, 'refused', left(p_reason, 60), left(p_address, 64)
  from private.tenant_sessions s
  where s.session_id = p_session and private.session_runs_out(s) > now() and private.session_alive(s.session_id, s.user_id)
$$;
create function public.record_refusal(
  p_session uuid, p_request text, p_address text, p_action text, p_reason text, p_record uuid default null) returns void
language sql volatile set search_path = '' as $$ select private.record_refusal(p_session, p_request, p_address, p_action, p_reason, p_record) $$;

-- Notes a sign-in or a code that failed in the log of the clinic that it was tried at, and where the account works elsewhere, there;
-- the record is the membership. What was typed as an address stays out: it could be a password. Called by the app, which saw it fail.
create function private.record_failed_sign_in(p_slug text, p_email text, p_address text, p_user_agent text, p_reason text) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.audit_log (tenant_id, action, record_id, outcome, reason, address, user_agent)
  select t.id, 'sessions.refused', m.id, 'failed', case when t.slug = p_slug then p_reason else 'elsewhere' end, left(nullif(p_address, ''), 64),
    left(nullif(p_user_agent, ''), 300)
  from public.tenants t
  left join auth.users u on lower(u.email) = p_email and not u.is_sso_user
  left join public.memberships m on m.tenant_id = t.id and m.user_id = u.id
  where t.status = 'active' and (
    t.slug = p_slug
    or t.id in (
      select o.tenant_id from auth.users a join public.memberships o on o.user_id = a.id and o.status = 'active'
      where lower(a.email) = p_email and not a.is_sso_user))
$$;
create function public.record_failed_sign_in(p_slug text, p_email text, p_address text, p_user_agent text, p_reason text) returns void
language sql volatile set search_path = '' as $$ select private.record_failed_sign_in(p_slug, p_email, p_address, p_user_agent, p_reason) $$;

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

-- What a list needs is read without a line; remarks, addresses and consents are the full record's.
revoke select on public.patients from authenticated;
grant select (
  id, tenant_id, given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, external_id, archived, archived_at, name_key,
  created_at, updated_at, version
) on public.patients to authenticated;

-- The chain: entry after entry of a clinic, in the order in which they were sealed. Each hash covers the entry and the hash before.
create table private.audit_chain (
  tenant_id uuid not null,
  position bigint not null,
  entry_id bigint not null,
  hash bytea not null check (octet_length(hash) = 32),
  sealed_at timestamptz not null default now(),
  primary key (tenant_id, position),
  unique (tenant_id, entry_id)
);
-- Heads of chains, kept once a day; the worker writes them outside the database as well.
create table private.audit_anchors (
  tenant_id uuid not null references public.tenants on delete cascade,
  position bigint not null,
  hash bytea not null,
  anchored_at timestamptz not null default now(),
  primary key (tenant_id, position)
);
do $$
declare
  v_table text;
begin
  foreach v_table in array array['private.audit_chain', 'private.audit_anchors'] loop
    execute format('alter table %s enable row level security', v_table);
    execute format('alter table %s force row level security', v_table);
    execute format('create trigger append_only before update or truncate on %s for each statement execute function private.refuse_change()', v_table);
    execute format('create trigger no_deletion before delete on %s for each row execute function private.refuse_deletion()', v_table);
  end loop;
end
$$;

-- How far the sealer has come: every entry of a transaction before `below` is sealed, and so is every entry up to `entry_id`.
create table private.audit_sealer (
  singleton boolean primary key default true check (singleton),
  below xid8 not null default '0',
  entry_id bigint not null default 0
);
alter table private.audit_sealer enable row level security;
alter table private.audit_sealer force row level security;
insert into private.audit_sealer default values;

-- A clinic's log and its chain go with the clinic. No foreign key makes a writer or the sealer wait for a deletion that goes on: what they
-- still wrote of a clinic that was going goes later.
create table private.forgotten_tenants (
  id uuid primary key,
  forgotten_at timestamptz not null default now()
);
alter table private.forgotten_tenants enable row level security;
alter table private.forgotten_tenants force row level security;
create function private.forget_audit() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from private.audit_chain where tenant_id in (select id from old_rows);
  delete from public.audit_log where tenant_id in (select id from old_rows);
  insert into private.forgotten_tenants (id) select id from old_rows on conflict do nothing;
  return null;
end
$$;
create function private.purge_forgotten() returns void
language sql security definer set search_path = '' as $$
  delete from private.audit_chain where tenant_id in (select id from private.forgotten_tenants where forgotten_at < now() - interval '1 hour');
  delete from public.audit_log where tenant_id in (select id from private.forgotten_tenants where forgotten_at < now() - interval '1 hour');
  delete from private.forgotten_tenants where forgotten_at < now() - interval '1 hour';
$$;
create or replace function private.purge_expired() returns void
language sql security definer set search_path = '' as $$
  delete from private.rate_limits where resets_at < now();
  delete from private.handoff_codes where expires_at < now();
  delete from private.email_verifications where expires_at < now();
  delete from private.password_resets where expires_at < now();
  delete from private.platform_invites where expires_at < now();
  delete from private.signup_reservations where tenant_id is not null and expires_at < now();
  delete from private.reserved_names where until < now();
  select private.purge_forgotten();
  select private.end_run_out_sessions();
  with ended as (
    update private.platform_sessions s set ended_at = now() where private.platform_session_runs_out(s) <= now() returning s.session_id
  )
  delete from auth.sessions x using ended where x.id = ended.session_id;
$$;
create trigger tenants_forget_audit after delete on public.tenants
  referencing old table as old_rows for each statement execute function private.forget_audit();

create function private.audit_digest(l public.audit_log) returns bytea
language sql stable set search_path = '' as $$
  select sha256(convert_to(row(
    l.tenant_id, l.id, (extract(epoch from l.occurred_at) * 1000000)::bigint, l.actor_id, l.session_id, l.request_id, l.action, l.record_id,
    l.changed_fields, l.outcome, l.reason, l.address, l.user_agent, encode(l.values_mac, 'hex'))::text, 'UTF8'))
$$;
-- The hashes of entries that follow on a hash, one for each digest.
create function private.chained(p_before bytea, p_digests bytea[]) returns bytea[]
language plpgsql immutable strict set search_path = '' as $$
declare
  v_hash bytea := p_before;
  v_digest bytea;
  v_hashes bytea[] := '{}';
begin
  foreach v_digest in array p_digests loop
    v_hash := sha256(v_hash || v_digest);
    v_hashes := v_hashes || v_hash;
  end loop;
  return v_hashes;
end
$$;

create function private.chain_origin(p_tenant uuid) returns bytea
language sql immutable set search_path = '' as $$ select sha256(convert_to(p_tenant::text, 'UTF8')) $$;

-- Seals what has been written since, whatever the order in which transactions end, at most 50,000 entries at once. Answers how many.
create function private.seal_audit() returns integer
language plpgsql security definer set search_path = '' as $$
declare
  -- Whatever began before this has ended: no entry of an earlier transaction is still to come.
  v_horizon constant xid8 := pg_snapshot_xmin(pg_current_snapshot());
  v_sealer private.audit_sealer;
  v_restored boolean;
  v_limit constant integer := 50000;
  v_sealed integer;
begin
  -- Another that seals just now does it for all.
  select * into v_sealer from private.audit_sealer for update skip locked;
  if not found then
    return 0;
  end if;
  -- A database that was restored elsewhere counts its transactions anew.
  v_restored := v_sealer.below > pg_snapshot_xmax(pg_current_snapshot());
  with fresh as (
    select l.tenant_id, array_agg(l.id order by l.xid, l.id) as ids, array_agg(private.audit_digest(l) order by l.xid, l.id) as digests
    from (
      select x.* from public.audit_log x
      where (v_restored or (x.xid >= v_sealer.below and x.id > v_sealer.entry_id))
        and not exists (select 1 from private.audit_chain c where c.tenant_id = x.tenant_id and c.entry_id = x.id)
      order by x.xid, x.id limit v_limit) as l
    group by l.tenant_id
  )
  insert into private.audit_chain (tenant_id, position, entry_id, hash)
  select f.tenant_id, coalesce(h.position, 0) + u.n, u.id, u.hash
  from fresh f
  left join lateral (
    select c.position, c.hash from private.audit_chain c where c.tenant_id = f.tenant_id order by c.position desc limit 1) as h on true
  cross join lateral unnest(f.ids, private.chained(coalesce(h.hash, private.chain_origin(f.tenant_id)), f.digests)) with ordinality as u (id, hash, n);
  get diagnostics v_sealed = row_count;
  if v_sealed > 0 and not v_restored then
    perform private.detect_suspicious(v_sealer.below);
  end if;
  if v_sealed = v_limit then
    -- There may be more of the same transactions; the next call goes on.
    return v_sealed;
  end if;
  if v_restored then
    update private.audit_sealer set below = v_horizon, entry_id = coalesce((select max(c.entry_id) from private.audit_chain c), 0);
  else
    update private.audit_sealer set below = greatest(below, v_horizon);
  end if;
  return v_sealed;
end
$$;

-- Verifies a stretch of a clinic's chain after a position, which must itself have been verified. `broken` names the first entry that
-- does not fit: 'missing' from the log or the chain, 'changed', or not as it was 'anchored'. At the end of the chain entries that are
-- settled, and yet in no chain, are 'unsealed'; those that wait for the sealer are counted.
create function private.verify_audit(p_tenant uuid, p_after bigint default 0, p_limit integer default 20000) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_start bytea := private.chain_origin(p_tenant);
  v_last bigint;
  v_checked integer;
  v_broken jsonb;
  v_settled bigint;
  v_waiting bigint := 0;
begin
  if p_after > 0 then
    select hash into v_start from private.audit_chain where tenant_id = p_tenant and position = p_after;
  end if;
  with stretch as (
    select c.position, c.entry_id, c.hash, row_number() over (order by c.position) as n
    from private.audit_chain c where c.tenant_id = p_tenant and c.position > p_after
    order by c.position limit p_limit
  ),
  read as (
    select s.n, s.position, s.entry_id, s.hash, l.id is null as missing, case when l.id is not null then private.audit_digest(l) end as digest
    from stretch s left join public.audit_log l on l.tenant_id = p_tenant and l.id = s.entry_id
  ),
  expected as (
    select r.*, u.hash as should
    from read r
    join unnest(private.chained(coalesce(v_start, ''), (select array_agg(x.digest order by x.n) from read x))) with ordinality as u (hash, n) on u.n = r.n
  ),
  judged as (
    select e.position, e.entry_id, p_after + e.n as wanted,
      case
        when e.missing or e.position <> p_after + e.n or v_start is null then 'missing'
        when e.hash <> e.should then 'changed'
        when a.hash is not null and a.hash <> e.hash then 'anchored'
      end as why
    from expected e
    left join private.audit_anchors a on a.tenant_id = p_tenant and a.position = e.position
  )
  select count(*), max(position),
    (select jsonb_build_object('position', b.wanted, 'entry', case when b.position = b.wanted then b.entry_id end, 'why', b.why)
     from judged b where b.why is not null order by b.position limit 1)
  into v_checked, v_last, v_broken from judged;
  v_last := coalesce(v_last, p_after);
  if v_broken is null and v_checked < p_limit then
    select jsonb_build_object('position', min(a.position), 'entry', null, 'why', 'cut') into v_broken
    from private.audit_anchors a where a.tenant_id = p_tenant and a.position > v_last having count(*) > 0;
    if v_broken is null then
      select count(*) filter (where l.xid < z.below or l.id <= z.entry_id), count(*) into v_settled, v_waiting
      from public.audit_log l cross join private.audit_sealer z where l.tenant_id = p_tenant;
      v_waiting := v_waiting - v_last;
      -- Only then they are looked for: it takes long in a large log.
      if v_settled > v_last then
        select jsonb_build_object('position', null, 'entry', min(l.id), 'why', 'unsealed') into v_broken
        from public.audit_log l cross join private.audit_sealer z
        where l.tenant_id = p_tenant and (l.xid < z.below or l.id <= z.entry_id)
          and not exists (select 1 from private.audit_chain c where c.tenant_id = p_tenant and c.entry_id = l.id)
        having count(*) > 0;
      end if;
    end if;
  end if;
  return jsonb_build_object(
    'checked', v_checked, 'last', v_last, 'done', v_checked < p_limit or v_broken is not null, 'broken', v_broken, 'waiting', coalesce(v_waiting, 0));
end
$$;
create function private.verify_own_audit(p_after bigint) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.permitted_tenant_id('audit.read');
begin
  if v_tenant is null then
    raise exception 'reading the log is not allowed' using errcode = '42501';
  end if;
  if p_after = 0 then
    perform private.write_audit(v_tenant, 'audit_log.verified', null);
  end if;
  return private.verify_audit(v_tenant, p_after);
end
$$;
create function public.verify_audit(p_after bigint default 0) returns jsonb
language sql volatile set search_path = '' as $$ select private.verify_own_audit(p_after) $$;

-- The head of each clinic's chain, and the last one that was kept; a chain that has become shorter is there as well.
create function private.audit_heads() returns table (tenant_id uuid, slug text, "position" bigint, hash text, anchored bigint)
language sql stable security definer set search_path = '' as $$
  select t.id, t.slug, coalesce(h.position, 0), coalesce(encode(h.hash, 'hex'), ''), coalesce(a.position, 0)
  from public.tenants t
  left join lateral (select c.position, c.hash from private.audit_chain c where c.tenant_id = t.id order by c.position desc limit 1) as h on true
  left join lateral (select max(x.position) as position from private.audit_anchors x where x.tenant_id = t.id) as a on true
  where h.position is not null or a.position is not null
$$;
create function private.keep_audit_anchor(p_tenant uuid, p_position bigint) returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.audit_anchors (tenant_id, position, hash)
  select tenant_id, position, hash from private.audit_chain where tenant_id = p_tenant and position = p_position
  on conflict do nothing
$$;

-- Whose membership it was, when it is gone.
create table private.former_members (
  tenant_id uuid not null references public.tenants on delete cascade,
  membership_id uuid not null,
  user_id uuid not null references auth.users on delete cascade,
  primary key (tenant_id, membership_id)
);
create index former_members_user_idx on private.former_members (user_id);
alter table private.former_members enable row level security;
alter table private.former_members force row level security;
create function private.remember_member() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.former_members (tenant_id, membership_id, user_id)
  select o.tenant_id, o.id, o.user_id from old_rows o
  where exists (select 1 from public.tenants t where t.id = o.tenant_id) and exists (select 1 from auth.users u where u.id = o.user_id)
  on conflict do nothing;
  return null;
end
$$;
create trigger memberships_remember after delete on public.memberships
  referencing old table as old_rows for each statement execute function private.remember_member();

-- A page of the log, the newest first, of whole days of the clinic; the cursor is an entry's id.
create function private.list_audit(
  p_actor uuid, p_action text, p_record uuid, p_from date, p_to date, p_cursor bigint, p_backwards boolean, p_limit integer, p_outcome text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.permitted_tenant_id('audit.read');
  v_limit constant integer := least(greatest(p_limit, 1), 1000);
  v_zone constant text := (select time_zone from public.tenants where id = v_tenant);
  v_where text;
  v_rows jsonb;
begin
  if v_tenant is null then
    raise exception 'reading the log is not allowed' using errcode = '42501';
  end if;
  v_where := concat(
    case when p_actor is not null then ' and l.actor_id = $2' end,
    -- As a literal, so that the planner sees whether the index covers it.
    case when p_action is not null then format(' and l.action = %L', p_action) end,
    case when p_record is not null then ' and l.record_id = $3' end,
    case when p_outcome is not null then ' and l.outcome = $9' end,
    case when p_from is not null then ' and l.occurred_at >= $4::timestamp at time zone $8' end,
    case when p_to is not null then ' and l.occurred_at < ($5 + 1)::timestamp at time zone $8' end,
    case when p_cursor is not null then format(
      ' and (l.occurred_at, l.id) %s (select c.occurred_at, c.id from public.audit_log c where c.tenant_id = $1 and c.id = $6)',
      case when p_backwards then '>' else '<' end) end);
  execute format(
    'select coalesce(jsonb_agg(to_jsonb(x) order by x.n), ''[]'') from (
       select l.id, l.occurred_at, l.action, l.outcome, l.reason, l.record_id, l.changed_fields, l.request_id, l.n,
         coalesce(l.address, nullif(s.ip, '''')) as address, coalesce(l.user_agent, s.user_agent) as user_agent,
         l.actor_id, p.full_name as actor,
         case when a.user_id is not null then ''platform'' when l.actor_id is not null then ''person'' else ''system'' end as actor_kind,
         case when o.user_id is distinct from l.actor_id then o.full_name end as member
       from (
         select l.*, row_number() over (order by l.occurred_at %1$s, l.id %1$s) as n
         from public.audit_log l where l.tenant_id = $1 %2$s order by l.occurred_at %1$s, l.id %1$s limit $7) as l
       left join private.tenant_sessions s on s.session_id = l.session_id
       left join private.platform_admins a on a.user_id = l.actor_id
       left join public.profiles p on p.user_id = l.actor_id and a.user_id is null
       left join public.memberships m on m.tenant_id = $1 and m.id = l.record_id
       left join private.former_members g on g.tenant_id = $1 and g.membership_id = l.record_id
       left join private.tenant_sessions r on r.session_id = l.record_id and r.tenant_id = $1
       left join public.profiles o on o.user_id = coalesce(m.user_id, g.user_id, r.user_id)) as x',
    case when p_backwards then 'asc' else 'desc' end, v_where)
  into v_rows using v_tenant, p_actor, p_record, p_from, p_to, p_cursor, v_limit + 1, v_zone, p_outcome;
  return jsonb_build_object(
    'has_more', jsonb_array_length(v_rows) > v_limit,
    'rows', (
      select coalesce(jsonb_agg(e - 'n' order by case when p_backwards then -n else n end), '[]')
      from jsonb_array_elements(v_rows) with ordinality as r (e, n) where n <= v_limit));
end
$$;
create function public.list_audit(
  p_actor uuid default null, p_action text default null, p_record uuid default null, p_from date default null,
  p_to date default null, p_cursor bigint default null, p_backwards boolean default false, p_limit integer default 50, p_outcome text default null) returns jsonb
language sql stable set search_path = '' as $$
  select private.list_audit(p_actor, p_action, p_record, p_from, p_to, p_cursor, p_backwards, p_limit, p_outcome)
$$;

-- By whom and by what the log can be filtered: everybody who ever was a member, what has happened here, and what always does.
create function private.audit_filters() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.permitted_tenant_id('audit.read');
begin
  if v_tenant is null then
    raise exception 'reading the log is not allowed' using errcode = '42501';
  end if;
  return jsonb_build_object(
    'people', (
      select coalesce(jsonb_agg(jsonb_build_object('id', p.user_id, 'name', p.full_name) order by private.fold(p.full_name)), '[]')
      from public.profiles p
      where p.user_id in (
        select m.user_id from public.memberships m where m.tenant_id = v_tenant
        union select g.user_id from private.former_members g where g.tenant_id = v_tenant)),
    -- What happens all day, and the rest from one to the next by the index, however many entries there are.
    'actions', (
      with recursive rare as not materialized (select l.action from public.audit_log l
        where l.tenant_id = v_tenant and l.action not in ('patients.insert', 'patients.update')),
      steps as (
        select (select min(r.action) from rare r) as action
        union all
        select (select min(r.action) from rare r where r.action > s.action) from steps s where s.action is not null)
      select jsonb_agg(action order by action) from (
        select action from steps where action is not null
        union all select unnest(array['patients.insert', 'patients.update'])) as all_actions));
end
$$;
create function public.audit_filters() returns jsonb
language sql stable set search_path = '' as $$ select private.audit_filters() $$;

-- Before the log leaves as a file: the plan, the right, the confirmed address, and a line about it.
create function private.start_audit_export() returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.permitted_tenant_id('audit.read');
begin
  if v_tenant is null or not private.can('exports.create') then
    raise exception 'exporting is not allowed' using errcode = '42501';
  end if;
  if not private.has_feature(v_tenant, 'audit_export') then
    raise exception 'the plan has no export of the log' using errcode = 'YQ002';
  end if;
  if not exists (select 1 from public.profiles where user_id = auth.uid() and email_verified_at is not null) then
    raise exception 'the e-mail address is not confirmed' using errcode = 'YP002';
  end if;
  perform private.assert_step_up();
  perform private.write_audit(v_tenant, 'audit_log.exported', null);
end
$$;
create function public.start_audit_export() returns void
language sql volatile set search_path = '' as $$ select private.start_audit_export() $$;

grant execute on function
  private.open_patient(uuid), public.open_patient(uuid),
  private.read_patient(uuid), public.read_patient(uuid),
  private.verify_own_audit(bigint), public.verify_audit(bigint),
  private.list_audit(uuid, text, uuid, date, date, bigint, boolean, integer, text),
  public.list_audit(uuid, text, uuid, date, date, bigint, boolean, integer, text),
  private.audit_filters(), public.audit_filters(),
  private.start_audit_export(), public.start_audit_export()
to authenticated;
grant execute on function
  private.record_refusal(uuid, text, text, text, text, uuid), public.record_refusal(uuid, text, text, text, text, uuid),
  private.record_failed_sign_in(text, text, text, text, text), public.record_failed_sign_in(text, text, text, text, text)
to service_role;

-- What was refused or failed must not read as done.
create or replace function private.list_clinic_audit(p_tenant uuid, p_before bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  return (
    select coalesce(jsonb_agg(to_jsonb(x) order by x.id desc), '[]') from (
      select l.id, l.occurred_at, l.action, l.outcome, l.changed_fields, a.email as actor, d.user_id is not null as by_platform
      from public.audit_log l
      left join auth.users a on a.id = l.actor_id
      left join private.platform_admins d on d.user_id = l.actor_id
      where l.tenant_id = p_tenant and (p_before is null or l.id < p_before)
      order by l.id desc limit 50) as x
  );
end
$$;
