-- The clinic whose plan the caller may see or change, on hold or not. While a hold for safety is open nobody changes it: somebody else
-- may sit in the owner's chair.
create function private.billing_tenant_id(p_permission text) returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.permitted_tenant_id(p_permission, true);
begin
  if v_tenant is null or (p_permission <> 'billing.read' and exists (
    select 1 from public.tenant_holds where tenant_id = v_tenant and kind = 'security' and lifted_at is null))
  then
    raise exception 'not allowed' using errcode = '42501';
  end if;
  return v_tenant;
end
$$;

-- A plan as a page shows it.
create function private.plan_label(p_plan uuid, p_interval text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'key', p.key, 'name', p.name, 'version', p.version, 'position', p.position, 'interval', x.interval, 'amount', x.amount_minor,
    'currency', x.currency)
  from public.plans p left join public.plan_prices x on x.plan_id = p.id and x.interval = p_interval and x.currency = 'usd'
  where p.id = p_plan
$$;

-- Everything that the page about the plan, and what can be done there, needs to know.
create function private.billing_state() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.billing_tenant_id('billing.read');
begin
  return (
    select jsonb_build_object(
      'tenant_id', s.tenant_id, 'status', s.status,
      'plan', private.plan_label(s.plan_id, s.bought_interval),
      'bought', case when s.stripe_status in ('trialing', 'active', 'past_due', 'unpaid', 'paused') then private.plan_label(s.bought_plan_id, s.bought_interval) end,
      'customer', s.stripe_customer_id,
      'subscription', case when s.stripe_status in ('trialing', 'active', 'past_due', 'unpaid', 'paused') then s.stripe_subscription_id end,
      'stripe_status', s.stripe_status, 'trial_ends_at', s.trial_ends_at, 'grace_ends_at', s.trial_ends_at + private.trial_grace(), 'converted', s.converted_at is not null,
      'period_start', s.current_period_start, 'period_end', s.current_period_end, 'ends_at', s.ends_at,
      'next', case when s.next_plan_id is not null then private.plan_label(s.next_plan_id, s.next_interval) || jsonb_build_object('starts_at', s.next_starts_at) end,
      'past_due_since', s.past_due_since, 'owed_until', s.past_due_since + private.payment_grace(), 'free', s.free_since is not null,
      'paused', exists (
        select 1 from public.tenant_holds h where h.tenant_id = v_tenant and h.kind in ('admin', 'security') and h.lifted_at is null),
      'unpaid_hold', exists (select 1 from public.tenant_holds h where h.tenant_id = v_tenant and h.kind = 'unpaid' and h.lifted_at is null),
      'synced', coalesce((select b.heard from private.billing_syncs b where b.tenant_id = s.tenant_id), 0))
    from public.tenant_subscriptions s where s.tenant_id = v_tenant);
end
$$;

create function public.billing_state() returns jsonb
language sql stable set search_path = '' as $$ select private.billing_state() $$;

-- What the clinic has more of than each plan of the catalogue allows: {key: [{metric, used, limit}]}.
create function private.plans_over_limits() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.billing_tenant_id('billing.read');
begin
  return (
    select jsonb_object_agg(x.key, private.over_limits(v_tenant, x.id))
    from (select distinct on (key) key, id from public.plans order by key, version desc) as x);
end
$$;

create function public.plans_over_limits() returns jsonb
language sql stable set search_path = '' as $$ select private.plans_over_limits() $$;

-- Lets a member act at Stripe, or ask it something, or refuses before anything is done there: without the permission, while a hold for
-- safety is open, and when the clinic asks so often that others would wait.
create function private.begin_billing_act(p_permission text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.billing_tenant_id(p_permission);
begin
  if private.take_rate_limit('billing-act:' || v_tenant, 40, 60) > 0 then
    raise exception 'too many requests' using errcode = 'YR002';
  end if;
end
$$;

create function public.begin_billing_act(p_permission text) returns void
language sql volatile set search_path = '' as $$ select private.begin_billing_act(p_permission) $$;

-- Notes what a member did at Stripe and has Stripe asked about it. Answers the place in the order after which the answer knows of it.
create function private.request_billing_sync(p_action text) returns bigint
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.billing_tenant_id('billing.update');
begin
  if p_action not in ('looked', 'checkout_opened', 'change_asked', 'end_asked', 'resumption_asked', 'payment_asked', 'portal_opened') then
    raise exception 'no such act' using errcode = '22023';
  end if;
  if p_action <> 'looked' then
    perform private.write_audit(v_tenant, 'billing.' || p_action, private.session_id());
  end if;
  perform private.queue_billing_sync(v_tenant);
  return (select coalesce(max(begun), 0) from private.billing_syncs where tenant_id = v_tenant);
end
$$;

create function public.request_billing_sync(p_action text) returns bigint
language sql volatile set search_path = '' as $$ select private.request_billing_sync(p_action) $$;

-- Puts the clinic on Free, if Free holds all it has and nothing is being paid for.
create function private.choose_free() returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.billing_tenant_id('billing.update');
  v_free constant uuid := private.newest_plan('free');
  v_over jsonb;
begin
  perform 1 from public.tenant_subscriptions where tenant_id = v_tenant for update;
  perform private.lock_totals(v_tenant);
  v_over := private.over_limits(v_tenant, v_free);
  if exists (select 1 from public.tenant_subscriptions where tenant_id = v_tenant and stripe_status in ('trialing', 'active', 'past_due', 'unpaid', 'paused')) then
    raise exception 'a subscription runs' using errcode = 'YB003';
  end if;
  if v_over <> '[]' then
    raise exception 'more than Free holds' using errcode = 'YB002', detail = v_over::text;
  end if;
  update public.tenant_subscriptions set plan_id = v_free, status = 'active', free_since = now() where tenant_id = v_tenant and free_since is null;
  perform private.settle_billing(v_tenant);
end
$$;

create function public.choose_free() returns void
language sql volatile set search_path = '' as $$ select private.choose_free() $$;

grant execute on function
  private.billing_state(), public.billing_state(),
  private.plans_over_limits(), public.plans_over_limits(),
  private.begin_billing_act(text), public.begin_billing_act(text),
  private.request_billing_sync(text), public.request_billing_sync(text),
  private.choose_free(), public.choose_free()
to authenticated;
