import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { root } from '../stack/config';

const folder = path.join(root, 'app/bare/[slug]');

/** The list's page without gate and policies: as many requests to the data API, as the service, and the same parts on the page. */
const page = `import { AppFrame } from '@/components/layout/app-frame';
import { PatientBrowser } from '@/components/patients/patient-browser';
import { serviceClient } from '@/lib/infra/supabase-service';
import { listSchema } from '@/lib/patients/schema';

export default async function BarePage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params;
  const { data: facts } = await serviceClient().rpc('bench_facts' as never, { p_slug: slug } as never);
  const { data: list } = await serviceClient().rpc('bench_list' as never, { p_slug: slug } as never);
  return (
    <AppFrame facts={facts as never}>
      <PatientBrowser initialQuery={listSchema.parse({})} initialPage={list as never} permissions={(facts as unknown as { permissions: string[] }).permissions} slowed={false} />
    </AppFrame>
  );
}
`;

/** Puts the page into the app for one build, and takes it out again whatever happens. */
export async function withBarePage(dist: string, build: () => Promise<void>): Promise<void> {
  // Next writes the folder of a build into it.
  const config = path.join(root, 'tsconfig.json');
  const before = readFileSync(config);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'page.tsx'), page);
  try {
    await build();
  } finally {
    rmSync(path.dirname(folder), { recursive: true, force: true });
    // What the build noted about types would name a page that is gone.
    rmSync(path.join(root, dist, 'types'), { recursive: true, force: true });
    writeFileSync(config, before);
  }
}

/** The two functions behind the page: the same answers as the gate's and the list's, by the database's owner. */
export async function makeBareFunctions(sql: pg.Client): Promise<void> {
  await sql.query(`
    create or replace function public.bench_facts(p_slug text) returns jsonb language sql stable security definer set search_path = '' as $$
      select jsonb_build_object(
        'status', 'ok', 'session', jsonb_build_object('id', gen_random_uuid(), 'idle_seconds', 900, 'total_seconds', 40000),
        'clinic', jsonb_build_object('id', t.id, 'name', t.name, 'slug', t.slug, 'brand_color', null, 'logo_hash', null, 'time_zone', t.time_zone),
        'user', jsonb_build_object('id', t.id, 'email', 'owner1@bench.test', 'full_name', 'Owner', 'email_verified', true),
        'role', jsonb_build_object('key', 'owner', 'name', 'Owner'),
        'permissions', (select jsonb_agg(key) from public.permissions))
      from public.tenants t where t.slug = p_slug
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
