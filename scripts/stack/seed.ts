import { randomBytes } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import type pg from 'pg';
import { z } from 'zod';
import type { Database } from '@/lib/infra/database.types';
import { agreements } from '@/lib/legal/documents';
import { appEnv, databaseUrl, type StackConfig } from './config';
import { withClient } from './database';
import { demoPatients } from './demo-patients';

/** Accounts of the embedded stack; they exist nowhere else. */
export const demoPassword = 'calm-harbour-lantern';
export const demoClinics = [
  {
    slug: 'demo',
    name: 'Riverside Family Clinic',
    owner: 'Dana Whitfield',
    email: 'owner@demo.example',
    plan: 'professional',
    patients: 180,
  },
  { slug: 'carexps', name: 'CareXPS', owner: 'Carla Reyes', email: 'owner@carexps.example', plan: 'enterprise', patients: 0 },
  { slug: 'medex', name: 'MedEx', owner: 'Milan Dexter', email: 'owner@medex.example', plan: 'professional', patients: 0 },
] as const;
type DemoClinic = (typeof demoClinics)[number];

async function provision(config: StackConfig, clinic: DemoClinic): Promise<string> {
  const { SUPABASE_URL = '', SUPABASE_PUBLISHABLE_KEY = '', SUPABASE_SECRET_KEY = '' } = appEnv(config);
  const options = { auth: { persistSession: false, autoRefreshToken: false } };
  const auth = createClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, options).auth;
  const service = createClient<Database>(SUPABASE_URL, SUPABASE_SECRET_KEY, options);

  const reservation = await service.rpc('reserve_subdomain', { p_slug: clinic.slug, p_email: clinic.email }).throwOnError();
  const { reservation_id } = z.object({ reservation_id: z.uuid() }).parse(reservation.data);
  const account = await auth.signUp({ email: clinic.email, password: demoPassword });
  const known = account.data.session ? account : await auth.signInWithPassword({ email: clinic.email, password: demoPassword });
  if (!known.data.user) throw known.error ?? new Error(`no account for ${clinic.slug}`);
  const { data } = await service
    .rpc('provision_tenant', {
      p_reservation: reservation_id,
      p_user: known.data.user.id,
      p_name: clinic.name,
      p_admin_name: clinic.owner,
      p_time_zone: 'America/New_York',
      p_agreements: JSON.stringify(agreements),
      // Nobody knows the code of this hash: demo owners sign in with their password.
      p_handoff_hash: randomBytes(32).toString('hex'),
      p_handoff_payload: '',
    })
    .throwOnError();
  return data;
}

/** Gives a fresh demo clinic its plan and patients; its owner's address counts as confirmed. */
async function furnish(client: pg.Client, tenantId: string, clinic: DemoClinic): Promise<void> {
  await client.query(
    `update public.tenant_subscriptions set status = 'active', trial_ends_at = null, plan_id =
       (select id from public.plans where key = $2 order by version desc limit 1) where tenant_id = $1`,
    [tenantId, clinic.plan],
  );
  await client.query(
    `update public.profiles set email_verified_at = now()
      where user_id in (select user_id from public.memberships where tenant_id = $1)`,
    [tenantId],
  );
  await client.query(
    `insert into public.patients (tenant_id, given_name, family_name, birth_date, sex, mobile_phone, email, address_line1, city, region,
       postal_code, country, external_id, remarks, consent_email, consent_sms, consent_phone)
     select $1, p.* from jsonb_to_recordset($2) as p (given_name text, family_name text, birth_date date, sex text, mobile_phone text,
       email text, address_line1 text, city text, region text, postal_code text, country text, external_id text, remarks text,
       consent_email boolean, consent_sms boolean, consent_phone boolean)`,
    [tenantId, JSON.stringify(demoPatients(clinic.patients))],
  );
}

/** Creates the demo clinics that are missing; one that was not finished is finished at the next start. */
export async function seed(config: StackConfig): Promise<void> {
  await withClient(databaseUrl(config), async (client) => {
    for (const clinic of demoClinics) {
      // A start that was killed half-way left a held name, or a clinic still on its trial.
      await client.query('select private.abandon_signup(id) from private.signup_reservations where slug = $1', [clinic.slug]);
      const { rows } = await client.query(
        'select t.id, s.status from public.tenants t join public.tenant_subscriptions s on s.tenant_id = t.id where t.slug = $1',
        [clinic.slug],
      );
      if (rows[0] && rows[0].status !== 'trialing') continue;
      const tenantId = rows[0]?.id ?? (await provision(config, clinic));
      await client.query('begin');
      await furnish(client, tenantId, clinic);
      await client.query('commit');
    }
  });
}
