-- What a clinic pays for, and what follows from it. Stripe's state is fetched whole and noted here; plan, status and holds follow
-- from it and from the clock, in one place: private.settle_billing. So neither order nor number of events matters.

-- What Stripe said when it was last asked. `plan_id` and `status` above are what follows from it.
alter table public.tenant_subscriptions
  add column trial_plan_id uuid references public.plans,
  add column stripe_customer_id text unique,
  add column stripe_subscription_id text unique,
  add column stripe_status text,
  add column bought_plan_id uuid references public.plans,
  add column bought_interval text check (bought_interval in ('month', 'year')),
  add column current_period_start timestamptz,
  add column current_period_end timestamptz,
  -- When it ends because it was cancelled.
  add column ends_at timestamptz,
  -- What it will be later: a downgrade.
  add column next_plan_id uuid references public.plans,
  add column next_interval text check (next_interval in ('month', 'year')),
  add column next_starts_at timestamptz,
  -- Since when a payment is owed whose collection has failed.
  add column past_due_since timestamptz,
  -- When the clinic began to pay for the first time: from then on there is no trial to go back to.
  add column converted_at timestamptz,
  -- Since when the clinic is on Free, by choice or because what it paid for has ended and Free holds all it has.
  add column free_since timestamptz,
  add check (stripe_subscription_id is null or (stripe_status is not null and bought_plan_id is not null and bought_interval is not null)),
  add check ((next_plan_id is null) = (next_starts_at is null));
create index tenant_subscriptions_trial_plan_idx on public.tenant_subscriptions (trial_plan_id);
create index tenant_subscriptions_bought_plan_idx on public.tenant_subscriptions (bought_plan_id);
create index tenant_subscriptions_next_plan_idx on public.tenant_subscriptions (next_plan_id);
update public.tenant_subscriptions set trial_plan_id = plan_id where status = 'trialing';

-- How often Stripe was asked about a clinic, how many answers were applied, and the place of the asking that the last of them answers. An
-- answer counts only where no other was applied since it was asked for: so none is ever replaced by an older one.
create table private.billing_syncs (
  tenant_id uuid primary key references public.tenants on delete cascade,
  begun bigint not null default 0,
  applied bigint not null default 0,
  heard bigint not null default 0
);
-- Every event that Stripe delivered. What it is about is fetched anew, so that ids are all that is kept.
create table private.stripe_events (
  id text primary key,
  type text not null,
  object_id text,
  -- Null until the customer is found, and for what is about nobody here.
  tenant_id uuid references public.tenants on delete cascade,
  created_at timestamptz not null,
  received_at timestamptz not null default now(),
  state text not null check (state in ('pending', 'applied', 'ignored', 'dead')),
  settled_at timestamptz,
  attempts smallint not null default 0,
  last_error text check (char_length(last_error) <= 200)
);
create index stripe_events_tenant_idx on private.stripe_events (tenant_id, received_at);
create index stripe_events_waiting_idx on private.stripe_events (state, received_at) where state in ('pending', 'dead');
create index stripe_events_settled_idx on private.stripe_events (settled_at);
-- What the clinic was told, so that it is told once. `about` is the moment that the notice is due for.
create table private.billing_notices (
  tenant_id uuid not null references public.tenants on delete cascade,
  kind text not null check (kind ~ '^[a-z_]{2,40}$'),
  about timestamptz not null,
  queued_at timestamptz not null default now(),
  primary key (tenant_id, kind, about)
);
-- What the platform has to look at. `about` is Stripe's id of the thing, or the like.
create table private.billing_alerts (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references public.tenants on delete cascade,
  kind text not null check (kind in ('unknown_price', 'second_subscription', 'customer_deleted', 'dispute', 'drift')),
  about text not null,
  detail text not null default '' check (char_length(detail) <= 500),
  occurred_at timestamptz not null default now(),
  resolved_at timestamptz,
  resolved_by uuid references auth.users on delete set null
);
create unique index billing_alerts_open_key on private.billing_alerts (tenant_id, kind, about) where resolved_at is null;
create index billing_alerts_resolved_by_idx on private.billing_alerts (resolved_by);
do $$
declare
  v_table text;
begin
  foreach v_table in array array['billing_syncs', 'stripe_events', 'billing_notices', 'billing_alerts'] loop
    execute format('alter table private.%I enable row level security', v_table);
    execute format('alter table private.%I force row level security', v_table);
  end loop;
end
$$;

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
create trigger tenant_holds_tell_stripe after insert or update of lifted_at on public.tenant_holds
  for each row execute function private.tell_stripe_of_hold();

-- Decides plan, status and holds of a clinic by what Stripe said and by the clock, and tells those who run the account. Deciding again
-- changes nothing. A plan that the platform gave, without a trial and without Stripe, stays as it is. A hold is opened only where Stripe
-- has just been asked (p_asked): by the clock alone it is asked first, because a payment may have come that nobody heard of yet.
create function private.settle_billing(p_tenant uuid, p_now timestamptz default now(), p_asked boolean default false) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_grace constant interval := interval '168 hours';
  v_patience constant interval := interval '336 hours';
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

-- The clinics whose time may have come; a job settles each of them every few minutes.
create function private.clinics_to_settle(p_now timestamptz default now()) returns setof uuid
language sql stable security definer set search_path = '' as $$
  select s.tenant_id from public.tenant_subscriptions s
  where (s.status = 'trialing' and s.trial_ends_at <= p_now + interval '168 hours') or s.status = 'past_due'
  order by s.tenant_id
$$;
create index tenant_subscriptions_waiting_idx on public.tenant_subscriptions (trial_ends_at) where status in ('trialing', 'past_due');

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
grant execute on function
  private.store_stripe_event(text, text, text, text, timestamptz, text),
  public.store_stripe_event(text, text, text, text, timestamptz, text)
to service_role;

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
      'stripe_status', s.stripe_status, 'trial_ends_at', s.trial_ends_at, 'converted', s.converted_at is not null,
      'period_start', s.current_period_start, 'period_end', s.current_period_end, 'ends_at', s.ends_at,
      'next', case when s.next_plan_id is not null then private.plan_label(s.next_plan_id, s.next_interval) || jsonb_build_object('starts_at', s.next_starts_at) end,
      'past_due_since', s.past_due_since, 'free', s.free_since is not null,
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
  private.begin_billing_act(text), public.begin_billing_act(text),
  private.plans_over_limits(), public.plans_over_limits(),
  private.request_billing_sync(text), public.request_billing_sync(text),
  private.choose_free(), public.choose_free()
to authenticated;

-- What the platform has to look at: open alerts, and events that could not be worked on.
create function private.list_billing_problems() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  return jsonb_build_object(
    'alerts', (
      select coalesce(jsonb_agg(to_jsonb(x) order by x.occurred_at desc), '[]') from (
        select a.id, a.kind, a.about, a.detail, a.occurred_at, a.tenant_id, t.name as clinic
        from private.billing_alerts a join public.tenants t on t.id = a.tenant_id
        where a.resolved_at is null order by a.occurred_at desc limit 200) as x),
    'events', (
      select coalesce(jsonb_agg(to_jsonb(x) order by x.received_at desc), '[]') from (
        select e.id, e.type, e.object_id, e.received_at, e.attempts, e.last_error, e.tenant_id, t.name as clinic
        from private.stripe_events e
        left join public.tenants t on t.id = e.tenant_id
        where e.state = 'dead' order by e.received_at desc limit 200) as x),
    -- What was asked for without an event, and has failed for good.
    'jobs', (
      select coalesce(jsonb_agg(to_jsonb(x) order by x.run_at desc), '[]') from (
        select j.id::text, k.identifier as task, j.run_at, j.attempts, t.id as tenant_id, t.name as clinic
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
