-- The Auth session behind the request; null for anonymous callers and for API keys.
create function private.session_id() returns uuid
language sql stable set search_path = '' as $$
  select nullif(auth.jwt() ->> 'session_id', '')::uuid
$$;

-- The clinic that the caller works in: bound session, live membership, active clinic, no open hold. Null otherwise.
create function private.current_tenant_id() returns uuid
language plpgsql stable security definer set search_path = '' as $$
begin
  return private.permitted_tenant_id();
end
$$;

-- Whether the caller's role in the current clinic holds the permission.
create function private.can(p_permission text) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  return private.permitted_tenant_id(p_permission) is not null;
end
$$;

-- The clinic of the caller's live session, on hold or not. Null when there is none.
create function private.session_tenant_id() returns uuid
language plpgsql stable security definer set search_path = '' as $$
begin
  return private.permitted_tenant_id(null, true);
end
$$;

-- A policy asks once: one lookup answers who calls, in which clinic, and whether the role allows it.
--
-- The clinic of the caller's live session. Null when there is none, while it is on hold (unless p_even_on_hold), while it owes its second
-- factor, and when a permission is asked for that the caller's role does not hold. Policies call this, and not a shorter name for it:
-- another function in between costs half as much again.
create function private.permitted_tenant_id(p_permission text default null, p_even_on_hold boolean default false) returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_session constant uuid := private.session_id();
  v_tenant uuid;
begin
  if v_user is null or v_session is null then
    return null;
  end if;
  select s.tenant_id into v_tenant
  from private.tenant_sessions s
  join auth.sessions a on a.id = s.session_id and a.user_id = s.user_id and (a.not_after is null or a.not_after > now())
  join public.memberships m on m.tenant_id = s.tenant_id and m.user_id = s.user_id and m.status = 'active'
  join public.tenants t on t.id = s.tenant_id and t.status = 'active'
  join public.tenant_settings c on c.tenant_id = s.tenant_id
  left join public.profiles p on p.user_id = s.user_id
  where s.session_id = v_session
    and s.user_id = v_user
    and s.ended_at is null
    and s.last_seen_at > now() - make_interval(mins => c.session_idle_minutes)
    and s.created_at > now() - make_interval(hours => c.session_hours)
    and (s.second_factor_due is null or s.aal = 'aal2' or s.second_factor_due > now())
    and a.created_at > coalesce(p.sessions_valid_after, '-infinity')
    -- Not `exists`: beside an `or` PostgreSQL would read and hash the whole table.
    and (p_even_on_hold
      or (select h.id from public.tenant_holds h where h.tenant_id = s.tenant_id and h.lifted_at is null limit 1) is null)
    and (p_permission is null or (
      select true from public.role_permissions rp
      where rp.tenant_id = m.tenant_id and rp.role_id = m.role_id and rp.permission = p_permission));
  return v_tenant;
end
$$;
comment on function private.permitted_tenant_id(text, boolean) is
  'plpgsql on purpose: inside policies it measured two to three times faster than the same query in SQL.';

-- The clinic that the caller works in, for what they may do by one of the permissions, or, without any named, as its member. Refused
-- otherwise. Functions put it into a variable: a condition of a query is not looked at where a table is empty.
create function private.require_tenant(variadic p_any text[] default '{}') returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_permission text;
  v_tenant uuid := case when cardinality(p_any) = 0 then private.permitted_tenant_id() end;
begin
  foreach v_permission in array p_any loop
    exit when v_tenant is not null;
    v_tenant := private.permitted_tenant_id(v_permission);
  end loop;
  if v_tenant is null then
    raise exception 'not allowed' using errcode = '42501';
  end if;
  return v_tenant;
end
$$;

-- What a table of clinics gets whose rule is "own clinic and permission"; another rule is written out. Forced row-level security, a policy
-- for each command that a permission opens, grants on the columns that members write, versions against stale forms where they may change
-- rows (`updated_at`, `version`), and lines in the log.
create function private.tenant_table(
  p_table regclass, p_read text, p_add text default null, p_change text default null, p_columns text[] default '{}') returns void
language plpgsql set search_path = '' as $$
declare
  v_name constant text := (select relname from pg_catalog.pg_class where oid = p_table);
  v_columns constant text := (select string_agg(quote_ident(c), ', ') from unnest(p_columns) as c);
  v_own constant text := '(tenant_id = (select private.permitted_tenant_id(%1$L)))';
  v_policy text;
  v_rule record;
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('alter table %s force row level security', p_table);
  execute format('grant select on %s to authenticated', p_table);
  for v_rule in
    select * from (values
      ('select', p_read, 'using ' || v_own, 'sees the clinic''s'),
      ('insert', p_add, 'with check ' || v_own, 'adds to the clinic''s'),
      ('update', p_change, 'using ' || v_own || ' with check ' || v_own, 'changes the clinic''s, and they stay there')
    ) as r (command, permission, condition, may) where permission is not null
  loop
    v_policy := v_name || '_' || v_rule.command;
    execute format('create policy %I on %s for %s to authenticated ', v_policy, p_table, v_rule.command)
      || format(v_rule.condition, v_rule.permission);
    execute format('comment on policy %I on %s is %L', v_policy, p_table, format('Who holds %s %s.', v_rule.permission, v_rule.may));
  end loop;
  if p_add is not null then
    execute format('grant insert (tenant_id, %s) on %s to authenticated', v_columns, p_table);
  end if;
  if p_change is not null then
    execute format('grant update (%s) on %s to authenticated', v_columns, p_table);
    execute format('create trigger %I before update on %s for each row execute function private.touch()', v_name || '_touch', p_table);
  end if;
  perform private.audit_table(p_table);
end
$$;

grant execute on function
  private.session_id(),
  private.current_tenant_id(),
  private.can(text)
to anon, authenticated, service_role;

grant execute on function
  private.permitted_tenant_id(text, boolean),
  private.require_tenant(text[])
to authenticated;
