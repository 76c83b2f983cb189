-- Keeps an event that Stripe delivered, once, and has it worked on in the same transaction. `p_handling` is what the app decided for
-- its type: 'sync', 'look_up' where the customer has to be found first, or 'ignore'. False for one that was kept before.
create function private.store_stripe_event(p_id text, p_type text, p_object text, p_customer text, p_created timestamptz, p_handling text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := (select tenant_id from public.tenant_subscriptions where stripe_customer_id = p_customer);
  v_waits constant boolean := p_handling = 'look_up' or (p_handling = 'sync' and v_tenant is not null);
begin
  insert into private.stripe_events (id, type, object_id, tenant_id, created_at, state, settled_at)
  values (p_id, p_type, p_object, v_tenant, p_created, case when v_waits then 'pending' else 'ignored' end, case when not v_waits then now() end)
  on conflict (id) do nothing;
  if not found then
    return false;
  end if;
  if v_waits and p_handling = 'look_up' then
    perform graphile_worker.add_job('look_up_stripe_event', json_build_object('event', p_id), job_key => 'stripe:' || p_id, max_attempts => 10);
  elsif v_waits then
    perform private.queue_billing_sync(v_tenant);
  end if;
  return true;
end
$$;

create function public.store_stripe_event(p_id text, p_type text, p_object text, p_customer text, p_created timestamptz, p_handling text) returns boolean
language sql volatile set search_path = '' as $$ select private.store_stripe_event(p_id, p_type, p_object, p_customer, p_created, p_handling) $$;

-- Gives an event the customer that was found for it; without a clinic of ours there is nothing to do. Raises the alert that it asks for.
create function private.place_stripe_event(p_event text, p_customer text, p_alert text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := (select tenant_id from public.tenant_subscriptions where stripe_customer_id = p_customer);
  v_event private.stripe_events;
begin
  update private.stripe_events set tenant_id = v_tenant,
    state = case when v_tenant is null then 'ignored' else state end, settled_at = case when v_tenant is null then now() end
  where id = p_event and state = 'pending' returning * into v_event;
  if v_event.id is null or v_tenant is null then
    return;
  end if;
  if p_alert is not null then
    perform private.raise_billing_alert(v_tenant, p_alert, v_event.object_id, v_event.type);
  end if;
  perform private.queue_billing_sync(v_tenant);
end
$$;

-- Notes that events could not be worked on; after the last attempt they wait for somebody to look.
create function private.fail_stripe_events(p_events text[], p_error text, p_final boolean) returns void
language sql volatile security definer set search_path = '' as $$
  update private.stripe_events set attempts = attempts + 1, last_error = left(p_error, 200),
    state = case when p_final then 'dead' else state end, settled_at = case when p_final then now() end
  where id = any(p_events) and state = 'pending'
$$;

-- Events that nobody works on any more, because the worker died at its last attempt.
create function private.bury_lost_stripe_events() returns void
language sql volatile security definer set search_path = '' as $$
  update private.stripe_events set state = 'dead', settled_at = now(), last_error = coalesce(last_error, 'lost')
  where state = 'pending' and received_at < now() - interval '1 day';
  delete from private.stripe_events where state in ('applied', 'ignored') and settled_at < now() - interval '90 days';
$$;

-- The clinics that the hourly comparison asks Stripe about: those that pay, and those whose customers Stripe says have a subscription.
create function private.reconciled_tenants(p_customers text[]) returns setof uuid
language sql stable security definer set search_path = '' as $$
  select s.tenant_id from public.tenant_subscriptions s
  where s.stripe_status in ('trialing', 'active', 'past_due', 'unpaid', 'paused') or s.past_due_since is not null or s.stripe_customer_id is null or s.stripe_customer_id = any(p_customers)
  order by 1
$$;

-- Whether a clinic has events that wait; what a comparison finds then is no drift.
create function private.awaits_stripe(p_tenant uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select 1 from private.stripe_events e
    where e.tenant_id = p_tenant and (e.state = 'pending' or e.received_at > now() - interval '5 minutes'))
$$;

grant execute on function
  private.store_stripe_event(text, text, text, text, timestamptz, text), public.store_stripe_event(text, text, text, text, timestamptz, text)
to service_role;
