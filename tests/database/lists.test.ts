import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { as, connect, failure, rolledBack } from '../support/database';
import { loadWorld, type Person } from '../support/world';

const { people } = loadWorld();
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

/** What somebody who may see the team and nothing else is shown beside their own. */
const ofTeam = ['list_invitations', 'list_roles', 'list_team'];
/** Lists of what belongs to the person who asks, whatever their clinic or its role. */
const own = ['list_own_clinics', 'list_sessions'];
const ofPlatform = ['list_billing_problems', 'list_clinic_audit', 'list_clinics', 'list_entitlements'];

test('a list is refused, and not empty, to whoever may not read it', () =>
  rolledBack(sql, async () => {
    const { rows } = await sql.query<{ name: string; required: number }>(
      `select proname as name, pronargs - pronargdefaults as required
       from pg_proc where pronamespace = 'public'::regnamespace and proname like 'list\\_%' order by 1`,
    );
    const codes = async (person: Person) => {
      const found: Record<string, string> = {};
      for (const { name, required } of rows) {
        const call = `select public.${name}(${Array.from({ length: required }, () => 'null').join(', ')})`;
        found[name] = (await failure(as(sql, person, () => sql.query(call)))) ?? 'answered';
      }
      return found;
    };
    const names = rows.map(({ name }) => name);
    const answers = (allowed: (name: string) => boolean) =>
      Object.fromEntries(names.map((name) => [name, allowed(name) ? 'answered' : '42501']));
    expect(await codes(people.alder_owner)).toEqual(answers((name) => !ofPlatform.includes(name)));
    for (const person of [people.bare, people.unbound, people.stranger])
      expect(await codes(person)).toEqual(answers((name) => own.includes(name)));
    await sql.query(
      `insert into public.role_permissions (tenant_id, role_id, permission)
       select tenant_id, role_id, 'team.read' from public.memberships where user_id = $1`,
      [people.bare.userId],
    );
    expect(await codes(people.bare)).toEqual(answers((name) => own.includes(name) || ofTeam.includes(name)));
  }));
