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

-- A page of the log, the newest first, of whole days of the clinic; the cursor is an entry's id.
create function private.list_audit(
  p_actor uuid, p_action text, p_record uuid, p_from date, p_to date, p_cursor bigint, p_backwards boolean, p_limit integer, p_outcome text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('audit.read');
  v_limit constant integer := least(greatest(p_limit, 1), 1000);
  v_zone constant text := (select time_zone from public.tenants where id = v_tenant);
  v_where text;
  v_rows jsonb;
begin
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
  v_tenant constant uuid := private.require_tenant('audit.read');
begin
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
  v_tenant constant uuid := private.require_tenant('audit.read');
begin
  if not private.can('exports.create') then
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
  private.record_refusal(uuid, text, text, text, text, uuid), public.record_refusal(uuid, text, text, text, text, uuid),
  private.record_failed_sign_in(text, text, text, text, text), public.record_failed_sign_in(text, text, text, text, text)
to service_role;

grant execute on function
  private.list_audit(uuid, text, uuid, date, date, bigint, boolean, integer, text), public.list_audit(uuid, text, uuid, date, date, bigint, boolean, integer, text),
  private.audit_filters(), public.audit_filters(),
  private.start_audit_export(), public.start_audit_export()
to authenticated;
