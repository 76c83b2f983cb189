import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { as, connect, rolledBack } from '../support/database';
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
    await sql.query(`insert into public.tenant_holds (tenant_id, kind, reason) values ($1, 'security', 'unusual')`, [clinics.alder.id]);
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
