import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createClient } from '@supabase/supabase-js';
import type pg from 'pg';
import { type RoleKey, roleKeys } from './members';
import { addRows } from './tables';

export const password = 'seven quiet lighthouses';

/** A person with a live Auth session: their row in auth.users, the session, and both tokens. */
export type Person = { userId: string; email: string; sessionId: string; accessToken: string; refreshToken: string };
export type Clinic = { id: string; slug: string; name: string; patientId: string };

/** The named world of every test: Alder and Birch work, Cedar is under a hold, Dogwood has closed. */
export type World = {
  clinics: Record<'alder' | 'birch' | 'cedar' | 'dogwood', Clinic>;
  people: Record<
    | `alder_${RoleKey}`
    | 'bare'
    | 'birch_owner'
    | 'cedar_owner'
    | 'dogwood_owner'
    | 'stranger'
    | 'removed'
    | 'unbound'
    | 'ended'
    | 'platform_admin',
    Person
  >;
};

/** A string of Alder's that no other clinic may ever receive. */
export const canary = 'Canary-7F3A';

type Api = { SUPABASE_URL?: string; SUPABASE_PUBLISHABLE_KEY?: string };

function authOf({ SUPABASE_URL = '', SUPABASE_PUBLISHABLE_KEY = '' }: Api) {
  return createClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, { auth: { persistSession: false, autoRefreshToken: false } }).auth;
}

/** Opens an Auth session with the world's password. */
export async function openSession(api: Api, email: string): Promise<Person> {
  const { data, error } = await authOf(api).signInWithPassword({ email, password });
  if (error) throw error;
  const claims = JSON.parse(Buffer.from(data.session.access_token.split('.')[1] ?? '', 'base64url').toString());
  return {
    userId: data.user.id,
    email,
    sessionId: claims.session_id,
    accessToken: data.session.access_token,
    refreshToken: data.session.refresh_token,
  };
}

/** The person's tokens anew, with what the session has proven since. */
async function refreshed(api: Api, person: Person): Promise<Person> {
  const { data, error } = await authOf(api).refreshSession({ refresh_token: person.refreshToken });
  if (error || !data.session) throw error ?? new Error('no session');
  return { ...person, accessToken: data.session.access_token, refreshToken: data.session.refresh_token };
}

/** Makes an account with the world's password and opens a session. */
export async function createPerson(api: Api, email: string): Promise<Person> {
  const { error } = await authOf(api).signUp({ email, password });
  if (error) throw error;
  return openSession(api, email);
}

/** Provisions a clinic the way the product does, with its owner. */
export async function createClinic(sql: pg.Client, slug: string, name: string, owner: Person): Promise<string> {
  // With a profile the account counts as claimed; sign-up makes it after the reservation.
  await sql.query('insert into public.profiles (user_id, full_name) values ($1, $2) on conflict do nothing', [
    owner.userId,
    `${name} Owner`,
  ]);
  const reserved = await sql.query('select private.reserve_subdomain($1, $2, null) as answer', [slug, owner.email]);
  const { rows } = await sql.query(
    `select private.provision_tenant($1, $2, $3, $4, 'Europe/Berlin', '{"terms":"1","privacy":"1","baa":"1"}', $5, 'sealed') as id`,
    [reserved.rows[0].answer.reservation_id, owner.userId, name, `${name} Owner`, randomBytes(32).toString('hex')],
  );
  return rows[0].id;
}

/** Adds a member with a role of the clinic. */
export async function addMember(sql: pg.Client, tenantId: string, person: Person, role: RoleKey | 'bare', fullName: string): Promise<void> {
  await sql.query('insert into public.profiles (user_id, full_name) values ($1, $2) on conflict do nothing', [person.userId, fullName]);
  await sql.query(
    'insert into public.memberships (tenant_id, user_id, role_id) select $1, $2, id from public.roles where tenant_id = $1 and key = $3',
    [tenantId, person.userId, role],
  );
}

/** Binds a person's session to a clinic, as signing in does. */
export async function bind(sql: pg.Client, tenantId: string, person: Person): Promise<void> {
  // Seen in an hour's time, so that a slow run does not outlive its sessions.
  await sql.query(
    `insert into private.tenant_sessions (session_id, tenant_id, user_id, last_seen_at) values ($1, $2, $3, now() + interval '1 hour')`,
    [person.sessionId, tenantId, person.userId],
  );
}

/** Makes a person an administrator of the platform whose session has proven the second factor. */
export async function bindToPlatform(sql: pg.Client, person: Person): Promise<void> {
  const { rows } = await sql.query(
    'insert into private.platform_admins (user_id, factor_id) values ($1, gen_random_uuid()) returning factor_id',
    [person.userId],
  );
  await sql.query(`update auth.sessions set aal = 'aal2', factor_id = $2 where id = $1`, [person.sessionId, rows[0].factor_id]);
  await sql.query(`insert into private.platform_sessions (session_id, user_id, last_seen_at) values ($1, $2, now() + interval '1 hour')`, [
    person.sessionId,
    person.userId,
  ]);
}

export async function addPatient(sql: pg.Client, tenantId: string, familyName: string, givenName = 'Pat'): Promise<string> {
  const { rows } = await sql.query(
    `insert into public.patients (tenant_id, given_name, family_name, birth_date, mobile_phone, email, external_id)
     values ($1, $2, $3, '1980-05-12', '+1 617 555 0100', 'pat@example.com', $4) returning id`,
    [tenantId, givenName, familyName, `X-${familyName}`],
  );
  return rows[0].id;
}

/** Gives a clinic a plan as the platform does, without trial and payment, so that nothing else decides about it. */
export async function givePlan(sql: pg.Client, tenantId: string, plan: string): Promise<void> {
  await sql.query(
    `update public.tenant_subscriptions set status = 'active', trial_ends_at = null,
       plan_id = (select id from public.plans where key = $2 order by version desc limit 1)
     where tenant_id = $1`,
    [tenantId, plan],
  );
}

/** Puts a clinic on hold as if it had not paid. */
export async function holdUnpaid(sql: pg.Client, tenantId: string, reason: string): Promise<void> {
  await givePlan(sql, tenantId, 'professional');
  await sql.query(`insert into public.tenant_holds (tenant_id, kind, reason) values ($1, 'unpaid', $2)`, [tenantId, reason]);
}

/** Builds the world on an empty migrated stack. */
export async function createWorld(api: Api, sql: pg.Client): Promise<World> {
  // Tests try what attackers try; the tests of the rules set thresholds of their own.
  await sql.query('update private.security_rules set threshold = 10000');
  const people = {} as World['people'];
  const clinics = {} as World['clinics'];
  const names = { alder: 'Alder Clinic', birch: 'Birch Clinic', cedar: 'Cedar Clinic', dogwood: 'Dogwood Clinic' } as const;
  for (const slug of Object.keys(names) as (keyof typeof names)[]) {
    const owner = await createPerson(api, `owner@${slug}.test`);
    people[`${slug}_owner`] = owner;
    const id = await createClinic(sql, slug, names[slug], owner);
    await bind(sql, id, owner);
    const patientId = await addPatient(sql, id, slug === 'alder' ? canary : `${slug}-patient`);
    await addRows(sql, { tenantId: id, slug, owner });
    clinics[slug] = { id, slug, name: names[slug], patientId };
  }
  const alder = clinics.alder.id;
  for (const role of roleKeys.filter((key) => key !== 'owner')) {
    people[`alder_${role}`] = await createPerson(api, `${role}@alder.test`);
    await addMember(sql, alder, people[`alder_${role}`], role, `Alder ${role}`);
    await bind(sql, alder, people[`alder_${role}`]);
  }
  // A role of the clinic's own that allows nothing: whatever it sees needs no permission.
  await sql.query(`insert into public.roles (tenant_id, key, name, is_system) values ($1, 'bare', 'Bare', false)`, [alder]);
  people.bare = await createPerson(api, 'bare@alder.test');
  await addMember(sql, alder, people.bare, 'bare', 'Alder bare');
  await bind(sql, alder, people.bare);
  people.stranger = await createPerson(api, 'stranger@nowhere.test');
  people.unbound = await openSession(api, people.alder_owner.email);
  people.ended = await openSession(api, people.alder_owner.email);
  await bind(sql, alder, people.ended);
  await sql.query('update private.tenant_sessions set ended_at = now() where session_id = $1', [people.ended.sessionId]);
  people.removed = await createPerson(api, 'removed@alder.test');
  await addMember(sql, alder, people.removed, 'admin', 'Removed Person');
  await bind(sql, alder, people.removed);
  await sql.query(`update public.memberships set status = 'deactivated' where user_id = $1`, [people.removed.userId]);
  await holdUnpaid(sql, clinics.cedar.id, 'invoice open');
  people.platform_admin = await createPerson(api, 'admin@platform.test');
  await bindToPlatform(sql, people.platform_admin);
  people.platform_admin = await refreshed(api, people.platform_admin);
  await sql.query(`update public.tenants set status = 'cancelled' where id = $1`, [clinics.dogwood.id]);
  await sql.query('select private.seal_audit()');
  await sql.query('select private.keep_audit_anchor(tenant_id, max(position)) from private.audit_chain group by tenant_id');
  return { clinics, people };
}

/** The world that the test run prepared. */
export function loadWorld(): World {
  return JSON.parse(readFileSync(process.env.TEST_WORLD ?? '', 'utf8'));
}
