import type pg from 'pg';
import { waitFor } from '@/scripts/stack/wait';
import { tenantTables } from '../database/isolation-probes';
import type { Ids } from './doors';
import { stack } from './env';
import { addNamedRows } from './tables';
import { addMember, bind, createClinic, createPerson, openSession, type Person } from './world';

/** A clinic of a test file's own with one of everything that a door can name, and its people. */
export type Furnished = { id: string; slug: string; owner: Person; bare: Person; ids: Ids; names: readonly string[] };

/** Makes one; everything of it is named after its slug. */
export async function furnishClinic(sql: pg.Client, slug: string): Promise<Furnished> {
  const owner = await createPerson(stack, `owner@${slug}.test`);
  const id = await createClinic(sql, slug, `${slug} Clinic`, owner);
  await bind(sql, id, owner);
  await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [owner.userId]);
  const one = async (text: string, ...values: unknown[]): Promise<string> => (await sql.query(text, [id, ...values])).rows[0].id;
  const newRole = (key: string) =>
    one(`insert into public.roles (tenant_id, key, name, is_system) values ($1, $2, $3, false) returning id`, key, `${slug}-${key}`);
  await newRole('bare');
  const bare = await createPerson(stack, `bare@${slug}.test`);
  await addMember(sql, id, bare, 'bare', `${slug} bare`);
  await bind(sql, id, bare);
  const staff = await createPerson(stack, `staff@${slug}.test`);
  await addMember(sql, id, staff, 'staff', `${slug} staff`);
  await bind(sql, id, staff);
  await sql.query('update public.tenant_settings set contact_email = $2 where tenant_id = $1', [id, `desk@${slug}.test`]);
  const known = await addNamedRows(sql, { tenantId: id, slug, owner });
  known.set('tenants', id);
  known.set('memberships', await one('select id from public.memberships where tenant_id = $1 and user_id = $2', staff.userId));
  known.set('roles', await newRole('role'));
  known.set('roles staff', await one(`select id from public.roles where tenant_id = $1 and key = 'staff'`));
  const { sessionId } = await openSession(stack, owner.email);
  await sql.query('insert into private.tenant_sessions (session_id, tenant_id, user_id) values ($1, $2, $3)', [
    sessionId,
    id,
    owner.userId,
  ]);
  known.set('tenant_sessions', sessionId);
  const ids: Ids = (what) => {
    const found = known.get(what);
    if (!found) throw new Error(`There is no ${what}: give a fixture in tests/tables such a row.`);
    return found;
  };
  // The worker makes the customer at Stripe meanwhile.
  const customer = () =>
    sql.query('select 1 from public.tenant_subscriptions where tenant_id = $1 and stripe_customer_id is not null', [id]);
  await waitFor('its customer at Stripe', async () => (await customer()).rowCount === 1, 60_000);
  return { id, slug, owner, bare, ids, names: [...known.keys()] };
}

/** What an attempt leaves of itself, or the worker changes by the way. */
const volatile = [
  ...['public.audit_log', 'private.audit_chain', 'private.audit_anchors', 'private.tenant_sessions', 'public.usage_counters'],
  ...['private.active_days', 'private.feature_usage', 'private.billing_syncs', 'private.stripe_events'],
];

/** A digest of every row that a clinic has, by table. */
export async function fingerprint(sql: pg.Client, tenantId: string): Promise<Record<string, string>> {
  const prints: Record<string, string> = {};
  for (const { name, tenantColumn } of await tenantTables(sql)) {
    if (volatile.includes(name)) continue;
    const answer = await sql.query(
      `select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as print from ${name} t where ${tenantColumn} = $1`,
      [tenantId],
    );
    prints[name] = answer.rows[0].print;
  }
  const print = async (text: string): Promise<string> => (await sql.query(text, [tenantId])).rows[0].print;
  return {
    ...prints,
    sessions: await print(
      `select md5(coalesce(string_agg(session_id || coalesce(ended_at::text, ''), '|' order by session_id), '')) as print
       from private.tenant_sessions where tenant_id = $1`,
    ),
    entries: await print(
      `select count(*)::text as print from auth.sessions s join public.memberships m on m.user_id = s.user_id where m.tenant_id = $1`,
    ),
    acts: await print(`select count(*)::text as print from public.audit_log where tenant_id = $1 and outcome <> 'refused'`),
  };
}
