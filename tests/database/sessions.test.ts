import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { as, become, connect, failure, rolledBack } from '../support/database';
import { loadWorld, type Person } from '../support/world';

const world = loadWorld();
const { people, clinics } = world;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0].value;
const tenantOf = (person: Person) => as(sql, person, () => value('select private.current_tenant_id() as value'));
const statusAt = (person: Person | 'anon', slug: string) =>
  as(sql, person, async () => (await value('select public.gate($1) as value', [slug])).status);
const enter = (person: Person, slug: string) => as(sql, person, () => value(`select public.enter_tenant($1, '', '') as value`, [slug]));

test('a bound session of a working member names its clinic', () =>
  rolledBack(sql, async () => {
    expect(await tenantOf(people.alder_staff)).toBe(clinics.alder.id);
    expect(await statusAt(people.alder_staff, 'alder')).toBe('ok');
  }));

test.each([
  ['a role change', `update public.memberships set status = 'deactivated' where user_id = $1`],
  ['removal', 'delete from public.memberships where user_id = $1'],
  ['the end of the session', 'update private.tenant_sessions set ended_at = now() where user_id = $1'],
  ['sign-out in Auth', 'delete from auth.sessions where user_id = $1'],
  ['a changed password', `update auth.users set encrypted_password = 'another' where id = $1`],
])('%s bites on the next statement', (_, statement) =>
  rolledBack(sql, async () => {
    expect(await tenantOf(people.alder_staff)).toBe(clinics.alder.id);
    await sql.query(statement, [people.alder_staff.userId]);
    expect(await tenantOf(people.alder_staff)).toBeNull();
    expect(await statusAt(people.alder_staff, 'alder')).not.toBe('ok');
  }),
);

test('a hold closes the clinic and lifting it opens it again', () =>
  rolledBack(sql, async () => {
    await sql.query(`insert into public.tenant_holds (tenant_id, kind, reason) values ($1, 'unpaid', 'invoice open')`, [clinics.alder.id]);
    expect(await tenantOf(people.alder_owner)).toBeNull();
    expect(await statusAt(people.alder_owner, 'alder')).toBe('on_hold');
    await sql.query('update public.tenant_holds set lifted_at = now() where tenant_id = $1 and lifted_at is null', [clinics.alder.id]);
    expect(await tenantOf(people.alder_owner)).toBe(clinics.alder.id);
  }));

test('a session binds once, and never to a second clinic', () =>
  rolledBack(sql, async () => {
    expect(await enter(people.unbound, 'alder')).toBe('ok');
    expect(await enter(people.alder_owner, 'alder')).toBe('signed_out');
    await sql.query(
      'insert into public.memberships (tenant_id, user_id, role_id) select $1, $2, id from public.roles where tenant_id = $1 and key = $3',
      [clinics.birch.id, people.alder_owner.userId, 'staff'],
    );
    expect(await enter(people.alder_owner, 'birch')).toBe('signed_out');
    expect(await enter(people.unbound, 'birch')).toBe('ok');
    expect(await statusAt(people.alder_owner, 'birch')).toBe('signed_out');
  }));

test('a changed password ends the sessions in Auth too and is in the log; a changed address has to be confirmed anew', () =>
  rolledBack(sql, async () => {
    const { userId } = people.alder_staff;
    await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [userId]);
    await sql.query(`update auth.users set encrypted_password = 'another', email = 'new@alder.test' where id = $1`, [userId]);
    expect(await value('select count(*)::int as value from auth.sessions where user_id = $1', [userId])).toBe(0);
    expect(await value('select email_verified_at as value from public.profiles where user_id = $1', [userId])).toBeNull();
    const { rows } = await sql.query(`select action from public.audit_log where tenant_id = $1 and action like 'profiles.%' order by 1`, [
      clinics.alder.id,
    ]);
    expect(rows.map(({ action }) => action)).toEqual(expect.arrayContaining(['profiles.email_changed', 'profiles.password_changed']));
  }));

test('pausing a membership ends its sessions for good', () =>
  rolledBack(sql, async () => {
    await sql.query(`update public.memberships set status = 'deactivated' where user_id = $1`, [people.alder_staff.userId]);
    await sql.query(`update public.memberships set status = 'active' where user_id = $1`, [people.alder_staff.userId]);
    expect(await tenantOf(people.alder_staff)).toBeNull();
    expect(await enter(people.alder_staff, 'alder')).toBe('signed_out');
  }));

test('the audit log neither changes nor shrinks, whoever asks', async () => {
  for (const statement of ['update public.audit_log set action = $$x$$', 'delete from public.audit_log', 'truncate public.audit_log']) {
    await rolledBack(sql, () => expect(sql.query(statement)).rejects.toMatchObject({ code: '42501' }));
  }
});

test('an ended session does not come back', () =>
  rolledBack(sql, async () => expect(await enter(people.ended, 'alder')).toBe('signed_out')));

test.each([
  ['a stranger', people.stranger, 'alder', 'no_access'],
  ['a deactivated member', people.removed, 'alder', 'no_access'],
  ['an owner under a hold', people.cedar_owner, 'nowhere', 'signed_out'],
])('%s does not enter', (_, person, slug, status) => rolledBack(sql, async () => expect(await enter(person, slug)).toBe(status)));

test('the gate says what is the matter with a clinic', () =>
  rolledBack(sql, async () => {
    expect(await statusAt('anon', 'nowhere')).toBe('unknown');
    expect(await statusAt('anon', 'alder')).toBe('signed_out');
    expect(await statusAt(people.dogwood_owner, 'dogwood')).toBe('cancelled');
    expect(await statusAt(people.cedar_owner, 'cedar')).toBe('on_hold');
    expect(await statusAt('anon', 'cedar')).toBe('signed_out');
  }));

test('the gate notes the last visit at most once a minute', () =>
  rolledBack(sql, async () => {
    const seen = () =>
      value('select last_seen_at::text as value from private.tenant_sessions where session_id = $1', [people.alder_admin.sessionId]);
    await sql.query(`update private.tenant_sessions set last_seen_at = now() - interval '30 seconds' where session_id = $1`, [
      people.alder_admin.sessionId,
    ]);
    const before = await seen();
    await sql.query(`select set_config('request.jwt.claims', $1, true), set_config('request.jwt.claim.sub', $2, true)`, [
      JSON.stringify({ sub: people.alder_admin.userId, session_id: people.alder_admin.sessionId }),
      people.alder_admin.userId,
    ]);
    await sql.query(`select private.gate('alder')`);
    expect(await seen()).toBe(before);
    await sql.query(`update private.tenant_sessions set last_seen_at = now() - interval '2 minutes' where session_id = $1`, [
      people.alder_admin.sessionId,
    ]);
    await sql.query(`select private.gate('alder')`);
    expect(await seen()).not.toBe(before);
  }));

const seen = (person: Person, ago: string) =>
  sql.query(`update private.tenant_sessions set last_seen_at = now() - $2::interval where session_id = $1`, [person.sessionId, ago]);
const begun = (person: Person, ago: string) =>
  sql.query(`update private.tenant_sessions set created_at = now() - $2::interval where session_id = $1`, [person.sessionId, ago]);
const limits = (idle: number, hours: number) =>
  sql.query('update public.tenant_settings set session_idle_minutes = $2, session_hours = $3 where tenant_id = $1', [
    clinics.alder.id,
    idle,
    hours,
  ]);
const stateOf = (person: Person) => as(sql, person, () => value('select public.session_state() as value'));

test.each([
  ['15 minutes without activity, by default', undefined, seen, '14 minutes 59 seconds', '15 minutes'],
  ['12 hours whatever happens, by default', undefined, begun, '11 hours 59 minutes 59 seconds', '12 hours'],
  ['5 minutes without activity, where the clinic wants that', [5, 24], seen, '4 minutes 59 seconds', '5 minutes'],
  ['24 hours, where the clinic wants that', [5, 24], begun, '23 hours 59 minutes 59 seconds', '24 hours'],
] as const)('S1 a session runs out after %s', (_, set, age, before, after) =>
  rolledBack(sql, async () => {
    if (set) await limits(...set);
    await age(people.alder_staff, before);
    expect(await tenantOf(people.alder_staff)).toBe(clinics.alder.id);
    expect(await statusAt(people.alder_staff, 'alder')).toBe('ok');
    await age(people.alder_staff, after);
    expect(await tenantOf(people.alder_staff)).toBeNull();
    expect(await stateOf(people.alder_staff)).toBeNull();
    expect(await as(sql, people.alder_staff, () => value(`select public.gate('alder') as value`))).toMatchObject({
      status: 'signed_out',
      ended: 'time',
    });
  }),
);

test('S1 a session that has run out stays out, in Auth too, though the clinic allows more time later', () =>
  rolledBack(sql, async () => {
    await seen(people.alder_staff, '20 minutes');
    await limits(120, 24);
    expect(await tenantOf(people.alder_staff)).toBeNull();
    expect(await value('select count(*)::int as value from auth.sessions where id = $1', [people.alder_staff.sessionId])).toBe(0);
    expect(await tenantOf(people.alder_owner)).toBe(clinics.alder.id);
  }));

test('S1 the job ends what has run out, and nothing else', () =>
  rolledBack(sql, async () => {
    await seen(people.alder_staff, '16 minutes');
    await sql.query('select private.purge_expired()');
    const open = (person: Person) =>
      value('select ended_at is null as value from private.tenant_sessions where session_id = $1', [person.sessionId]);
    expect([await open(people.alder_staff), await open(people.alder_owner)]).toEqual([false, true]);
  }));

test('S1 asking how long a session lasts is no activity', () =>
  rolledBack(sql, async () => {
    await seen(people.alder_staff, '10 minutes');
    await begun(people.alder_staff, '1 hour');
    await become(sql, people.alder_staff);
    expect(await value('select public.session_state() as value')).toMatchObject({
      id: people.alder_staff.sessionId,
      idle_seconds: 300,
      total_seconds: 39_600,
    });
    await sql.query(`select set_config('role', 'none', true)`);
    expect(
      await value('select (now() - last_seen_at)::text as value from private.tenant_sessions where session_id = $1', [
        people.alder_staff.sessionId,
      ]),
    ).toBe('00:10:00');
  }));

test.each([
  [4, 12],
  [121, 12],
  [15, 0],
  [15, 25],
])('S1 a clinic cannot allow %i minutes or %i hours', (idle, hours) =>
  rolledBack(sql, async () => expect(await failure(limits(idle, hours))).toBe('23514')),
);

/** Opens one more session of a person at a clinic. */
async function another(person: Person, tenantId: string): Promise<string> {
  const id = crypto.randomUUID();
  await sql.query('insert into auth.sessions (id, user_id, created_at, updated_at) values ($1, $2, now(), now())', [id, person.userId]);
  await sql.query(
    `insert into private.tenant_sessions (session_id, tenant_id, user_id, ip, user_agent) values ($1, $2, $3, '203.0.113.9', 'Phone')`,
    [id, tenantId, person.userId],
  );
  return id;
}
type Listed = { id: string; current: boolean; ip: string | null };
const listed = (person: Person) => as(sql, person, () => value('select public.list_sessions() as value')) as Promise<Listed[]>;

test('I7 a person sees and ends their own sessions at the clinic, nobody else’s and none elsewhere', () =>
  rolledBack(sql, async () => {
    const phone = await another(people.alder_staff, clinics.alder.id);
    await another(people.alder_staff, clinics.birch.id);
    expect((await listed(people.alder_staff)).map(({ id, current }) => [id, current])).toEqual([
      [people.alder_staff.sessionId, true],
      [phone, false],
    ]);
    await become(sql, people.alder_staff);
    for (const { sessionId } of [people.alder_owner, people.birch_owner]) {
      expect(await value('select public.end_own_sessions($1) as value', [sessionId])).toBe(0);
    }
    expect(await value('select public.end_own_sessions($1) as value', [phone])).toBe(1);
    await sql.query(`select set_config('role', 'none', true)`);
    expect((await listed(people.alder_staff)).map(({ id }) => id)).toEqual([people.alder_staff.sessionId]);
    expect(await value('select count(*)::int as value from auth.sessions where id = $1', [phone])).toBe(0);
    expect(await tenantOf(people.alder_owner)).toBe(clinics.alder.id);
    expect(
      await value(`select count(*)::int as value from public.audit_log where action = 'sessions.ended' and record_id = $1`, [phone]),
    ).toBe(1);
  }));

test('I7 ending all other sessions keeps the one in use', () =>
  rolledBack(sql, async () => {
    await another(people.alder_staff, clinics.alder.id);
    await another(people.alder_staff, clinics.alder.id);
    await become(sql, people.alder_staff);
    expect(await value('select public.end_own_sessions() as value')).toBe(2);
    await sql.query(`select set_config('role', 'none', true)`);
    expect(await listed(people.alder_staff)).toEqual([expect.objectContaining({ id: people.alder_staff.sessionId, current: true })]);
  }));
