import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '@/scripts/stack/wait';
import { as, become, connect, failure, rolledBack } from '../support/database';
import { loadWorld, type Person } from '../support/world';
import { TeamProbe } from './team-probe';

const { people, clinics } = loadWorld();
const alder = clinics.alder.id;
let sql: pg.Client;
let team: TeamProbe;
beforeAll(async () => {
  sql = await connect();
  team = await TeamProbe.on(sql);
});
afterAll(() => sql.end());

test('sessions of who may do more are ended a few times an hour, of others as often as needed', () =>
  rolledBack(sql, async () => {
    const end = async (person: Person) =>
      team.act(people.alder_admin, 'select public.end_member_sessions($1)', [await team.membershipOf(person)]);
    const codes = [];
    for (let n = 0; n < 6; n++) codes.push(await end(people.alder_owner));
    expect(codes).toEqual([undefined, undefined, undefined, undefined, undefined, 'YR002']);
    expect(await end(people.alder_staff)).toBeUndefined();
  }));

describe('I7 rights end at once', () => {
  const patientsSeenBy = (person: Person) => as(sql, person, async () => (await sql.query('select 1 from public.patients')).rowCount);

  test('a demoted member’s next statement is refused', () =>
    rolledBack(sql, async () => {
      const member = await team.membershipOf(people.alder_staff);
      expect(await patientsSeenBy(people.alder_staff)).toBeGreaterThan(0);
      expect(await team.act(people.alder_admin, 'select public.change_member_role($1, $2)', [member, team.roleIds.bare])).toBeUndefined();
      expect(await patientsSeenBy(people.alder_staff)).toBe(0);
    }));

  test('a deactivated member is out; reactivated, they have to sign in again', () =>
    rolledBack(sql, async () => {
      const member = await team.membershipOf(people.alder_staff);
      expect(await team.act(people.alder_admin, `select public.set_member_status($1, 'deactivated')`, [member])).toBeUndefined();
      expect(await patientsSeenBy(people.alder_staff)).toBe(0);
      expect(await team.act(people.alder_admin, `select public.set_member_status($1, 'active')`, [member])).toBeUndefined();
      expect(await patientsSeenBy(people.alder_staff)).toBe(0);
      expect(
        await team.value('select ended_at is not null as value from private.tenant_sessions where session_id = $1', [
          people.alder_staff.sessionId,
        ]),
      ).toBe(true);
    }));

  test('a removed member is out, and the log says who removed them', () =>
    rolledBack(sql, async () => {
      const member = await team.membershipOf(people.alder_staff);
      expect(await team.act(people.alder_admin, 'select public.remove_member($1)', [member])).toBeUndefined();
      expect(await patientsSeenBy(people.alder_staff)).toBe(0);
      const logged = await team.value(
        `select actor_id as value from public.audit_log where record_id = $1 and action = 'memberships.delete'`,
        [member],
      );
      expect(logged).toBe(people.alder_admin.userId);
    }));

  test('an ended session of a member opens nothing', () =>
    rolledBack(sql, async () => {
      const member = await team.membershipOf(people.alder_staff);
      expect(await team.act(people.alder_practitioner, 'select public.end_member_sessions($1)', [member])).toBe('42501');
      expect(await as(sql, people.birch_owner, () => team.value('select public.end_member_sessions($1) as value', [member]))).toBe(0);
      const seen = await as(sql, people.alder_admin, () => team.value('select public.find_member($1) as value', [member]));
      expect(seen.sessions.map(({ id }: { id: string }) => id)).toContain(people.alder_staff.sessionId);
      expect(await as(sql, people.alder_practitioner, () => team.value('select public.find_member($1) as value', [member]))).toMatchObject({
        sessions: null,
      });
      expect(
        await team.act(people.alder_admin, 'select public.end_member_sessions($1, $2)', [member, people.alder_staff.sessionId]),
      ).toBeUndefined();
      expect(await patientsSeenBy(people.alder_staff)).toBe(0);
    }));
});

describe('changing members', () => {
  const changes = (member: string): [string, string, unknown[]][] => [
    ['role', 'select public.change_member_role($1, $2)', [member, team.roleIds.staff]],
    ['status', `select public.set_member_status($1, 'deactivated')`, [member]],
    ['removal', 'select public.remove_member($1)', [member]],
  ];

  test('nobody changes a member who may do more, themselves, or one of another clinic', () =>
    rolledBack(sql, async () => {
      for (const [what, text, values] of changes(await team.membershipOf(people.alder_owner))) {
        expect(await team.act(people.alder_admin, text, values), `owner's ${what}`).toBe('YT001');
        expect(await team.act(people.alder_owner, text, values), `own ${what}`).toBe('YT003');
        expect(await team.act(people.birch_owner, text, values), `foreign ${what}`).toBe('P0002');
        expect(await team.act(people.alder_staff, text, values), `${what} without the right`).toBe('42501');
      }
      for (const [what, text, values] of changes(await team.membershipOf(people.alder_billing))) {
        await sql.query('savepoint before');
        expect(await team.act(people.alder_admin, text, values), `billing's ${what}`).toBe('YT001');
        expect(await team.act(people.alder_owner, text, values), `billing's ${what}`).toBeUndefined();
        await sql.query('rollback to savepoint before');
      }
    }));

  test('nobody gives a role that allows more than theirs, or ownership', () =>
    rolledBack(sql, async () => {
      const member = await team.membershipOf(people.alder_staff);
      const give = (person: Person, role?: string) => team.act(person, 'select public.change_member_role($1, $2)', [member, role]);
      expect(await give(people.alder_admin, team.roleIds.billing)).toBe('YT001');
      expect(await give(people.alder_owner, team.roleIds.owner)).toBe('YT001');
      expect(await give(people.alder_admin, team.roleIds.admin)).toBeUndefined();
      expect(await team.roleHeldBy(people.alder_staff)).toBe('admin');
    }));

  test('N1 the last owner stays, whoever tries', () =>
    rolledBack(sql, async () => {
      const owner = await team.membershipOf(people.alder_owner);
      const tries: [string, unknown[]][] = [
        [`update public.memberships set status = 'deactivated' where id = $1`, [owner]],
        ['update public.memberships set role_id = $2 where id = $1', [owner, team.roleIds.admin]],
        ['delete from public.memberships where id = $1', [owner]],
        ['delete from auth.users where id = $1', [people.alder_owner.userId]],
      ];
      for (const [text, values] of tries) {
        await sql.query('savepoint try');
        expect(await failure(sql.query(text, values)), text).toBe('YT002');
        await sql.query('rollback to savepoint try');
      }
      // With a second owner each of them is possible.
      await sql.query('update public.memberships set role_id = $2 where id = $1', [
        await team.membershipOf(people.alder_admin),
        team.roleIds.owner,
      ]);
      for (const [text, values] of tries) {
        await sql.query('savepoint try');
        expect(await failure(sql.query(text, values)), text).toBeUndefined();
        await sql.query('rollback to savepoint try');
      }
    }));

  test('N1 of two owners who demote each other at once, one remains', async () => {
    const [first, second] = [await connect(), await connect()];
    const other = await team.membershipOf(people.alder_admin);
    const owner = await team.membershipOf(people.alder_owner);
    await sql.query('update public.memberships set role_id = $2 where id = $1', [other, team.roleIds.owner]);
    try {
      const demote = async (client: pg.Client, person: Person, member: string) => {
        await client.query('begin');
        await become(client, person);
        await client.query('select public.change_member_role($1, $2)', [member, team.roleIds.admin]);
      };
      // Both have changed the other before either commits.
      await demote(first, people.alder_owner, other);
      const { rows } = await second.query('select pg_backend_pid() as pid');
      const late = failure(demote(second, people.alder_admin, owner));
      const isWaiting = () => team.value(`select wait_event_type = 'Lock' as value from pg_stat_activity where pid = $1`, [rows[0].pid]);
      await waitFor('the second owner to wait for the first', isWaiting, 10_000);
      await first.query('commit');
      expect(await late).toBe('YT002');
      await second.query('rollback');
      expect(
        [await team.roleHeldBy(people.alder_owner), await team.roleHeldBy(people.alder_admin)].filter((role) => role === 'owner'),
      ).toHaveLength(1);
    } finally {
      await sql.query('update public.memberships set role_id = $2 where id = $1', [owner, team.roleIds.owner]);
      await sql.query('update public.memberships set role_id = $2 where id = $1', [other, team.roleIds.admin]);
      await Promise.all([first.end(), second.end()]);
    }
  });
});

describe('C8 ownership', () => {
  const offer = async (from: Person, to: Person) => team.act(from, 'select public.offer_ownership($1)', [await team.membershipOf(to)]);

  test('is offered by an owner, and goes over when the member accepts', () =>
    rolledBack(sql, async () => {
      expect(await offer(people.alder_admin, people.alder_staff)).toBe('42501');
      expect(await offer(people.alder_owner, people.alder_staff)).toBeUndefined();
      expect(await offer(people.alder_owner, people.alder_practitioner)).toBe('YT005');
      expect(await team.roleHeldBy(people.alder_staff)).toBe('staff');
      const seenBy = (person: Person) => as(sql, person, () => team.value('select public.find_ownership_offer() as value'));
      expect(await seenBy(people.alder_staff)).toMatchObject({ to_me: true });
      expect(await seenBy(people.alder_owner)).toMatchObject({ to_me: false, to: 'Alder staff' });
      expect(await seenBy(people.alder_admin)).toBeNull();
      expect(await as(sql, people.alder_admin, () => team.value('select public.accept_ownership() as value'))).toBe(false);
      expect(await team.act(people.alder_staff, 'select public.accept_ownership()')).toBeUndefined();
      expect([await team.roleHeldBy(people.alder_staff), await team.roleHeldBy(people.alder_owner)]).toEqual(['owner', 'admin']);
      expect(await as(sql, people.alder_staff, () => team.value('select public.accept_ownership() as value'))).toBe(false);
    }));

  test('stays where it is when the offer is declined, taken back, has run out, or its maker is no owner any more', () =>
    rolledBack(sql, async () => {
      const accepted = () => as(sql, people.alder_staff, () => team.value('select public.accept_ownership() as value'));
      await offer(people.alder_owner, people.alder_staff);
      expect(await as(sql, people.alder_admin, () => team.value('select public.end_ownership_offer() as value'))).toBe(false);
      for (const person of [people.alder_owner, people.alder_staff]) {
        await sql.query('savepoint offered');
        expect(await accepted()).toBe(true);
        expect(await team.act(person, 'select public.end_ownership_offer()')).toBeUndefined();
        expect(await accepted()).toBe(false);
        await sql.query('rollback to savepoint offered');
      }
      await sql.query('savepoint offered');
      await sql.query('update public.ownership_transfers set expires_at = now() where tenant_id = $1', [alder]);
      expect(await accepted()).toBe(false);
      await sql.query('rollback to savepoint offered');
      await sql.query('update public.memberships set role_id = $2 where id = $1', [
        await team.membershipOf(people.alder_admin),
        team.roleIds.owner,
      ]);
      await sql.query('update public.memberships set role_id = $2 where id = $1', [
        await team.membershipOf(people.alder_owner),
        team.roleIds.admin,
      ]);
      expect(await accepted()).toBe(false);
    }));
});
