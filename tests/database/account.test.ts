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
    const { rows } = await sql.query(`select tenant_id from public.audit_log where action = 'profiles.name_changed'`);
    expect(rows.map(({ tenant_id }) => tenant_id).sort()).toEqual([clinics.alder.id, clinics.birch.id].sort());
    expect(await as(sql, people.ended, () => value(`select public.update_own_name('Nobody') as value`))).toBe(false);
  }));

describe('C10 another address', () => {
  /** Asks for an address and answers the token of its mail. */
  async function ask(person: Person, email: string): Promise<string> {
    const asked = await value('select private.request_email_change($1, $2, $3) as value', [person.userId, clinics.alder.id, email]);
    expect(asked).toBe(true);
    const token = randomBytes(32).toString('base64url');
    await sql.query('select private.issue_email_change_token($1, $2)', [person.userId, createHash('sha256').update(token).digest()]);
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
    ['was replaced by a later one', `update private.email_changes set token_hash = null where email = 'new@alder.test'`],
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
