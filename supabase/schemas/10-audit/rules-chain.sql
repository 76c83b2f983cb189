create function private.forget_audit() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from private.audit_chain where tenant_id in (select id from old_rows);
  delete from public.audit_log where tenant_id in (select id from old_rows);
  insert into private.forgotten_tenants (id) select id from old_rows on conflict do nothing;
  return null;
end
$$;

create trigger tenants_forget_audit after delete on public.tenants
  referencing old table as old_rows for each statement execute function private.forget_audit();

create function private.purge_forgotten() returns void
language sql security definer set search_path = '' as $$
  delete from private.audit_chain where tenant_id in (select id from private.forgotten_tenants where forgotten_at < now() - interval '1 hour');
  delete from public.audit_log where tenant_id in (select id from private.forgotten_tenants where forgotten_at < now() - interval '1 hour');
  delete from private.forgotten_tenants where forgotten_at < now() - interval '1 hour';
$$;

create function private.audit_digest(l public.audit_log) returns bytea
language sql stable set search_path = '' as $$
  select sha256(convert_to(row(
    l.tenant_id, l.id, (extract(epoch from l.occurred_at) * 1000000)::bigint, l.actor_id, l.session_id, l.request_id, l.action, l.record_id,
    l.changed_fields, l.outcome, l.reason, l.address, l.user_agent, encode(l.values_mac, 'hex'))::text, 'UTF8'))
$$;

-- The hashes of entries that follow on a hash, one for each digest.
create function private.chained(p_before bytea, p_digests bytea[]) returns bytea[]
language plpgsql immutable strict set search_path = '' as $$
declare
  v_hash bytea := p_before;
  v_digest bytea;
  v_hashes bytea[] := '{}';
begin
  foreach v_digest in array p_digests loop
    v_hash := sha256(v_hash || v_digest);
    v_hashes := v_hashes || v_hash;
  end loop;
  return v_hashes;
end
$$;

create function private.chain_origin(p_tenant uuid) returns bytea
language sql immutable set search_path = '' as $$ select sha256(convert_to(p_tenant::text, 'UTF8')) $$;

-- Seals what has been written since, whatever the order in which transactions end, at most 50,000 entries at once. Answers how many.
create function private.seal_audit() returns integer
language plpgsql security definer set search_path = '' as $$
declare
  -- Whatever began before this has ended: no entry of an earlier transaction is still to come.
  v_horizon constant xid8 := pg_snapshot_xmin(pg_current_snapshot());
  v_sealer private.audit_sealer;
  v_restored boolean;
  v_limit constant integer := 50000;
  v_sealed integer;
begin
  -- Another that seals just now does it for all.
  select * into v_sealer from private.audit_sealer for update skip locked;
  if not found then
    return 0;
  end if;
  -- A database that was restored elsewhere counts its transactions anew.
  v_restored := v_sealer.below > pg_snapshot_xmax(pg_current_snapshot());
  with fresh as (
    select l.tenant_id, array_agg(l.id order by l.xid, l.id) as ids, array_agg(private.audit_digest(l) order by l.xid, l.id) as digests
    from (
      select x.* from public.audit_log x
      where (v_restored or (x.xid >= v_sealer.below and x.id > v_sealer.entry_id))
        and not exists (select 1 from private.audit_chain c where c.tenant_id = x.tenant_id and c.entry_id = x.id)
      order by x.xid, x.id limit v_limit) as l
    group by l.tenant_id
  )
  insert into private.audit_chain (tenant_id, position, entry_id, hash)
  select f.tenant_id, coalesce(h.position, 0) + u.n, u.id, u.hash
  from fresh f
  left join lateral (
    select c.position, c.hash from private.audit_chain c where c.tenant_id = f.tenant_id order by c.position desc limit 1) as h on true
  cross join lateral unnest(f.ids, private.chained(coalesce(h.hash, private.chain_origin(f.tenant_id)), f.digests)) with ordinality as u (id, hash, n);
  get diagnostics v_sealed = row_count;
  if v_sealed > 0 and not v_restored then
    perform private.detect_suspicious(v_sealer.below);
  end if;
  if v_sealed = v_limit then
    -- There may be more of the same transactions; the next call goes on.
    return v_sealed;
  end if;
  if v_restored then
    update private.audit_sealer set below = v_horizon, entry_id = coalesce((select max(c.entry_id) from private.audit_chain c), 0);
  else
    update private.audit_sealer set below = greatest(below, v_horizon);
  end if;
  return v_sealed;
end
$$;

-- Verifies a stretch of a clinic's chain after a position, which must itself have been verified. `broken` names the first entry that
-- does not fit: 'missing' from the log or the chain, 'changed', or not as it was 'anchored'. At the end of the chain entries that are
-- settled, and yet in no chain, are 'unsealed'; those that wait for the sealer are counted.
create function private.verify_audit(p_tenant uuid, p_after bigint default 0, p_limit integer default 20000) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_start bytea := private.chain_origin(p_tenant);
  v_last bigint;
  v_checked integer;
  v_broken jsonb;
  v_settled bigint;
  v_waiting bigint := 0;
begin
  if p_after > 0 then
    select hash into v_start from private.audit_chain where tenant_id = p_tenant and position = p_after;
  end if;
  with stretch as (
    select c.position, c.entry_id, c.hash, row_number() over (order by c.position) as n
    from private.audit_chain c where c.tenant_id = p_tenant and c.position > p_after
    order by c.position limit p_limit
  ),
  read as (
    select s.n, s.position, s.entry_id, s.hash, l.id is null as missing, case when l.id is not null then private.audit_digest(l) end as digest
    from stretch s left join public.audit_log l on l.tenant_id = p_tenant and l.id = s.entry_id
  ),
  expected as (
    select r.*, u.hash as should
    from read r
    join unnest(private.chained(coalesce(v_start, ''), (select array_agg(x.digest order by x.n) from read x))) with ordinality as u (hash, n) on u.n = r.n
  ),
  judged as (
    select e.position, e.entry_id, p_after + e.n as wanted,
      case
        when e.missing or e.position <> p_after + e.n or v_start is null then 'missing'
        when e.hash <> e.should then 'changed'
        when a.hash is not null and a.hash <> e.hash then 'anchored'
      end as why
    from expected e
    left join private.audit_anchors a on a.tenant_id = p_tenant and a.position = e.position
  )
  select count(*), max(position),
    (select jsonb_build_object('position', b.wanted, 'entry', case when b.position = b.wanted then b.entry_id end, 'why', b.why)
     from judged b where b.why is not null order by b.position limit 1)
  into v_checked, v_last, v_broken from judged;
  v_last := coalesce(v_last, p_after);
  if v_broken is null and v_checked < p_limit then
    select jsonb_build_object('position', min(a.position), 'entry', null, 'why', 'cut') into v_broken
    from private.audit_anchors a where a.tenant_id = p_tenant and a.position > v_last having count(*) > 0;
    if v_broken is null then
      select count(*) filter (where l.xid < z.below or l.id <= z.entry_id), count(*) into v_settled, v_waiting
      from public.audit_log l cross join private.audit_sealer z where l.tenant_id = p_tenant;
      v_waiting := v_waiting - v_last;
      -- Only then they are looked for: it takes long in a large log.
      if v_settled > v_last then
        select jsonb_build_object('position', null, 'entry', min(l.id), 'why', 'unsealed') into v_broken
        from public.audit_log l cross join private.audit_sealer z
        where l.tenant_id = p_tenant and (l.xid < z.below or l.id <= z.entry_id)
          and not exists (select 1 from private.audit_chain c where c.tenant_id = p_tenant and c.entry_id = l.id)
        having count(*) > 0;
      end if;
    end if;
  end if;
  return jsonb_build_object(
    'checked', v_checked, 'last', v_last, 'done', v_checked < p_limit or v_broken is not null, 'broken', v_broken, 'waiting', coalesce(v_waiting, 0));
end
$$;

create function public.verify_audit(p_after bigint default 0) returns jsonb
language sql volatile set search_path = '' as $$ select private.verify_own_audit(p_after) $$;

create function private.verify_own_audit(p_after bigint) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('audit.read');
begin
  if p_after = 0 then
    perform private.write_audit(v_tenant, 'audit_log.verified', null);
  end if;
  return private.verify_audit(v_tenant, p_after);
end
$$;

-- The head of each clinic's chain, and the last one that was kept; a chain that has become shorter is there as well.
create function private.audit_heads() returns table (tenant_id uuid, slug text, "position" bigint, hash text, anchored bigint)
language sql stable security definer set search_path = '' as $$
  select t.id, t.slug, coalesce(h.position, 0), coalesce(encode(h.hash, 'hex'), ''), coalesce(a.position, 0)
  from public.tenants t
  left join lateral (select c.position, c.hash from private.audit_chain c where c.tenant_id = t.id order by c.position desc limit 1) as h on true
  left join lateral (select max(x.position) as position from private.audit_anchors x where x.tenant_id = t.id) as a on true
  where h.position is not null or a.position is not null
$$;

create function private.keep_audit_anchor(p_tenant uuid, p_position bigint) returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.audit_anchors (tenant_id, position, hash)
  select tenant_id, position, hash from private.audit_chain where tenant_id = p_tenant and position = p_position
  on conflict do nothing
$$;

grant execute on function
  private.verify_own_audit(bigint),
  public.verify_audit(bigint)
to authenticated;
