-- What the platform has to look at: open alerts, events that could not be worked on, and jobs that have failed for good; the newest 200 of
-- each, with how many there are.
create function private.list_billing_problems() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  return jsonb_build_object(
    'alerts', (
      select coalesce(jsonb_agg(to_jsonb(x) order by x.occurred_at desc), '[]') from (
        select a.id, a.kind, a.about, a.detail, a.occurred_at, a.tenant_id, t.name as clinic, count(*) over () as total
        from private.billing_alerts a join public.tenants t on t.id = a.tenant_id
        where a.resolved_at is null order by a.occurred_at desc limit 200) as x),
    'events', (
      select coalesce(jsonb_agg(to_jsonb(x) order by x.received_at desc), '[]') from (
        select e.id, e.type, e.object_id, e.received_at, e.attempts, e.last_error, e.tenant_id, t.name as clinic, count(*) over () as total
        from private.stripe_events e
        left join public.tenants t on t.id = e.tenant_id
        where e.state = 'dead' order by e.received_at desc limit 200) as x),
    -- What was asked for without an event, and has failed for good.
    'jobs', (
      select coalesce(jsonb_agg(to_jsonb(x) order by x.run_at desc), '[]') from (
        select j.id::text, k.identifier as task, j.run_at, j.attempts, t.id as tenant_id, t.name as clinic, count(*) over () as total
        from graphile_worker._private_jobs j
        join graphile_worker._private_tasks k on k.id = j.task_id
        left join public.tenants t on t.id::text = j.payload ->> 'tenantId'
        where k.identifier in ('sync_billing', 'reconcile_billing', 'settle_billing', 'send_billing_notice')
          and j.attempts >= j.max_attempts and j.locked_at is null
          -- One that was asked for anew while it ran counts no more: its successor has the key.
          and (k.identifier <> 'sync_billing' or j.key is not null)
        order by j.run_at desc limit 200) as x));
end
$$;

create function public.list_billing_problems() returns jsonb
language sql stable set search_path = '' as $$ select private.list_billing_problems() $$;

-- Has an event worked on once more. False when it is not dead any more.
create function private.retry_stripe_event(p_event text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant uuid;
begin
  perform private.assert_platform_admin();
  update private.stripe_events set state = 'pending', settled_at = null, attempts = 0, received_at = now() where id = p_event and state = 'dead'
  returning tenant_id into v_tenant;
  if not found then
    return false;
  end if;
  if v_tenant is null then
    perform graphile_worker.add_job('look_up_stripe_event', json_build_object('event', p_event), job_key => 'stripe:' || p_event, max_attempts => 10);
  else
    perform private.queue_billing_sync(v_tenant);
  end if;
  return true;
end
$$;

create function public.retry_stripe_event(p_event text) returns boolean
language sql volatile set search_path = '' as $$ select private.retry_stripe_event(p_event) $$;

-- Closes an alert. False when it is closed already.
create function private.resolve_billing_alert(p_alert bigint) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  update private.billing_alerts set resolved_at = now(), resolved_by = auth.uid() where id = p_alert and resolved_at is null;
  return found;
end
$$;

create function public.resolve_billing_alert(p_alert bigint) returns boolean
language sql volatile set search_path = '' as $$ select private.resolve_billing_alert(p_alert) $$;

grant execute on function
  private.list_billing_problems(), public.list_billing_problems(),
  private.retry_stripe_event(text), public.retry_stripe_event(text),
  private.resolve_billing_alert(bigint), public.resolve_billing_alert(bigint)
to authenticated;
