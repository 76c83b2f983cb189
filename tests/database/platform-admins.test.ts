import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, connect, failure, rolledBack } from '../support/database';
import { loadWorld, type Person } from '../support/world';

const { people } = loadWorld();
const admin = people.platform_admin;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0].value;

describe('becoming an administrator', () => {
  const invite = (email: string, token: string) =>
    sql.query(`select private.invite_platform_admin($1, sha256(convert_to($2, 'UTF8')))`, [email, token]);
  const open = (token: string) => value('select private.open_platform_invite($1) as value', [token]);
  const factor = '11111111-1111-4111-8111-111111111111';
  const enter = async (person: Person, token?: string) => {
    const entered = await value(`select private.enter_platform($1, '', '', $2) as value`, [person.sessionId, token ?? null]);
    return [entered, (await as(sql, person, () => value('select public.platform_gate() as value'))).status];
  };
  /** The session anew, as signing in makes one; inviting has ended the account's earlier ones. */
  const signIn = (person: Person, aal: string, proven: string | null, age = '0') =>
    sql.query(
      `insert into auth.sessions (id, user_id, aal, factor_id, created_at, updated_at) values ($1, $2, $3, $4, now() - $5::interval, now())
       on conflict (id) do update set aal = excluded.aal, factor_id = excluded.factor_id, created_at = excluded.created_at`,
      [person.sessionId, person.userId, aal, proven, age],
    );

  test('the link, the second factor and a fresh session must all be there; later the very factor of then', () =>
    rolledBack(sql, async () => {
      const { stranger } = people;
      await invite(stranger.email, 'first');
      await signIn(stranger, 'aal1', null);
      expect(await enter(stranger, 'first')).toEqual([false, 'signed_out']);
      await signIn(stranger, 'aal2', factor);
      expect(await enter(stranger)).toEqual([false, 'signed_out']);
      expect(await enter(stranger, 'guessed')).toEqual([false, 'signed_out']);
      await signIn(stranger, 'aal2', factor, '15 minutes');
      expect(await enter(stranger, 'first')).toEqual([false, 'signed_out']);
      await signIn(stranger, 'aal2', factor);
      expect(await enter(stranger, 'first')).toEqual([true, 'ok']);

      await sql.query('delete from private.platform_sessions where user_id = $1', [stranger.userId]);
      await signIn(stranger, 'aal1', null);
      expect(await enter(stranger)).toEqual([false, 'second_factor']);
      await signIn(stranger, 'aal1', null, '15 minutes');
      expect(await enter(stranger)).toEqual([false, 'signed_out']);
      await signIn(stranger, 'aal2', '22222222-2222-4222-8222-222222222222');
      expect((await enter(stranger))[0]).toBe(false);
      await signIn(stranger, 'aal2', factor);
      expect(await enter(stranger)).toEqual([true, 'ok']);
    }));

  test('nobody enters by the data API alone', () =>
    rolledBack(sql, async () => {
      for (const actor of [admin, people.stranger, 'anon'] as const) {
        expect(await as(sql, actor, () => failure(sql.query(`select public.enter_platform($1, '', '')`, [admin.sessionId])))).toBe('42501');
      }
    }));

  test('a second factor set up past the product does not keep a clinic’s owner from a new password', () =>
    rolledBack(sql, async () => {
      const { alder_owner } = people;
      await sql.query(`insert into auth.mfa_factors (user_id, status, secret) values ($1, 'verified', 'AAAA')`, [alder_owner.userId]);
      await sql.query(`select private.issue_password_reset($1, sha256('token'))`, [alder_owner.userId]);
      expect(await value(`select private.read_password_reset('guessed') as value`)).toBeNull();
      const left =
        'select (select count(*) from auth.mfa_factors where user_id = $1)::int + (select count(*) from auth.sessions where user_id = $1)::int as value';
      expect(await value(left, [alder_owner.userId])).toBeGreaterThan(1);
      expect(await value(`select private.read_password_reset('token') as value`)).toMatchObject({
        email: alder_owner.email,
        factor_id: null,
      });
      expect(await value(left, [alder_owner.userId])).toBe(0);
    }));

  test('who is removed is out at once and may be invited again', () =>
    rolledBack(sql, async () => {
      const remove = (email: string) => value('select private.remove_platform_admin($1) as value', [email]);
      expect(await remove(people.alder_owner.email)).toBe(false);
      expect(await remove(admin.email)).toBe(true);
      expect(await remove(admin.email)).toBe(false);
      expect((await as(sql, admin, () => value('select public.platform_gate() as value'))).status).toBe('signed_out');
      await invite(admin.email, 'back');
      expect(await open('back')).toBe(admin.email);
    }));

  test('a link works once, runs out, and a newer one replaces it', () =>
    rolledBack(sql, async () => {
      await invite(people.stranger.email, 'first');
      expect(await open('first')).toBe(people.stranger.email);
      await invite(people.stranger.email, 'second');
      expect(await open('first')).toBeNull();
      expect(await open('second')).toBe(people.stranger.email);
      await sql.query(`update private.platform_invites set expires_at = now()`);
      expect(await open('second')).toBeNull();
    }));

  test('a link takes away second factors that somebody else may have set up, and a new one closes the open sessions', () =>
    rolledBack(sql, async () => {
      await sql.query(`insert into auth.mfa_factors (user_id, status, secret) values ($1, 'verified', 'AAAA')`, [admin.userId]);
      await invite(admin.email, 'again');
      expect(await as(sql, admin, () => failure(sql.query('select public.list_clinics()')))).toBe('42501');
      await open('again');
      expect(await value('select count(*)::int as value from auth.mfa_factors where user_id = $1', [admin.userId])).toBe(0);
    }));

  test('a sign-up with an administrator’s address, finished or not, leaves the account alone', () =>
    rolledBack(sql, async () => {
      const answer = await value('select private.reserve_subdomain($1, $2, null) as value', ['yew-clinic', admin.email]);
      await sql.query('select private.abandon_signup($1)', [answer.reservation_id]);
      expect(await value('select count(*)::int as value from auth.users where id = $1', [admin.userId])).toBe(1);
      const again = await value('select private.reserve_subdomain($1, $2, null) as value', ['yew-clinic', admin.email]);
      const provisioning = sql.query(`select private.provision_tenant($1, $2, 'Yew', 'Yves Yew', 'UTC', '{"terms":"1"}', $3, 'sealed')`, [
        again.reservation_id,
        admin.userId,
        'ab'.repeat(32),
      ]);
      expect(await failure(provisioning)).toBe('YA001');
    }));

  test('a member of a clinic does not become one, nor does an address without an account', () =>
    rolledBack(sql, async () => {
      await sql.query('savepoint before');
      expect(await failure(invite(people.alder_owner.email, 'x'))).toBe('YA001');
      await sql.query('rollback to savepoint before');
      expect(await failure(invite('nobody@nowhere.test', 'x'))).toBe('P0002');
    }));
});
