import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PermissionKey } from '@/lib/infra/permission.types';
import { as, become, connect, failure, rolledBack } from '../support/database';
import { rightsOf, tables } from '../support/tables';
import { givePlan, loadWorld, type Person } from '../support/world';
import { rightsOn } from './isolation-probes';

const world = loadWorld();
const { people, clinics } = world;
const alder = clinics.alder.id;
let sql: pg.Client;
let catalogue: PermissionKey[];
beforeAll(async () => {
  sql = await connect();
  catalogue = (await sql.query('select key from public.permissions order by position')).rows.map(({ key }) => key);
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0]?.value;

type RoleForm = { id?: string | null; name?: string; permissions?: string[]; loaded?: string[] };

/** Saves a role as a person, for good within the test's transaction: the id, or the SQLSTATE of a refusal. */
async function save(person: Person, { id = null, name = 'Front desk', permissions = [], loaded }: RoleForm): Promise<string> {
  const before = loaded ?? (id ? await permissionsOf(id) : []);
  await sql.query('savepoint saving');
  await become(sql, person);
  try {
    return await value('select public.save_role($1, $2, $3, $4, $5) as value', [
      id,
      name,
      'For tests',
      JSON.stringify(permissions),
      JSON.stringify(before),
    ]);
  } catch (error) {
    await sql.query('rollback to savepoint saving');
    return (await failure(Promise.reject(error))) ?? '';
  } finally {
    await sql.query('reset role');
  }
}
const uuid = /^[0-9a-f-]{36}$/;
const permissionsOf = async (role: string) =>
  (await sql.query('select permission from public.role_permissions where role_id = $1 order by 1', [role])).rows.map(
    ({ permission }) => permission,
  );
const give = (person: Person, role: string) =>
  sql.query('update public.memberships set role_id = $3 where tenant_id = $1 and user_id = $2', [alder, person.userId, role]);
const remove = async (person: Person, role: string, reassign: string | null = null) => {
  await sql.query('savepoint removing');
  await become(sql, person);
  const code = await failure(sql.query('select public.delete_role($1, $2)', [role, reassign]));
  if (code) await sql.query('rollback to savepoint removing');
  await sql.query('reset role');
  return code;
};
const systemRole = (key: string, tenant = alder): Promise<string> =>
  value('select id as value from public.roles where tenant_id = $1 and key = $2', [tenant, key]);

describe('C2 a clinic’s own roles', () => {
  test('are made, changed and listed by those who manage roles, in their clinic alone', () =>
    rolledBack(sql, async () => {
      const id = await save(people.alder_owner, { permissions: ['patients.read', 'calls.read'] });
      expect(id).toMatch(uuid);
      expect(await permissionsOf(id)).toEqual(['calls.read', 'patients.read']);
      expect(await save(people.alder_admin, { id, name: 'Desk', permissions: ['patients.read', 'patients.create'] })).toBe(id);
      expect(await permissionsOf(id)).toEqual(['patients.create', 'patients.read']);
      expect(await save(people.alder_owner, { id, permissions: ['calls.read'], loaded: ['patients.read', 'calls.read'] })).toBe('YT006');
      for (const role of ['alder_practitioner', 'alder_staff', 'alder_billing', 'bare'] as const) {
        expect(await save(people[role], { name: 'Mine' }), role).toBe('42501');
      }
      expect(await save(people.birch_owner, { id, name: 'Theirs' })).toBe('P0002');
      expect(await save(people.alder_owner, { name: 'DESK' })).toBe('23505');
      expect(await save(people.alder_owner, { name: 'Odd', permissions: ['patients.fly'] })).toBe('23503');
      expect(await save(people.alder_owner, { id: await systemRole('staff'), name: 'Staff' })).toBe('P0002');
      const listed = await as(sql, people.alder_staff, () => value('select public.list_roles() as value'));
      expect(listed.find((role: { id: string }) => role.id === id)).toMatchObject({ name: 'Desk', members: 0, is_system: false });
      expect(JSON.stringify(await as(sql, people.birch_owner, () => value('select public.list_roles() as value')))).not.toContain(id);
    }));

  test('nobody gives or takes away what they do not hold, or changes their own role', () =>
    rolledBack(sql, async () => {
      expect(await save(people.alder_admin, { permissions: ['billing.update'] })).toBe('YT001');
      const id = await save(people.alder_owner, { permissions: ['patients.read', 'billing.update'] });
      // What they do not hold stays; the rest they may change.
      expect(await save(people.alder_admin, { id, permissions: ['patients.read'] })).toBe('YT001');
      expect(await save(people.alder_admin, { id, permissions: ['billing.update', 'calls.read'] })).toBe(id);
      const own = await save(people.alder_owner, { name: 'Managers', permissions: ['roles.manage', 'roles.read', 'team.update'] });
      await give(people.alder_staff, own);
      expect(await save(people.alder_staff, { id: own, name: 'Managers', permissions: ['roles.read'] })).toBe('YT003');
      expect(await save(people.alder_staff, { name: 'Clinical', permissions: ['patients.read'] })).toBe('YT001');
      expect(await save(people.alder_staff, { name: 'Readers', permissions: ['roles.read'] })).toMatch(uuid);
    }));

  test('that lose the right to invite take the open invitations of their people along', () =>
    rolledBack(sql, async () => {
      const id = await save(people.alder_owner, { permissions: ['team.invite', 'patients.read'] });
      await give(people.bare, id);
      const staff = await systemRole('bare');
      await sql.query(`insert into public.invitations (tenant_id, email, role_id, invited_by) values ($1, 'later@new.test', $2, $3)`, [
        alder,
        staff,
        people.bare.userId,
      ]);
      const status = () => value(`select status as value from public.invitations where email = 'later@new.test'`);
      expect(await save(people.alder_owner, { id, permissions: ['team.invite'] })).toBe(id);
      expect(await status()).toBe('open');
      expect(await save(people.alder_owner, { id, permissions: ['patients.read'] })).toBe(id);
      expect(await status()).toBe('revoked');
    }));

  test('need the plan; those that exist go on and can be deleted', () =>
    rolledBack(sql, async () => {
      const id = await save(people.alder_owner, { permissions: ['patients.read'] });
      await givePlan(sql, alder, 'starter');
      expect(await save(people.alder_owner, { name: 'Second' })).toBe('YQ002');
      expect(await save(people.alder_owner, { id, permissions: [] })).toBe('YQ002');
      await give(people.bare, id);
      expect(await as(sql, people.bare, async () => (await sql.query('select 1 from public.patients')).rowCount)).toBeGreaterThan(0);
      await give(people.bare, await systemRole('bare'));
      expect(await remove(people.alder_owner, id)).toBeUndefined();
    }));

  test('go only when their people get another role', () =>
    rolledBack(sql, async () => {
      const id = await save(people.alder_owner, { permissions: ['patients.read'] });
      await give(people.bare, id);
      await sql.query(`insert into public.invitations (tenant_id, email, role_id) values ($1, 'soon@new.test', $2)`, [alder, id]);
      expect(await remove(people.alder_owner, id)).toBe('YT004');
      expect(await remove(people.alder_owner, id, id)).toBe('YT004');
      expect(await remove(people.alder_admin, id, await systemRole('owner'))).toBe('YT001');
      expect(await remove(people.alder_owner, id, await systemRole('staff', clinics.birch.id))).toBe('P0002');
      expect(await remove(people.alder_staff, id, await systemRole('staff'))).toBe('42501');
      expect(await remove(people.alder_owner, await systemRole('staff'), await systemRole('admin'))).toBe('P0002');
      expect(await remove(people.alder_owner, id, await systemRole('staff'))).toBeUndefined();
      const roles = `select r.key as value from public.roles r join %s x on x.role_id = r.id where x.tenant_id = $1 and `;
      expect(await value(`${roles.replace('%s', 'public.memberships')} x.user_id = $2`, [alder, people.bare.userId])).toBe('staff');
      expect(await value(`${roles.replace('%s', 'public.invitations')} x.email = $2`, [alder, 'soon@new.test'])).toBe('staff');
    }));
});

test('a permission that is added reaches owners and the named roles of every clinic', () =>
  rolledBack(sql, async () => {
    await sql.query(`select private.add_permission('rooms.read', 'See rooms', array['staff'])`);
    const { rows } = await sql.query(
      `select distinct r.key from public.role_permissions rp join public.roles r on r.id = rp.role_id where rp.permission = 'rooms.read' order by 1`,
    );
    expect(rows.map(({ key }) => key)).toEqual(['owner', 'staff']);
  }));

describe('I1 a role with one permission', () => {
  test('opens nothing that is not in the catalogue', () => {
    const named = [...tables.values()].flatMap(({ opens }) => Object.keys(opens ?? {}));
    expect(named.filter((key) => key !== 'everybody' && !catalogue.some((known) => known === key))).toEqual([]);
  });

  test('may do exactly what that permission says on every table, and nothing else', async () => {
    const findings: string[] = [];
    for (const permission of catalogue) {
      await rolledBack(sql, async () => {
        const { rows } = await sql.query(
          `insert into public.roles (tenant_id, key, name, is_system) values ($1, 'single', 'Single', false) returning id`,
          [alder],
        );
        await sql.query('insert into public.role_permissions (tenant_id, role_id, permission) values ($1, $2, $3)', [
          alder,
          rows[0].id,
          permission,
        ]);
        await give(people.bare, rows[0].id);
        const rights = await rightsOn(sql, people.bare, world);
        const expected = [...rightsOf(permission), ...rightsOf('everybody')].sort();
        if (JSON.stringify(rights) !== JSON.stringify(expected))
          findings.push(`${permission}: ${rights.join(', ')} instead of ${expected.join(', ')}`);
      });
    }
    expect(findings).toEqual([]);
  });
});
