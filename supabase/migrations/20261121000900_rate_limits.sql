-- Fixed windows that survive restarts and are shared by every process. Buckets are keyed hashes, made by the server.
create table private.rate_limits (
  bucket text primary key check (char_length(bucket) between 1 and 128),
  hits integer not null,
  resets_at timestamptz not null
);
create index rate_limits_resets_idx on private.rate_limits (resets_at);
alter table private.rate_limits enable row level security;
alter table private.rate_limits force row level security;

-- Counts one hit. Answers 0 when it is within the limit, otherwise the seconds until the window ends.
create function private.take_rate_limit(p_bucket text, p_limit integer, p_window_seconds integer) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_row private.rate_limits;
begin
  insert into private.rate_limits as r (bucket, hits, resets_at)
  values (p_bucket, 1, now() + make_interval(secs => p_window_seconds))
  on conflict (bucket) do update set
    hits = case when r.resets_at <= now() then 1 else r.hits + 1 end,
    resets_at = case when r.resets_at <= now() then excluded.resets_at else r.resets_at end
  returning * into v_row;
  return case when v_row.hits <= p_limit then 0 else greatest(1, ceil(extract(epoch from v_row.resets_at - now()))::integer) end;
end
$$;

create function public.take_rate_limit(p_bucket text, p_limit integer, p_window_seconds integer) returns integer
language sql volatile set search_path = '' as $$
  select private.take_rate_limit(p_bucket, p_limit, p_window_seconds)
$$;
grant execute on function private.take_rate_limit(text, integer, integer), public.take_rate_limit(text, integer, integer) to service_role;
