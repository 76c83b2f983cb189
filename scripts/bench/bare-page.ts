import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { root } from '../stack/config';
import type { Owner } from './populate';
import { connectAs } from './statements';

const folder = path.join(root, 'app/bare/[slug]');

/** Puts the page into the app for one build, and takes it out again whatever happens. */
export async function withBarePage(dist: string, build: () => Promise<void>): Promise<void> {
  // Next writes the folder of a build into it.
  const config = path.join(root, 'tsconfig.json');
  const before = readFileSync(config);
  mkdirSync(folder, { recursive: true });
  copyFileSync(path.join(import.meta.dirname, 'bare/page.tsx'), path.join(folder, 'page.tsx'));
  try {
    await build();
  } finally {
    rmSync(path.dirname(folder), { recursive: true, force: true });
    // What the build noted about types would name a page that is gone.
    rmSync(path.join(root, dist, 'types'), { recursive: true, force: true });
    writeFileSync(config, before);
  }
}

/** The two functions behind the page: what the gate has answered to an owner, kept, and the list by the database's owner. */
export async function makeBareFunctions(sql: pg.Client, url: string, slug: string, owner: Owner): Promise<void> {
  const member = await connectAs(url, owner);
  const { rows } = await member.query('select public.gate($1) as answer', [slug]);
  await member.end();
  await sql.query('create table if not exists private.bench_facts (slug text primary key, answer jsonb not null)');
  await sql.query('insert into private.bench_facts values ($1, $2) on conflict (slug) do update set answer = excluded.answer', [
    slug,
    rows[0].answer,
  ]);
  await sql.query(`
    create or replace function public.bench_facts(p_slug text) returns jsonb language sql stable security definer set search_path = '' as $$
      select answer from private.bench_facts where slug = p_slug
    $$;
    create or replace function public.bench_list(p_slug text) returns jsonb language sql stable security definer set search_path = '' as $$
      select jsonb_build_object(
        'total', (select used from public.usage_counters c where c.tenant_id = t.id and c.metric = 'patients' and c.period = 'total'),
        'before', null, 'after', null,
        'rows', (select jsonb_agg(r) from (
          select p.id, p.given_name, p.family_name, p.birth_date, p.sex, p.mobile_phone, p.home_phone, p.email, p.external_id, p.updated_at
          from public.patients p where p.tenant_id = t.id and p.archived = false order by p.name_key, p.id limit 25) as r))
      from public.tenants t where t.slug = p_slug
    $$;
    grant execute on function public.bench_facts(text), public.bench_list(text) to service_role;`);
}
