import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '@/scripts/stack/wait';
import { as, become, connect, failure, rolledBack } from '../support/database';
import { loadWorld, type Person } from '../support/world';

const { people, clinics } = loadWorld();
const alder = clinics.alder.id;
const keys = ['owner', 'admin', 'practitioner', 'staff', 'billing', 'bare'] as const;
const roleIds = {} as Record<(typeof keys)[number], string>;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
  for (const key of keys) roleIds[key] = await roleOf(key);
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0]?.value;
const roleOf = (key: string, tenant = alder): Promise<string> =>
  value('select id as value from public.roles where tenant_id = $1 and key = $2', [tenant, key]);
const membershipOf = (person: Person, tenant = alder): Promise<string> =>
  value('select id as value from public.memberships where tenant_id = $1 and user_id = $2', [tenant, person.userId]);
const confirm = (person: Person) => sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [person.userId]);
const roleHeldBy = (person: Person): Promise<string | undefined> =>
  value(
    `select r.key || case m.status when 'active' then '' else ' ' || m.status end as value
     from public.memberships m join public.roles r on r.id = m.role_id where m.tenant_id = $1 and m.user_id = $2`,
    [alder, person.userId],
  );

/** Runs a statement as a person for good, within the test's transaction; answers the SQLSTATE of a refusal. */
async function act(person: Person, text: string, values: unknown[] = []): Promise<string | undefined> {
  await sql.query('savepoint act');
  await become(sql, person);
  const code = await failure(sql.query(text, values));
  if (code) await sql.query('rollback to savepoint act');
  await sql.query('reset role');
  return code;
}

async function invite(person: Person, emails: string[], role: string) {
  await confirm(person);
  return act(person, 'select public.invite_people($1, $2)', [JSON.stringify(emails), role]);
}

/** Gives the open invitation of an address a token, as its mail does. */
async function tokenFor(email: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const { rows } = await sql.query('select tenant_id, id from public.invitations where email = $1', [email]);
  await sql.query('select private.issue_invitation_token($1, $2, $3)', [
    rows[0].tenant_id,
    rows[0].id,
    createHash('sha256').update(token).digest(),
  ]);
  return token;
}
const accept = (token: string, slug = 'alder') => value(`select public.accept_invitation($1, $2, 'New Person') as value`, [slug, token]);
const statusOf = (email: string) => value('select status as value from public.invitations where email = $1', [email]);

describe('N1 invitations', () => {
  test('whoever may invite does, with a role that allows no more than theirs; others do not', () =>
    rolledBack(sql, async () => {
      const staff = roleIds.staff;
      expect(await invite(people.alder_owner, ['a@new.test'], staff)).toBeUndefined();
      expect(await invite(people.alder_admin, ['b@new.test'], staff)).toBeUndefined();
      for (const role of ['alder_practitioner', 'alder_staff', 'alder_billing', 'bare'] as const) {
        expect(await invite(people[role], ['c@new.test'], staff), role).toBe('42501');
      }
      expect(await invite(people.alder_owner, ['d@new.test'], roleIds.owner)).toBe('YT001');
      // The administrator's role does not pay, so it cannot make somebody who does.
      expect(await invite(people.alder_admin, ['e@new.test'], roleIds.billing)).toBe('YT001');
      expect(await invite(people.alder_owner, ['f@new.test'], await roleOf('staff', clinics.birch.id))).toBe('P0002');
      await sql.query('update public.profiles set email_verified_at = null where user_id = $1', [people.alder_owner.userId]);
      expect(await act(people.alder_owner, 'select public.invite_people($1, $2)', ['["g@new.test"]', staff])).toBe('YP002');
      const invited = await sql.query(`select email from public.invitations where email like '%@new.test' order by 1`);
      expect(invited.rows.map(({ email }) => email)).toEqual(['a@new.test', 'b@new.test']);
    }));

  test('members and people who are invited already are named, the others are invited and take a place of the plan', () =>
    rolledBack(sql, async () => {
      await confirm(people.alder_owner);
      const used = () => value(`select used::int as value from public.usage_counters where tenant_id = $1 and metric = 'users'`, [alder]);
      const before = await used();
      const answer = await as(sql, people.alder_owner, () =>
        value('select public.invite_people($1, $2) as value', [
          JSON.stringify(['Staff@Alder.test ', 'invited@alder.test', 'new@new.test', 'NEW@new.test']),
          roleIds.staff,
        ]),
      );
      expect(answer).toEqual({ invited: ['new@new.test'], waiting: ['invited@alder.test'], members: ['staff@alder.test'] });
      expect(await invite(people.alder_owner, ['one@new.test', 'two@new.test'], roleIds.staff)).toBeUndefined();
      expect(await used()).toBe(before + 2);
      await sql.query(
        `update public.tenant_subscriptions set plan_id = (select id from public.plans where key = 'free') where tenant_id = $1`,
        [alder],
      );
      expect(await invite(people.alder_owner, ['three@new.test'], roleIds.staff)).toBe('YQ001');
    }));

  test('the address accepts once, and is a member with a confirmed address then', () =>
    rolledBack(sql, async () => {
      const { stranger } = people;
      await invite(people.alder_owner, [stranger.email], roleIds.staff);
      const token = await tokenFor(stranger.email);
      expect(await as(sql, 'anon', () => value('select public.open_invitation($1, $2) as value', ['alder', token]))).toMatchObject({
        email: stranger.email,
        role: 'Staff',
        has_account: false,
      });
      // Another address, another clinic's page, and nobody at all get nothing from the same link.
      expect(await as(sql, people.birch_owner, () => accept(token))).toBe(false);
      expect(await as(sql, stranger, () => accept(token, 'birch'))).toBe(false);
      expect(await as(sql, 'anon', () => failure(accept(token)))).toBe('42501');
      expect(await act(stranger, `select public.accept_invitation('alder', $1, 'New Person')`, [token])).toBeUndefined();
      expect(await roleHeldBy(stranger)).toBe('staff');
      expect(await value('select email_verified_at is not null as value from public.profiles where user_id = $1', [stranger.userId])).toBe(
        true,
      );
      expect(await as(sql, stranger, () => accept(token))).toBe(false);
      expect(await as(sql, 'anon', () => value('select public.open_invitation($1, $2) as value', ['alder', token]))).toBeNull();
    }));

  test.each([
    ['run out', `update public.invitations set expires_at = now() where email = $1`],
    ['been taken back', `update public.invitations set status = 'revoked' where email = $1`],
    [
      'come under a hold',
      `insert into public.tenant_holds (tenant_id, kind, reason) select tenant_id, 'security', 'test' from public.invitations where email = $1`,
    ],
    [
      'lost its clinic',
      `update public.tenants set status = 'cancelled' from public.invitations i where i.tenant_id = tenants.id and i.email = $1`,
    ],
  ])('an invitation that has %s opens nothing', (_what, change) =>
    rolledBack(sql, async () => {
      await invite(people.alder_owner, [people.stranger.email], roleIds.staff);
      const token = await tokenFor(people.stranger.email);
      expect(await as(sql, people.stranger, () => accept(token))).toBe(true);
      await sql.query(change, [people.stranger.email]);
      expect(await as(sql, people.stranger, () => accept(token))).toBe(false);
    }),
  );

  test('is sent again and taken back by those who may invite, never across clinics', () =>
    rolledBack(sql, async () => {
      await invite(people.alder_owner, ['again@new.test'], roleIds.staff);
      const id = await value('select id as value from public.invitations where email = $1', ['again@new.test']);
      const earlier = await tokenFor('again@new.test');
      const opened = (token: string) => value('select private.open_invitation($1, $2) as value', ['alder', token]);
      expect(await opened(earlier)).not.toBeNull();
      await sql.query(`update public.invitations set expires_at = now() where id = $1`, [id]);
      await sql.query('select private.expire_invitations()');
      expect(await statusOf('again@new.test')).toBe('expired');
      expect(await act(people.alder_staff, 'select public.resend_invitation($1)', [id])).toBe('42501');
      await confirm(people.birch_owner);
      expect(await as(sql, people.birch_owner, () => value('select public.resend_invitation($1) as value', [id]))).toBe(false);
      expect(await as(sql, people.birch_owner, () => value('select public.revoke_invitation($1) as value', [id]))).toBe(false);
      expect(await act(people.alder_admin, 'select public.resend_invitation($1)', [id])).toBe('YP002');
      await confirm(people.alder_admin);
      expect(await act(people.alder_admin, 'select public.resend_invitation($1)', [id])).toBeUndefined();
      expect([await statusOf('again@new.test'), await opened(earlier)]).toEqual(['open', null]);
      expect(await opened(await tokenFor('again@new.test'))).not.toBeNull();
      expect(await act(people.alder_admin, 'select public.revoke_invitation($1)', [id])).toBeUndefined();
      expect(await statusOf('again@new.test')).toBe('revoked');
      expect(await as(sql, people.alder_admin, () => value('select public.resend_invitation($1) as value', [id]))).toBe(false);
    }));

  test('of 20 that accept one invitation at once, one does', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect()));
    const { stranger } = people;
    try {
      await sql.query(`insert into public.invitations (tenant_id, email, role_id) values ($1, $2, $3)`, [
        alder,
        stranger.email,
        roleIds.staff,
      ]);
      const token = await tokenFor(stranger.email);
      const outcomes = await Promise.all(
        clients.map(async (client) => {
          await client.query('begin');
          await become(client, stranger);
          const { rows } = await client.query(`select public.accept_invitation('alder', $1, 'New Person') as done`, [token]);
          await client.query('commit');
          return rows[0].done;
        }),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await roleHeldBy(stranger)).toBe('staff');
    } finally {
      await Promise.all(clients.map((client) => client.end()));
      await sql.query('delete from public.memberships where tenant_id = $1 and user_id = $2', [alder, stranger.userId]);
      await sql.query('delete from public.invitations where email = $1', [stranger.email]);
      await sql.query('delete from public.profiles where user_id = $1', [stranger.userId]);
    }
  });
});

test('open invitations end with the rights of who made them', () =>
  rolledBack(sql, async () => {
    await sql.query(
      `insert into public.invitations (tenant_id, email, role_id, invited_by) values ($1, 'a@new.test', $2, $4), ($1, 'b@new.test', $3, $4)`,
      [alder, roleIds.staff, roleIds.bare, people.alder_admin.userId],
    );
    const states = async () => [await statusOf('a@new.test'), await statusOf('b@new.test')];
    const member = await membershipOf(people.alder_admin);
    const tries: [string, string, string[]][] = [
      ['is given a role that still may', `update public.memberships set role_id = '${roleIds.owner}' where id = $1`, ['open', 'open']],
      ['may no longer invite', `update public.memberships set role_id = '${roleIds.staff}' where id = $1`, ['revoked', 'revoked']],
      ['is deactivated', `update public.memberships set status = 'deactivated' where id = $1`, ['revoked', 'revoked']],
      ['is removed', 'delete from public.memberships where id = $1', ['revoked', 'revoked']],
    ];
    for (const [what, text, expected] of tries) {
      await sql.query('savepoint before');
      await sql.query(text, [member]);
      expect(await states(), what).toEqual(expected);
      await sql.query('rollback to savepoint before');
    }
  }));

test('sessions of who may do more are ended a few times an hour, of others as often as needed', () =>
  rolledBack(sql, async () => {
    const end = async (person: Person) => act(people.alder_admin, 'select public.end_member_sessions($1)', [await membershipOf(person)]);
    const codes = [];
    for (let n = 0; n < 6; n++) codes.push(await end(people.alder_owner));
    expect(codes).toEqual([undefined, undefined, undefined, undefined, undefined, 'YR002']);
    expect(await end(people.alder_staff)).toBeUndefined();
  }));

test('an invitation that has run out is not sent again to somebody who has joined or was invited anew', () =>
  rolledBack(sql, async () => {
    const { rows } = await sql.query(
      `insert into public.invitations (tenant_id, email, role_id, status) select $1, e, $2, 'expired' from unnest($3::text[]) as e returning id`,
      [alder, roleIds.staff, [people.alder_staff.email, 'invited@alder.test', 'free@new.test']],
    );
    await confirm(people.alder_owner);
    const sent = [];
    for (const { id } of rows)
      sent.push(await as(sql, people.alder_owner, () => value('select public.resend_invitation($1) as value', [id])));
    expect(sent).toEqual([false, false, true]);
  }));

describe('I7 rights end at once', () => {
  const patientsSeenBy = (person: Person) => as(sql, person, async () => (await sql.query('select 1 from public.patients')).rowCount);

  test('a demoted member’s next statement is refused', () =>
    rolledBack(sql, async () => {
      const member = await membershipOf(people.alder_staff);
      expect(await patientsSeenBy(people.alder_staff)).toBeGreaterThan(0);
      expect(await act(people.alder_admin, 'select public.change_member_role($1, $2)', [member, roleIds.bare])).toBeUndefined();
      expect(await patientsSeenBy(people.alder_staff)).toBe(0);
    }));

  test('a deactivated member is out; reactivated, they have to sign in again', () =>
    rolledBack(sql, async () => {
      const member = await membershipOf(people.alder_staff);
      expect(await act(people.alder_admin, `select public.set_member_status($1, 'deactivated')`, [member])).toBeUndefined();
      expect(await patientsSeenBy(people.alder_staff)).toBe(0);
      expect(await act(people.alder_admin, `select public.set_member_status($1, 'active')`, [member])).toBeUndefined();
      expect(await patientsSeenBy(people.alder_staff)).toBe(0);
      expect(
        await value('select ended_at is not null as value from private.tenant_sessions where session_id = $1', [
          people.alder_staff.sessionId,
        ]),
      ).toBe(true);
    }));

  test('a removed member is out, and the log says who removed them', () =>
    rolledBack(sql, async () => {
      const member = await membershipOf(people.alder_staff);
      expect(await act(people.alder_admin, 'select public.remove_member($1)', [member])).toBeUndefined();
      expect(await patientsSeenBy(people.alder_staff)).toBe(0);
      const logged = await value(`select actor_id as value from public.audit_log where record_id = $1 and action = 'memberships.delete'`, [
        member,
      ]);
      expect(logged).toBe(people.alder_admin.userId);
    }));

  test('an ended session of a member opens nothing', () =>
    rolledBack(sql, async () => {
      const member = await membershipOf(people.alder_staff);
      expect(await act(people.alder_practitioner, 'select public.end_member_sessions($1)', [member])).toBe('42501');
      expect(await as(sql, people.birch_owner, () => value('select public.end_member_sessions($1) as value', [member]))).toBe(0);
      const seen = await as(sql, people.alder_admin, () => value('select public.find_member($1) as value', [member]));
      expect(seen.sessions.map(({ id }: { id: string }) => id)).toContain(people.alder_staff.sessionId);
      expect(await as(sql, people.alder_practitioner, () => value('select public.find_member($1) as value', [member]))).toMatchObject({
        sessions: null,
      });
      expect(
        await act(people.alder_admin, 'select public.end_member_sessions($1, $2)', [member, people.alder_staff.sessionId]),
      ).toBeUndefined();
      expect(await patientsSeenBy(people.alder_staff)).toBe(0);
    }));
});

describe('changing members', () => {
  const changes = (member: string): [string, string, unknown[]][] => [
    ['role', 'select public.change_member_role($1, $2)', [member, roleIds.staff]],
    ['status', `select public.set_member_status($1, 'deactivated')`, [member]],
    ['removal', 'select public.remove_member($1)', [member]],
  ];

  test('nobody changes a member who may do more, themselves, or one of another clinic', () =>
    rolledBack(sql, async () => {
      for (const [what, text, values] of changes(await membershipOf(people.alder_owner))) {
        expect(await act(people.alder_admin, text, values), `owner's ${what}`).toBe('YT001');
        expect(await act(people.alder_owner, text, values), `own ${what}`).toBe('YT003');
        expect(await act(people.birch_owner, text, values), `foreign ${what}`).toBe('P0002');
        expect(await act(people.alder_staff, text, values), `${what} without the right`).toBe('42501');
      }
      for (const [what, text, values] of changes(await membershipOf(people.alder_billing))) {
        await sql.query('savepoint before');
        expect(await act(people.alder_admin, text, values), `billing's ${what}`).toBe('YT001');
        expect(await act(people.alder_owner, text, values), `billing's ${what}`).toBeUndefined();
        await sql.query('rollback to savepoint before');
      }
    }));

  test('nobody gives a role that allows more than theirs, or ownership', () =>
    rolledBack(sql, async () => {
      const member = await membershipOf(people.alder_staff);
      const give = (person: Person, role?: string) => act(person, 'select public.change_member_role($1, $2)', [member, role]);
      expect(await give(people.alder_admin, roleIds.billing)).toBe('YT001');
      expect(await give(people.alder_owner, roleIds.owner)).toBe('YT001');
      expect(await give(people.alder_admin, roleIds.admin)).toBeUndefined();
      expect(await roleHeldBy(people.alder_staff)).toBe('admin');
    }));

  test('N1 the last owner stays, whoever tries', () =>
    rolledBack(sql, async () => {
      const owner = await membershipOf(people.alder_owner);
      const tries: [string, unknown[]][] = [
        [`update public.memberships set status = 'deactivated' where id = $1`, [owner]],
        ['update public.memberships set role_id = $2 where id = $1', [owner, roleIds.admin]],
        ['delete from public.memberships where id = $1', [owner]],
        ['delete from auth.users where id = $1', [people.alder_owner.userId]],
      ];
      for (const [text, values] of tries) {
        await sql.query('savepoint try');
        expect(await failure(sql.query(text, values)), text).toBe('YT002');
        await sql.query('rollback to savepoint try');
      }
      // With a second owner each of them is possible.
      await sql.query('update public.memberships set role_id = $2 where id = $1', [await membershipOf(people.alder_admin), roleIds.owner]);
      for (const [text, values] of tries) {
        await sql.query('savepoint try');
        expect(await failure(sql.query(text, values)), text).toBeUndefined();
        await sql.query('rollback to savepoint try');
      }
    }));

  test('N1 of two owners who demote each other at once, one remains', async () => {
    const [first, second] = [await connect(), await connect()];
    const other = await membershipOf(people.alder_admin);
    const owner = await membershipOf(people.alder_owner);
    await sql.query('update public.memberships set role_id = $2 where id = $1', [other, roleIds.owner]);
    try {
      const demote = async (client: pg.Client, person: Person, member: string) => {
        await client.query('begin');
        await become(client, person);
        await client.query('select public.change_member_role($1, $2)', [member, roleIds.admin]);
      };
      // Both have changed the other before either commits.
      await demote(first, people.alder_owner, other);
      const { rows } = await second.query('select pg_backend_pid() as pid');
      const late = failure(demote(second, people.alder_admin, owner));
      const isWaiting = () => value(`select wait_event_type = 'Lock' as value from pg_stat_activity where pid = $1`, [rows[0].pid]);
      await waitFor('the second owner to wait for the first', isWaiting, 10_000);
      await first.query('commit');
      expect(await late).toBe('YT002');
      await second.query('rollback');
      expect([await roleHeldBy(people.alder_owner), await roleHeldBy(people.alder_admin)].filter((role) => role === 'owner')).toHaveLength(
        1,
      );
    } finally {
      await sql.query('update public.memberships set role_id = $2 where id = $1', [owner, roleIds.owner]);
      await sql.query('update public.memberships set role_id = $2 where id = $1', [other, roleIds.admin]);
      await Promise.all([first.end(), second.end()]);
    }
  });
});

describe('C8 ownership', () => {
  const offer = async (from: Person, to: Person) => act(from, 'select public.offer_ownership($1)', [await membershipOf(to)]);

  test('is offered by an owner, and goes over when the member accepts', () =>
    rolledBack(sql, async () => {
      expect(await offer(people.alder_admin, people.alder_staff)).toBe('42501');
      expect(await offer(people.alder_owner, people.alder_staff)).toBeUndefined();
      expect(await offer(people.alder_owner, people.alder_practitioner)).toBe('YT005');
      expect(await roleHeldBy(people.alder_staff)).toBe('staff');
      const seenBy = (person: Person) => as(sql, person, () => value('select public.find_ownership_offer() as value'));
      expect(await seenBy(people.alder_staff)).toMatchObject({ to_me: true });
      expect(await seenBy(people.alder_owner)).toMatchObject({ to_me: false, to: 'Alder staff' });
      expect(await seenBy(people.alder_admin)).toBeNull();
      expect(await as(sql, people.alder_admin, () => value('select public.accept_ownership() as value'))).toBe(false);
      expect(await act(people.alder_staff, 'select public.accept_ownership()')).toBeUndefined();
      expect([await roleHeldBy(people.alder_staff), await roleHeldBy(people.alder_owner)]).toEqual(['owner', 'admin']);
      expect(await as(sql, people.alder_staff, () => value('select public.accept_ownership() as value'))).toBe(false);
    }));

  test('stays where it is when the offer is declined, taken back, has run out, or its maker is no owner any more', () =>
    rolledBack(sql, async () => {
      const accepted = () => as(sql, people.alder_staff, () => value('select public.accept_ownership() as value'));
      await offer(people.alder_owner, people.alder_staff);
      expect(await as(sql, people.alder_admin, () => value('select public.end_ownership_offer() as value'))).toBe(false);
      for (const person of [people.alder_owner, people.alder_staff]) {
        await sql.query('savepoint offered');
        expect(await accepted()).toBe(true);
        expect(await act(person, 'select public.end_ownership_offer()')).toBeUndefined();
        expect(await accepted()).toBe(false);
        await sql.query('rollback to savepoint offered');
      }
      await sql.query('savepoint offered');
      await sql.query('update public.ownership_transfers set expires_at = now() where tenant_id = $1', [alder]);
      expect(await accepted()).toBe(false);
      await sql.query('rollback to savepoint offered');
      await sql.query('update public.memberships set role_id = $2 where id = $1', [await membershipOf(people.alder_admin), roleIds.owner]);
      await sql.query('update public.memberships set role_id = $2 where id = $1', [await membershipOf(people.alder_owner), roleIds.admin]);
      expect(await accepted()).toBe(false);
    }));
});
