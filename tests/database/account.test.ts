import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, become, connect, rolledBack } from '../support/database';
import { loadWorld, type Person } from '../support/world';

const { people, clinics } = loadWorld();
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0]?.value;
const join = (person: Person, tenant: string) =>
  sql.query(
    `insert into public.memberships (tenant_id, user_id, role_id) select $1, $2, id from public.roles where tenant_id = $1 and key = 'staff'`,
    [tenant, person.userId],
  );

describe('C9 several clinics', () => {
  const clinicsOf = (person: Person) =>
    as(sql, person, async () => (await value('select public.list_own_clinics() as value')).map(({ slug }: { slug: string }) => slug));
  const maySwitch = (person: Person, slug: string) => as(sql, person, () => value('select public.may_switch_to($1) as value', [slug]));

  test('a member sees and reaches the clinics that are open to them, and no others', () =>
    rolledBack(sql, async () => {
      expect(await clinicsOf(people.alder_staff)).toEqual(['alder']);
      expect(await maySwitch(people.alder_staff, 'birch')).toBe(false);
      await join(people.alder_staff, clinics.birch.id);
      expect(await clinicsOf(people.alder_staff)).toEqual(['alder', 'birch']);
      expect(await maySwitch(people.alder_staff, 'birch')).toBe(true);
      // The session itself opens nothing there.
      expect(await as(sql, people.alder_staff, async () => (await sql.query('select id from public.tenants')).rows)).toEqual([
        { id: clinics.alder.id },
      ]);
      await sql.query(`update public.memberships set status = 'deactivated' where tenant_id = $1 and user_id = $2`, [
        clinics.birch.id,
        people.alder_staff.userId,
      ]);
      expect(await clinicsOf(people.alder_staff)).toEqual(['alder']);
      expect(await maySwitch(people.alder_staff, 'birch')).toBe(false);
    }));

  test('without the password nobody goes where they were signed out since, or beyond that clinic’s limits', () =>
    rolledBack(sql, async () => {
      const { alder_staff: staff } = people;
      await join(staff, clinics.birch.id);
      const { rows } = await sql.query('select created_at from private.tenant_sessions where session_id = $1', [staff.sessionId]);
      const earlier = (minutes: number, ended: string) =>
        sql.query(
          `insert into private.tenant_sessions (session_id, tenant_id, user_id, created_at, last_seen_at, ended_at)
           values (gen_random_uuid(), $1, $2, $3::timestamptz - interval '1 hour', $3::timestamptz + make_interval(mins => $4), $3::timestamptz + $5::interval)`,
          [clinics.birch.id, staff.userId, rows[0].created_at, minutes, ended],
        );
      // One that ran out by itself, and one that ended before the sign-in here, change nothing.
      await earlier(1, '20 minutes');
      await earlier(-50, '-1 minute');
      expect(await maySwitch(staff, 'birch')).toBe(true);
      await sql.query('savepoint before');
      await earlier(1, '2 minutes');
      expect(await maySwitch(staff, 'birch')).toBe(false);
      await sql.query('rollback to savepoint before');
      await sql.query(`update public.tenant_settings set session_hours = 1 where tenant_id = $1`, [clinics.birch.id]);
      expect(await maySwitch(staff, 'birch')).toBe(true);
      await sql.query(`update private.tenant_sessions set created_at = now() - interval '61 minutes' where session_id = $1`, [
        staff.sessionId,
      ]);
      expect(await maySwitch(staff, 'birch')).toBe(false);
    }));

  test('a session that was opened from another one goes on with its time', () =>
    rolledBack(sql, async () => {
      const { alder_staff: staff, stranger } = people;
      await sql.query(`update private.tenant_sessions set created_at = now() - interval '3 hours' where session_id = $1`, [
        staff.sessionId,
      ]);
      await sql.query(`select private.issue_handoff('birch', $1, 'sealed', $2, $3)`, [
        'ab'.repeat(32),
        stranger.sessionId,
        staff.sessionId,
      ]);
      await sql.query('insert into private.tenant_sessions (session_id, tenant_id, user_id) values ($1, $2, $3)', [
        stranger.sessionId,
        clinics.birch.id,
        stranger.userId,
      ]);
      const age = await value(
        `select (now() - created_at = interval '3 hours') as value from private.tenant_sessions where session_id = $1`,
        [stranger.sessionId],
      );
      expect(age).toBe(true);
    }));

  test.each(['stranger', 'unbound', 'ended', 'removed'] as const)('a session that works nowhere (%s) leads nowhere', (who) =>
    rolledBack(sql, async () => {
      expect(await clinicsOf(people[who])).toEqual([]);
      expect(await maySwitch(people[who], 'alder')).toBe(false);
    }),
  );
});

test('C10 a person changes their own name, and each of their clinics’ logs says so', () =>
  rolledBack(sql, async () => {
    await join(people.alder_staff, clinics.birch.id);
    await become(sql, people.alder_staff);
    expect(await value(`select public.update_own_name('Another Name') as value`)).toBe(true);
    await sql.query('reset role');
    expect(await value('select full_name as value from public.profiles where user_id = $1', [people.alder_staff.userId])).toBe(
      'Another Name',
    );
    const { rows } = await sql.query(
      `select tenant_id from public.audit_log where action = 'profiles.name_changed' and occurred_at = now()`,
    );
    expect(rows.map(({ tenant_id }) => tenant_id).sort()).toEqual([clinics.alder.id, clinics.birch.id].sort());
    expect(await as(sql, people.ended, () => value(`select public.update_own_name('Nobody') as value`))).toBe(false);
  }));

describe('C10 another address', () => {
  /** Asks for an address and answers the token of its mail. */
  async function ask(person: Person, email: string): Promise<string> {
    const asked = await value('select private.request_email_change($1, $2, $3) as value', [person.userId, clinics.alder.id, email]);
    expect(asked).toBe(true);
    const token = randomBytes(32).toString('base64url');
    const change = await value('select id as value from private.email_changes where user_id = $1', [person.userId]);
    await sql.query('select private.issue_email_change_token($1, $2)', [change, createHash('sha256').update(token).digest()]);
    return token;
  }
  const confirm = (token: string) => value('select private.confirm_email_change($1) as value', [token]);
  const addressOf = (person: Person) => value('select email as value from auth.users where id = $1', [person.userId]);

  test('is the account’s when its link is opened, once; all other sessions end then', () =>
    rolledBack(sql, async () => {
      const { alder_owner: owner, unbound } = people;
      const token = await ask(owner, 'new@alder.test');
      expect(await addressOf(owner)).toBe(owner.email);
      await become(sql, owner);
      expect(await confirm(token)).toBe(true);
      await sql.query('reset role');
      expect(await addressOf(owner)).toBe('new@alder.test');
      expect(await value('select email_verified_at is not null as value from public.profiles where user_id = $1', [owner.userId])).toBe(
        true,
      );
      const { rows } = await sql.query('select id from auth.sessions where user_id = $1', [unbound.userId]);
      expect(rows).toEqual([{ id: owner.sessionId }]);
      expect(await as(sql, owner, async () => (await sql.query('select 1 from public.patients')).rowCount)).toBeGreaterThan(0);
      expect(await confirm(token)).toBe(false);
    }));

  test.each([
    ['has run out', `update private.email_changes set expires_at = now() where email = 'new@alder.test'`],
    [
      'was replaced by a later request',
      `select private.request_email_change(user_id, '${clinics.alder.id}', 'later@alder.test') from private.email_changes`,
    ],
    ['is older than the password', `update auth.users set encrypted_password = 'changed' where email = 'owner@alder.test'`],
    [
      'belongs to somebody who runs the platform by now',
      `insert into private.platform_admins (user_id) select user_id from private.email_changes`,
    ],
    [
      'is for an address that has an account by now',
      `update private.email_changes set email = 'owner@birch.test' where email = 'new@alder.test'`,
    ],
  ])('stays as it is when the link %s', (_what, change) =>
    rolledBack(sql, async () => {
      const token = await ask(people.alder_owner, 'new@alder.test');
      await sql.query('savepoint asked');
      expect(await confirm(token)).toBe(true);
      await sql.query('rollback to savepoint asked');
      await sql.query(change);
      expect(await confirm(token)).toBe(false);
      expect(await addressOf(people.alder_owner)).toBe(people.alder_owner.email);
    }),
  );
});
