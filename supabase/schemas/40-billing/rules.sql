create policy plans_select on public.plans for select to anon, authenticated using (true);
comment on policy plans_select on public.plans is 'The price page shows plans to everybody.';

create policy plan_prices_select on public.plan_prices for select to anon, authenticated using (true);
comment on policy plan_prices_select on public.plan_prices is 'The price page shows prices to everybody.';

create policy plan_limits_select on public.plan_limits for select to anon, authenticated using (true);
comment on policy plan_limits_select on public.plan_limits is 'The price page shows limits to everybody.';

create policy plan_features_select on public.plan_features for select to anon, authenticated using (true);
comment on policy plan_features_select on public.plan_features is 'The price page shows features to everybody.';

create policy tenant_subscriptions_select on public.tenant_subscriptions for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('billing.read')));
comment on policy tenant_subscriptions_select on public.tenant_subscriptions is 'Who sees billing sees the subscription.';

create trigger tenant_subscriptions_touch before update on public.tenant_subscriptions for each row execute function private.touch();

-- How long a trial goes on, how long a clinic works on after it without a plan, and how long with a payment that failed. The last two in
-- hours, so that they are as long over a change of clocks. The clinic's pages are told the moments that follow. What names the periods in
-- words follows them by hand: public pages, terms, mails, and the days of the reminders below.
create function private.trial_length() returns interval
language sql immutable set search_path = '' as $$ select interval '14 days' $$;
create function private.trial_grace() returns interval
language sql immutable set search_path = '' as $$ select interval '168 hours' $$;
create function private.payment_grace() returns interval
language sql immutable set search_path = '' as $$ select interval '336 hours' $$;

-- Has the worker ask Stripe about a clinic. One request runs and one waits at a time, however often it is asked for.
create function private.queue_billing_sync(p_tenant uuid) returns void
language sql volatile security definer set search_path = '' as $$
  select graphile_worker.add_job(
    'sync_billing', json_build_object('tenantId', p_tenant), queue_name => 'billing:' || p_tenant, job_key => 'billing:' || p_tenant,
    max_attempts => 10)
$$;

-- A clinic that begins gets its customer at Stripe.
create function private.begin_subscription() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.status = 'trialing' then
    -- Stripe counts in seconds.
    new.trial_ends_at := date_trunc('second', new.trial_ends_at);
    new.trial_plan_id := coalesce(new.trial_plan_id, new.plan_id);
  end if;
  perform private.queue_billing_sync(new.tenant_id);
  return new;
end
$$;

create trigger tenant_subscriptions_begin before insert on public.tenant_subscriptions
  for each row execute function private.begin_subscription();

create function private.newest_plan(p_key text) returns uuid
language sql stable security definer set search_path = '' as $$
  select id from public.plans where key = p_key order by version desc limit 1
$$;

-- Nothing more is counted until the caller's transaction ends: what fits a smaller plan now still fits it then.
create function private.lock_totals(p_tenant uuid) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  insert into public.usage_counters (tenant_id, metric, period)
  select p_tenant, metric, 'total' from private.metrics where period = 'total' order by metric on conflict do nothing;
  perform 1 from public.usage_counters where tenant_id = p_tenant and period = 'total' order by metric for update;
end
$$;

-- The latest moment that has come of some days after a start; null before the first.
create function private.latest_moment(p_start timestamptz, p_days integer[], p_now timestamptz) returns timestamptz
language sql immutable set search_path = '' as $$
  select max(p_start + make_interval(hours => 24 * d)) from unnest(p_days) as d where p_start + make_interval(hours => 24 * d) <= p_now
$$;

create function private.write_date(p_tenant uuid, p_at timestamptz) returns text
language sql stable security definer set search_path = '' as $$
  select to_char(p_at at time zone t.time_zone, 'FMDD FMMonth YYYY') from public.tenants t where t.id = p_tenant
$$;

-- Tells those who run the account, once for each moment. `p_facts` go into the mail: dates, and names of plans.
create function private.notify_billing(p_tenant uuid, p_kind text, p_about timestamptz, p_facts jsonb default '{}') returns void
language plpgsql security definer set search_path = '' as $$
begin
  if p_about is null then
    return;
  end if;
  insert into private.billing_notices (tenant_id, kind, about) values (p_tenant, p_kind, p_about) on conflict do nothing;
  if not found then
    return;
  end if;
  perform graphile_worker.add_job(
    'send_billing_notice',
    json_build_object('tenantId', p_tenant, 'userId', m.user_id, 'notice', p_kind, 'facts', p_facts), max_attempts => 25)
  from public.memberships m
  where m.tenant_id = p_tenant and private.runs_account(p_tenant, m.user_id);
end
$$;

-- Opens or closes one of the holds that follow from what is paid; never another kind.
create function private.set_billing_hold(p_tenant uuid, p_kind text, p_reason text, p_now timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if p_reason is not null then
    insert into public.tenant_holds (tenant_id, kind, reason, placed_at) values (p_tenant, p_kind, p_reason, p_now)
    on conflict (tenant_id, kind) where lifted_at is null do update set reason = excluded.reason
    where public.tenant_holds.reason <> excluded.reason;
  else
    update public.tenant_holds set lifted_at = p_now, lift_reason = 'The plan is settled.'
    where tenant_id = p_tenant and kind = p_kind and lifted_at is null;
  end if;
end
$$;

-- While a hold is open nobody can work, and nobody pays for further periods: Stripe is told when one opens or closes.
create function private.tell_stripe_of_hold() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select 1 from public.tenant_subscriptions where tenant_id = new.tenant_id and stripe_subscription_id is not null) then
    perform private.queue_billing_sync(new.tenant_id);
  end if;
  return null;
end
$$;

-- Decides plan, status and holds of a clinic by what Stripe said and by the clock, and tells those who run the account. Deciding again
-- changes nothing. A plan that the platform gave, without a trial and without Stripe, stays as it is. A hold is opened only where Stripe
-- has just been asked (p_asked): by the clock alone it is asked first, because a payment may have come that nobody heard of yet.
create function private.settle_billing(p_tenant uuid, p_now timestamptz default now(), p_asked boolean default false) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_grace constant interval := private.trial_grace();
  v_patience constant interval := private.payment_grace();
  s public.tenant_subscriptions;
  v_plan uuid;
  v_status text;
  v_free_since timestamptz;
  v_trial_over text;
  v_unpaid text;
  v_name text;
begin
  select * into s from public.tenant_subscriptions where tenant_id = p_tenant for update;
  if s.tenant_id is null or not exists (select 1 from public.tenants where id = p_tenant and status = 'active') then
    return;
  end if;
  v_free_since := s.free_since;
  if s.stripe_status in ('active', 'past_due', 'unpaid', 'paused') then
    v_plan := s.bought_plan_id;
    v_free_since := null;
    v_status := case when s.past_due_since is null then 'active' else 'past_due' end;
    if v_status = 'past_due' and s.past_due_since + v_patience <= p_now then
      v_unpaid := 'An invoice has been open since ' || private.write_date(p_tenant, s.past_due_since) || '.';
    end if;
  elsif s.stripe_status = 'trialing' then
    -- What was chosen holds from the end of the trial.
    v_plan := coalesce(s.trial_plan_id, s.bought_plan_id);
    v_free_since := null;
    v_status := 'trialing';
  elsif s.free_since is not null then
    v_plan := s.plan_id;
    v_status := 'active';
  elsif s.converted_at is null and s.trial_ends_at is not null then
    v_plan := coalesce(s.trial_plan_id, s.plan_id);
    v_status := 'trialing';
    if s.trial_ends_at + v_grace <= p_now then
      v_trial_over := 'The trial ended on ' || private.write_date(p_tenant, s.trial_ends_at) || ', and no plan was chosen.';
    end if;
  elsif s.converted_at is not null then
    -- What was paid for has ended. Nothing is deleted: what Free cannot hold waits under the hold.
    v_plan := private.newest_plan('free');
    perform private.lock_totals(p_tenant);
    if s.past_due_since is not null then
      v_status := 'cancelled';
      v_unpaid := 'The plan has ended, and an invoice is open.';
    elsif private.over_limits(p_tenant, v_plan) = '[]' then
      v_status := 'active';
      v_free_since := p_now;
    else
      v_status := 'cancelled';
      v_unpaid := 'The plan has ended, and the clinic has more than the Free plan holds.';
    end if;
  else
    return;
  end if;

  update public.tenant_subscriptions set plan_id = v_plan, status = v_status, free_since = v_free_since
  where tenant_id = p_tenant and (plan_id, status, free_since) is distinct from (v_plan, v_status, v_free_since);
  if not p_asked and exists (
    select 1 from (values ('trial_expired', v_trial_over), ('unpaid', v_unpaid)) as due (kind, reason)
    where due.reason is not null and not exists (
      select 1 from public.tenant_holds h where h.tenant_id = p_tenant and h.kind = due.kind and h.lifted_at is null))
  then
    perform private.queue_billing_sync(p_tenant);
    return;
  end if;
  perform private.set_billing_hold(p_tenant, 'trial_expired', v_trial_over, p_now);
  perform private.set_billing_hold(p_tenant, 'unpaid', v_unpaid, p_now);

  select name into v_name from public.plans where id = coalesce(s.bought_plan_id, v_plan);
  if v_status = 'trialing' then
    if v_trial_over is not null then
      perform private.notify_billing(p_tenant, 'trial_expired', s.trial_ends_at + v_grace);
    elsif s.stripe_status = 'trialing' and s.ends_at is null then
      perform private.notify_billing(
        p_tenant, 'trial_converting', private.latest_moment(s.trial_ends_at, array[-7, -3, -1], p_now),
        jsonb_build_object('date', s.trial_ends_at, 'plan', v_name));
    elsif s.trial_ends_at > p_now then
      perform private.notify_billing(
        p_tenant, 'trial_ending', private.latest_moment(s.trial_ends_at, array[-7, -3, -1], p_now), jsonb_build_object('date', s.trial_ends_at));
    else
      perform private.notify_billing(
        p_tenant, 'trial_over', private.latest_moment(s.trial_ends_at, array[0, 4, 6], p_now),
        jsonb_build_object('date', s.trial_ends_at + v_grace));
    end if;
  elsif v_status = 'past_due' then
    if v_unpaid is not null then
      perform private.notify_billing(p_tenant, 'unpaid', s.past_due_since + v_patience);
    else
      perform private.notify_billing(
        p_tenant, 'payment_failed', private.latest_moment(s.past_due_since, array[0, 3, 7, 12], p_now),
        jsonb_build_object('date', s.past_due_since + v_patience, 'plan', v_name));
    end if;
  elsif s.status = 'past_due' and v_status = 'active' and v_free_since is null then
    perform private.notify_billing(p_tenant, 'payment_recovered', p_now, jsonb_build_object('plan', v_name));
  elsif s.stripe_status in ('active', 'past_due', 'unpaid', 'paused') and s.status <> 'active' then
    perform private.notify_billing(p_tenant, 'plan_begun', p_now, jsonb_build_object('plan', v_name));
  elsif s.stripe_status = 'active' and s.plan_id <> v_plan then
    perform private.notify_billing(p_tenant, 'plan_changed', p_now, jsonb_build_object('plan', v_name));
  elsif v_status = 'cancelled' and s.status <> 'cancelled' then
    perform private.notify_billing(p_tenant, 'plan_ended_on_hold', p_now, jsonb_build_object('plan', v_name));
  elsif v_free_since is distinct from s.free_since then
    perform private.notify_billing(p_tenant, 'plan_ended', p_now, jsonb_build_object('plan', v_name));
  end if;
end
$$;

-- The clinics whose time may have come, the first reminder of a trial's end included; a job settles each of them every few minutes.
create function private.clinics_to_settle(p_now timestamptz default now()) returns setof uuid
language sql stable security definer set search_path = '' as $$
  select s.tenant_id from public.tenant_subscriptions s
  where (s.status = 'trialing' and s.trial_ends_at <= p_now + interval '168 hours') or s.status = 'past_due'
  order by s.tenant_id
$$;

-- Begins to ask Stripe about a clinic: what is known, what waits for the answer, the asking's place, and how many answers were applied
-- by now. Null when the clinic is gone.
create function private.begin_billing_sync(p_tenant uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_sync private.billing_syncs;
begin
  if not exists (select 1 from public.tenant_subscriptions where tenant_id = p_tenant) then
    return null;
  end if;
  insert into private.billing_syncs (tenant_id, begun) values (p_tenant, 1)
  on conflict (tenant_id) do update set begun = private.billing_syncs.begun + 1
  returning * into v_sync;
  return (
    select jsonb_build_object(
      'place', v_sync.begun, 'applied', v_sync.applied, 'customer', s.stripe_customer_id, 'subscription', s.stripe_subscription_id,
      'name', t.name, 'email', c.contact_email,
      'events', (
        select coalesce(jsonb_agg(e.id), '[]') from private.stripe_events e where e.tenant_id = p_tenant and e.state in ('pending', 'dead')))
    from public.tenant_subscriptions s
    join public.tenants t on t.id = s.tenant_id
    join public.tenant_settings c on c.tenant_id = s.tenant_id
    where s.tenant_id = p_tenant);
end
$$;

-- Notes a clinic's customer at Stripe, in place of one that is gone.
create function private.set_stripe_customer(p_tenant uuid, p_customer text) returns void
language sql volatile security definer set search_path = '' as $$
  update public.tenant_subscriptions set stripe_customer_id = p_customer
  where tenant_id = p_tenant and stripe_customer_id is distinct from p_customer
$$;

create function private.raise_billing_alert(p_tenant uuid, p_kind text, p_about text, p_detail text default '') returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.billing_alerts (tenant_id, kind, about, detail) values (p_tenant, p_kind, p_about, left(p_detail, 500))
  on conflict (tenant_id, kind, about) where resolved_at is null do update set detail = excluded.detail
$$;

-- A price of the catalogue by its id at Stripe. What nobody sells here must never become a plan.
create function private.sold_price(p_price text) returns public.plan_prices
language plpgsql stable security definer set search_path = '' as $$
declare
  v_price public.plan_prices;
begin
  select * into v_price from public.plan_prices where stripe_price_id = p_price;
  if v_price.plan_id is null then
    raise exception 'unknown price' using errcode = 'YB001', detail = p_price;
  end if;
  return v_price;
end
$$;

-- Notes what Stripe said about a clinic and lets everything follow from it, in one transaction under the lock of the clinic's row.
-- `p_facts` is {converted_at, subscription: null | {id, status, price, period_start, period_end, trial_end, ends_at, past_due_since, next: null |
-- {price, starts_at}}}. Answers the fields that changed; null when another answer was applied
-- since this one was asked for: then Stripe has to be asked anew.
create function private.apply_billing(p_tenant uuid, p_place bigint, p_applied bigint, p_facts jsonb, p_events text[], p_now timestamptz default now()) returns text[]
language plpgsql security definer set search_path = '' as $$
declare
  f constant jsonb := nullif(p_facts -> 'subscription', 'null');
  v_next constant jsonb := nullif(f -> 'next', 'null');
  v_was public.tenant_subscriptions;
  n public.tenant_subscriptions;
  v_price public.plan_prices;
begin
  select * into v_was from public.tenant_subscriptions where tenant_id = p_tenant for update;
  update private.billing_syncs set applied = applied + 1, heard = p_place where tenant_id = p_tenant and applied = p_applied;
  if not found then
    return null;
  end if;
  update private.stripe_events set state = 'applied', settled_at = now(), last_error = null
  where id = any(p_events) and state in ('pending', 'dead');
  n := v_was;
  n.converted_at := coalesce(v_was.converted_at, (p_facts ->> 'converted_at')::timestamptz);
  if f is not null then
    -- What has ended sells nothing: only where no price was known before one has to be.
    if f ->> 'status' in ('trialing', 'active', 'past_due', 'unpaid', 'paused') or n.bought_plan_id is null then
      v_price := private.sold_price(f ->> 'price');
      n.bought_plan_id := v_price.plan_id;
      n.bought_interval := v_price.interval;
    end if;
    n.stripe_subscription_id := f ->> 'id';
    n.stripe_status := f ->> 'status';
    n.current_period_start := (f ->> 'period_start')::timestamptz;
    n.current_period_end := (f ->> 'period_end')::timestamptz;
    n.ends_at := (f ->> 'ends_at')::timestamptz;
    n.next_plan_id := null;
    n.next_interval := null;
    n.next_starts_at := null;
    if v_next is not null then
      -- What is still to come must not keep the present from being right.
      select * into v_price from public.plan_prices where stripe_price_id = v_next ->> 'price';
      if v_price.plan_id is null then
        perform private.raise_billing_alert(p_tenant, 'unknown_price', v_next ->> 'price', 'to come');
      else
        n.next_plan_id := v_price.plan_id;
        n.next_interval := v_price.interval;
        n.next_starts_at := (v_next ->> 'starts_at')::timestamptz;
      end if;
    end if;
    -- What is owed decides, whatever the status makes of it; also when what it is owed for has ended.
    n.past_due_since := coalesce(
      (f ->> 'past_due_since')::timestamptz,
      case when n.stripe_status in ('past_due', 'unpaid') then coalesce(v_was.past_due_since, p_now) end);
    if n.stripe_status = 'trialing' then
      n.trial_ends_at := (f ->> 'trial_end')::timestamptz;
    end if;
  elsif v_was.stripe_subscription_id is not null then
    n.stripe_status := 'canceled';
    n.next_plan_id := null;
    n.next_interval := null;
    n.next_starts_at := null;
    n.past_due_since := null;
  end if;
  if n is distinct from v_was then
    update public.tenant_subscriptions set
      stripe_subscription_id = n.stripe_subscription_id, stripe_status = n.stripe_status, bought_plan_id = n.bought_plan_id,
      bought_interval = n.bought_interval, current_period_start = n.current_period_start, current_period_end = n.current_period_end,
      ends_at = n.ends_at, next_plan_id = n.next_plan_id, next_interval = n.next_interval, next_starts_at = n.next_starts_at,
      past_due_since = n.past_due_since, trial_ends_at = n.trial_ends_at, converted_at = n.converted_at
    where tenant_id = p_tenant;
  end if;
  perform private.settle_billing(p_tenant, p_now, true);
  return array(
    select a.key from jsonb_each(to_jsonb(n)) as a join jsonb_each(to_jsonb(v_was)) as b on b.key = a.key and b.value is distinct from a.value
    order by 1);
end
$$;

do $$ begin perform private.audit_table('public.tenant_subscriptions'); end $$;
