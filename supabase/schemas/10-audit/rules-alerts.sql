-- How many entries within the rule's window count for a subject, up to the threshold.
create function private.rule_hits(p_rule private.security_rules, p_tenant uuid, p_subject uuid) returns bigint
language plpgsql stable security definer set search_path = '' as $$
begin
  if p_rule.subject = 'actor' then
    return (select count(*) from (
      select from public.audit_log l
      where l.tenant_id = p_tenant and l.actor_id = p_subject and l.occurred_at > now() - make_interval(secs => p_rule.window_seconds)
        and l.outcome = p_rule.outcome and (p_rule.reason is null or l.reason = p_rule.reason) and not coalesce(l.reason = any(p_rule.except_reasons), false)
        and (p_rule.actions is null or l.action = any(p_rule.actions))
      limit p_rule.threshold) as s);
  end if;
  return (select count(*) from (
    select from public.audit_log l
    where l.tenant_id = p_tenant and l.record_id = p_subject and l.occurred_at > now() - make_interval(secs => p_rule.window_seconds)
      and l.outcome = p_rule.outcome and (p_rule.reason is null or l.reason = p_rule.reason) and not coalesce(l.reason = any(p_rule.except_reasons), false)
      and (p_rule.actions is null or l.action = any(p_rule.actions))
    limit p_rule.threshold) as s);
end
$$;

-- The range that an address belongs to, as one client moves within: a /16 of IPv4, a /48 of IPv6.
create function private.address_range(p_address text) returns cidr
language plpgsql immutable set search_path = '' as $$
begin
  return network(set_masklen(p_address::inet, case family(p_address::inet) when 4 then 16 else 48 end));
exception when invalid_text_representation then
  return null;
end
$$;

-- Whether an entry is what a rule's condition asks for beyond action and outcome.
create function private.meets_condition(p_condition text, p_entry public.audit_log) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  if p_condition = 'at_night' then
    return (
      select extract(hour from p_entry.occurred_at at time zone t.time_zone) not between 6 and 21
      from public.tenants t where t.id = p_entry.tenant_id);
  end if;
  if p_condition = 'new_address_after_failures' then
    return private.address_range(p_entry.address) is not null
      and not exists (
        select 1 from private.tenant_sessions s
        where s.user_id = p_entry.actor_id and s.session_id is distinct from p_entry.session_id
          and private.address_range(s.ip) = private.address_range(p_entry.address))
      and 3 <= (
        select count(*) from public.audit_log l join public.memberships m on m.tenant_id = l.tenant_id and m.id = l.record_id
        where l.tenant_id = p_entry.tenant_id and m.user_id = p_entry.actor_id and l.action = 'sessions.refused'
          and l.occurred_at between p_entry.occurred_at - interval '1 hour' and p_entry.occurred_at);
  end if;
  return p_condition is null;
end
$$;

-- Does what a rule says to somebody; answers what was done in fact.
create function private.answer_suspicion(p_answer text, p_tenant uuid, p_user uuid) returns text
language plpgsql security definer set search_path = '' as $$
begin
  if p_answer = 'none' or p_user is null then
    return 'none';
  end if;
  if p_answer = 'slow' then
    insert into private.slowed_members (tenant_id, user_id, until) values (p_tenant, p_user, now() + interval '1 hour')
    on conflict (tenant_id, user_id) do update set until = excluded.until;
    return 'slow';
  end if;
  if p_answer = 'lock' then
    begin
      update public.memberships set status = 'deactivated' where tenant_id = p_tenant and user_id = p_user and status = 'active';
      return 'lock';
    exception when sqlstate 'YT002' then
      -- The last owner is kept; their sessions are not.
      null;
    end;
  end if;
  perform private.end_sessions(
    array(select s.session_id from private.tenant_sessions s where s.tenant_id = p_tenant and s.user_id = p_user and s.ended_at is null),
    'sessions.ended_by_rule');
  return 'end_sessions';
end
$$;

-- Raises an alert, answers it and tells the owners.
create function private.raise_alert(p_rule private.security_rules, p_tenant uuid, p_user uuid, p_address text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.security_events (tenant_id, rule, user_id, hits, address, answer)
  values (p_tenant, p_rule.key, p_user, p_rule.threshold, p_address, private.answer_suspicion(p_rule.answer, p_tenant, p_user));
  perform private.queue_mail('security_alert', p_tenant, m.user_id)
  from public.memberships m join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id and r.is_system and r.key = 'owner'
  where m.tenant_id = p_tenant and m.status = 'active';
  if p_rule.tell_person then
    perform private.queue_mail(case p_rule.key when 'new_address' then 'new_place_warning' else 'sign_in_warning' end, p_tenant, p_user);
  end if;
end
$$;

-- Looks at the entries that this transaction has sealed. A rule speaks once within its window.
create function private.detect_suspicious(p_below xid8) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_hit record;
begin
  for v_hit in
    select r as rule, l.tenant_id, s.subject, s.user_id, max(l.address) as address
    from public.audit_log l
    join private.audit_chain c on c.tenant_id = l.tenant_id and c.entry_id = l.id and c.sealed_at = now()
    join private.security_rules r
      on r.outcome = l.outcome and (r.actions is null or l.action = any(r.actions)) and (r.reason is null or r.reason = l.reason)
        and not coalesce(l.reason = any(r.except_reasons), false)
    left join public.memberships m on r.subject = 'member' and m.tenant_id = l.tenant_id and m.id = l.record_id
    cross join lateral (
      select case r.subject when 'actor' then l.actor_id else m.id end as subject,
        case r.subject when 'actor' then l.actor_id else m.user_id end as user_id) as s
    where l.xid >= p_below and s.subject is not null
      and l.occurred_at > now() - make_interval(secs => r.window_seconds)
      and private.meets_condition(r.condition, l)
      and not exists (select 1 from private.platform_admins a where a.user_id = l.actor_id and a.removed_at is null)
    group by r, l.tenant_id, s.subject, s.user_id
  loop
    if private.rule_hits(v_hit.rule, v_hit.tenant_id, v_hit.subject) >= (v_hit.rule).threshold
      and not exists (
        select 1 from public.security_events e
        where e.tenant_id = v_hit.tenant_id and e.rule = (v_hit.rule).key and e.user_id is not distinct from v_hit.user_id
          and e.occurred_at > now() - make_interval(secs => (v_hit.rule).window_seconds))
    then
      -- What goes wrong with one alert must not keep the others' entries from being sealed.
      begin
        perform private.raise_alert(v_hit.rule, v_hit.tenant_id, v_hit.user_id, v_hit.address);
      exception when others then
        raise warning 'an alert of the rule % was not raised: %', (v_hit.rule).key, sqlstate;
      end;
    end if;
  end loop;
end
$$;

-- Tells a clinic that its log does not verify; once a day. The daily check calls it.
create function private.report_broken_audit(p_tenant uuid) returns void
language sql volatile security definer set search_path = '' as $$
  select private.raise_alert(r, p_tenant, null, null) from private.security_rules r
  where r.key = 'broken_log' and not exists (
    select 1 from public.security_events e
    where e.tenant_id = p_tenant and e.rule = r.key and e.occurred_at > now() - make_interval(secs => r.window_seconds))
$$;

-- The clinic's alerts, at most 200: the open ones first, then the newest.
create function private.list_alerts() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('audit.read');
begin
  return (
    select jsonb_build_object(
      'total', (select count(*) from public.security_events e where e.tenant_id = v_tenant),
      'open', (select count(*) from public.security_events e where e.tenant_id = v_tenant and e.resolved_at is null),
      'rows', (
        select coalesce(jsonb_agg(to_jsonb(x) order by x.resolved_at is not null, x.occurred_at desc), '[]') from (
          select e.id, r.key as rule, r.title, replace(r.description, '{n}', e.hits::text) as description, e.occurred_at, e.user_id, p.full_name as person, e.address, e.answer, e.resolved_at, e.note,
            q.full_name as resolved_by
          from public.security_events e
          join private.security_rules r on r.key = e.rule
          left join public.profiles p on p.user_id = e.user_id
          left join public.profiles q on q.user_id = e.resolved_by
          where e.tenant_id = v_tenant
          order by e.resolved_at is not null, e.occurred_at desc limit 200) as x)));
end
$$;

create function public.list_alerts() returns jsonb
language sql stable set search_path = '' as $$ select private.list_alerts() $$;

-- Closes an alert with a note. False when it is closed already, or there is none of this id.
create function private.resolve_alert(p_alert uuid, p_note text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('audit.resolve');
  v_event public.security_events;
begin
  update public.security_events set resolved_at = now(), resolved_by = auth.uid(), note = p_note
  where tenant_id = v_tenant and id = p_alert and resolved_at is null
    -- Nobody lets themselves off; owners have nobody above them.
    and (user_id is distinct from auth.uid() or exists (
      select 1 from public.memberships m join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id and r.is_system and r.key = 'owner'
      where m.tenant_id = v_tenant and m.user_id = auth.uid()))
  returning * into v_event;
  if not found then
    return false;
  end if;
  -- Whoever closes the alert lets the person work at their own pace again.
  if v_event.answer = 'slow' then
    delete from private.slowed_members where tenant_id = v_tenant and user_id = v_event.user_id;
  end if;
  return true;
end
$$;

create function public.resolve_alert(p_alert uuid, p_note text) returns boolean
language sql volatile set search_path = '' as $$ select private.resolve_alert(p_alert, p_note) $$;

grant execute on function
  private.list_alerts(), public.list_alerts(),
  private.resolve_alert(uuid, text), public.resolve_alert(uuid, text)
to authenticated;
