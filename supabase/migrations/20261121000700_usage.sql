-- What a clinic uses of what its plan allows. `period` is 'total', or a month as YYYY-MM in the clinic's time zone.
create table public.usage_counters (
  tenant_id uuid not null references public.tenants on delete cascade,
  metric text not null check (metric ~ '^[a-z_]{2,40}$'),
  period text not null check (period ~ '^(total|[0-9]{4}-[0-9]{2})$'),
  used bigint not null default 0 check (used >= 0),
  primary key (tenant_id, metric, period)
);
alter table public.usage_counters enable row level security;
alter table public.usage_counters force row level security;
grant select on public.usage_counters to authenticated;
create policy usage_counters_select on public.usage_counters for select to authenticated
  using (tenant_id = (select private.current_tenant_id()));
comment on policy usage_counters_select on public.usage_counters is 'Every member sees how much of the plan is used.';

-- The plan's limit for a metric; null means unlimited.
create function private.plan_limit(p_tenant uuid, p_metric text) returns bigint
language sql stable security definer set search_path = '' as $$
  select l.max_value
  from public.tenant_subscriptions s
  join public.plan_limits l on l.plan_id = s.plan_id and l.metric = p_metric
  where s.tenant_id = p_tenant
$$;

-- Moves a running total. The condition is re-checked under the row's lock, so parallel inserts never overshoot.
create function private.move_total(p_tenant uuid, p_metric text, p_by bigint) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_limit bigint;
begin
  if p_by = 0 or p_by is null then
    return;
  end if;
  -- A clinic whose plan says nothing about a metric gets none of it.
  select l.max_value into v_limit
  from public.tenant_subscriptions s
  join public.plan_limits l on l.plan_id = s.plan_id and l.metric = p_metric
  where s.tenant_id = p_tenant;
  if not found then
    v_limit := 0;
  end if;
  update public.usage_counters set used = used + p_by
  where tenant_id = p_tenant and metric = p_metric and period = 'total'
    and (p_by < 0 or v_limit is null or used + p_by <= v_limit);
  -- No row: over the limit, or the clinic itself is being deleted and its counters are gone.
  if not found and p_by > 0 then
    raise exception 'quota exceeded' using errcode = 'YQ001', detail = json_build_object('metric', p_metric, 'limit', v_limit)::text;
  end if;
end
$$;

create function private.count_members() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'INSERT' then
    perform private.move_total(d.tenant_id, 'users', d.n)
    from (select tenant_id, count(*) filter (where status = 'active') as n from new_rows group by 1 order by 1) as d;
  elsif tg_op = 'DELETE' then
    perform private.move_total(d.tenant_id, 'users', d.n)
    from (select tenant_id, -count(*) filter (where status = 'active') as n from old_rows group by 1 order by 1) as d;
  else
    perform private.move_total(d.tenant_id, 'users', d.n)
    from (
      select tenant_id, sum(n)::bigint as n from (
        select tenant_id, count(*) filter (where status = 'active') as n from new_rows group by 1
        union all
        select tenant_id, -count(*) filter (where status = 'active') from old_rows group by 1
      ) as both_sides group by 1 order by 1
    ) as d;
  end if;
  return null;
end
$$;
create trigger memberships_count_insert after insert on public.memberships
  referencing new table as new_rows for each statement execute function private.count_members();
create trigger memberships_count_update after update on public.memberships
  referencing old table as old_rows new table as new_rows for each statement execute function private.count_members();
create trigger memberships_count_delete after delete on public.memberships
  referencing old table as old_rows for each statement execute function private.count_members();
