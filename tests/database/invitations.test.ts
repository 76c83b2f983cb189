import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, become, connect, failure, rolledBack } from '../support/database';
import { givePlan, loadWorld } from '../support/world';
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

describe('N1 invitations', () => {
  test('whoever may invite does, with a role that allows no more than theirs; others do not', () =>
    rolledBack(sql, async () => {
      const staff = team.roleIds.staff;
      expect(await team.invite(people.alder_owner, ['a@new.test'], staff)).toBeUndefined();
      expect(await team.invite(people.alder_admin, ['b@new.test'], staff)).toBeUndefined();
      for (const role of ['alder_practitioner', 'alder_staff', 'alder_billing', 'bare'] as const) {
        expect(await team.invite(people[role], ['c@new.test'], staff), role).toBe('42501');
      }
      expect(await team.invite(people.alder_owner, ['d@new.test'], team.roleIds.owner)).toBe('YT001');
      // The administrator's role does not pay, so it cannot make somebody who does.
      expect(await team.invite(people.alder_admin, ['e@new.test'], team.roleIds.billing)).toBe('YT001');
      expect(await team.invite(people.alder_owner, ['f@new.test'], await team.roleOf('staff', clinics.birch.id))).toBe('P0002');
      await sql.query('update public.profiles set email_verified_at = null where user_id = $1', [people.alder_owner.userId]);
      expect(await team.act(people.alder_owner, 'select public.invite_people($1, $2)', ['["g@new.test"]', staff])).toBe('YP002');
      const invited = await sql.query(`select email from public.invitations where email like '%@new.test' order by 1`);
      expect(invited.rows.map(({ email }) => email)).toEqual(['a@new.test', 'b@new.test']);
    }));

  test('members and people who are invited already are named, the others are invited and take a place of the plan', () =>
    rolledBack(sql, async () => {
      await team.confirm(people.alder_owner);
      const used = () =>
        team.value(`select used::int as value from public.usage_counters where tenant_id = $1 and metric = 'users' and period = 'total'`, [
          alder,
        ]);
      const before = await used();
      const answer = await as(sql, people.alder_owner, () =>
        team.value('select public.invite_people($1, $2) as value', [
          JSON.stringify(['Staff@Alder.test ', 'invited@alder.test', 'new@new.test', 'NEW@new.test']),
          team.roleIds.staff,
        ]),
      );
      expect(answer).toEqual({ invited: ['new@new.test'], waiting: ['invited@alder.test'], members: ['staff@alder.test'] });
      expect(await team.invite(people.alder_owner, ['one@new.test', 'two@new.test'], team.roleIds.staff)).toBeUndefined();
      expect(await used()).toBe(before + 2);
      await givePlan(sql, alder, 'free');
      expect(await team.invite(people.alder_owner, ['three@new.test'], team.roleIds.staff)).toBe('YQ001');
    }));

  test('the address accepts once, and is a member with a confirmed address then', () =>
    rolledBack(sql, async () => {
      const { stranger } = people;
      await team.invite(people.alder_owner, [stranger.email], team.roleIds.staff);
      const token = await team.tokenFor(stranger.email);
      expect(await as(sql, 'anon', () => team.value('select public.open_invitation($1, $2) as value', ['alder', token]))).toMatchObject({
        email: stranger.email,
        role: 'Staff',
        has_account: false,
      });
      // Another address, another clinic's page, and nobody at all get nothing from the same link.
      expect(await as(sql, people.birch_owner, () => team.accept(token))).toBe(false);
      expect(await as(sql, stranger, () => team.accept(token, 'birch'))).toBe(false);
      expect(await as(sql, 'anon', () => failure(team.accept(token)))).toBe('42501');
      expect(await team.act(stranger, `select public.accept_invitation('alder', $1, 'New Person')`, [token])).toBeUndefined();
      expect(await team.roleHeldBy(stranger)).toBe('staff');
      expect(
        await team.value('select email_verified_at is not null as value from public.profiles where user_id = $1', [stranger.userId]),
      ).toBe(true);
      expect(await as(sql, stranger, () => team.accept(token))).toBe(false);
      expect(await as(sql, 'anon', () => team.value('select public.open_invitation($1, $2) as value', ['alder', token]))).toBeNull();
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
      await team.invite(people.alder_owner, [people.stranger.email], team.roleIds.staff);
      const token = await team.tokenFor(people.stranger.email);
      expect(await as(sql, people.stranger, () => team.accept(token))).toBe(true);
      await sql.query(change, [people.stranger.email]);
      expect(await as(sql, people.stranger, () => team.accept(token))).toBe(false);
    }),
  );

  test('is sent again and taken back by those who may invite, never across clinics', () =>
    rolledBack(sql, async () => {
      await team.invite(people.alder_owner, ['again@new.test'], team.roleIds.staff);
      const id = await team.value('select id as value from public.invitations where email = $1', ['again@new.test']);
      const earlier = await team.tokenFor('again@new.test');
      const opened = (token: string) => team.value('select private.open_invitation($1, $2) as value', ['alder', token]);
      expect(await opened(earlier)).not.toBeNull();
      await sql.query(`update public.invitations set expires_at = now() where id = $1`, [id]);
      await sql.query('select private.expire_invitations()');
      expect(await team.statusOf('again@new.test')).toBe('expired');
      expect(await team.act(people.alder_staff, 'select public.resend_invitation($1)', [id])).toBe('42501');
      await team.confirm(people.birch_owner);
      expect(await as(sql, people.birch_owner, () => team.value('select public.resend_invitation($1) as value', [id]))).toBe(false);
      expect(await as(sql, people.birch_owner, () => team.value('select public.revoke_invitation($1) as value', [id]))).toBe(false);
      expect(await team.act(people.alder_admin, 'select public.resend_invitation($1)', [id])).toBe('YP002');
      await team.confirm(people.alder_admin);
      expect(await team.act(people.alder_admin, 'select public.resend_invitation($1)', [id])).toBeUndefined();
      expect([await team.statusOf('again@new.test'), await opened(earlier)]).toEqual(['open', null]);
      expect(await opened(await team.tokenFor('again@new.test'))).not.toBeNull();
      expect(await team.act(people.alder_admin, 'select public.revoke_invitation($1)', [id])).toBeUndefined();
      expect(await team.statusOf('again@new.test')).toBe('revoked');
      expect(await as(sql, people.alder_admin, () => team.value('select public.resend_invitation($1) as value', [id]))).toBe(false);
    }));

  test('of 20 that accept one invitation at once, one does', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect()));
    const { stranger } = people;
    try {
      await sql.query(`insert into public.invitations (tenant_id, email, role_id) values ($1, $2, $3)`, [
        alder,
        stranger.email,
        team.roleIds.staff,
      ]);
      const token = await team.tokenFor(stranger.email);
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
      expect(await team.roleHeldBy(stranger)).toBe('staff');
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
      [alder, team.roleIds.staff, team.roleIds.bare, people.alder_admin.userId],
    );
    const states = async () => [await team.statusOf('a@new.test'), await team.statusOf('b@new.test')];
    const member = await team.membershipOf(people.alder_admin);
    const tries: [string, string, string[]][] = [
      ['is given a role that still may', `update public.memberships set role_id = '${team.roleIds.owner}' where id = $1`, ['open', 'open']],
      ['may no longer invite', `update public.memberships set role_id = '${team.roleIds.staff}' where id = $1`, ['revoked', 'revoked']],
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

test('an invitation that has run out is not sent again to somebody who has joined or was invited anew', () =>
  rolledBack(sql, async () => {
    const { rows } = await sql.query(
      `insert into public.invitations (tenant_id, email, role_id, status) select $1, e, $2, 'expired' from unnest($3::text[]) as e returning id`,
      [alder, team.roleIds.staff, [people.alder_staff.email, 'invited@alder.test', 'free@new.test']],
    );
    await team.confirm(people.alder_owner);
    const sent = [];
    for (const { id } of rows)
      sent.push(await as(sql, people.alder_owner, () => team.value('select public.resend_invitation($1) as value', [id])));
    expect(sent).toEqual([false, false, true]);
  }));
