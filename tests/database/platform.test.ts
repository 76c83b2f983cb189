import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, as, become, connect, failure, rolledBack } from '../support/database';
import { canary, loadWorld, type Person } from '../support/world';

const { people, clinics } = loadWorld();
const admin = people.platform_admin;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0].value;

/** Every function of the platform, with what it answers an administrator. */
const reads: [name: string, call: string, values: unknown[]][] = [
  ['list_clinics', 'select public.list_clinics() as value', []],
  ['find_clinic', 'select public.find_clinic($1) as value', [clinics.alder.id]],
  ['list_clinic_audit', 'select public.list_clinic_audit($1) as value', [clinics.alder.id]],
  ['platform_totals', `select public.platform_totals('day') as value`, []],
];
const writes: [name: string, call: string, values: unknown[]][] = [
  ['place_admin_hold', 'select public.place_admin_hold($1, $2) as value', [clinics.alder.id, 'reported misuse']],
  ['lift_admin_hold', 'select public.lift_admin_hold($1, $2) as value', [clinics.alder.id, 'all is well']],
];
const others: [string, Actor][] = [
  ['nobody', 'anon'],
  ['a clinic’s owner', people.alder_owner],
  ['somebody without a clinic', people.stranger],
  ['an owner with the administrator’s session', { ...people.alder_owner, sessionId: admin.sessionId }],
  ['an administrator with an owner’s session', { ...admin, sessionId: people.alder_owner.sessionId }],
];
const spoilt: [string, string][] = [
  ['without the second factor', `update auth.sessions set aal = 'aal1' where user_id = $1`],
  ['after signing out', 'update private.platform_sessions set ended_at = now() where user_id = $1'],
  ['signed out in Auth', 'delete from auth.sessions where user_id = $1'],
  ['15 minutes without activity', `update private.platform_sessions set last_seen_at = now() - interval '15 minutes' where user_id = $1`],
  ['after 12 hours', `update private.platform_sessions set created_at = now() - interval '12 hours' where user_id = $1`],
  ['while a new link is out', 'update private.platform_admins set enrolled_at = null where user_id = $1'],
  ['no longer one', 'delete from private.platform_admins where user_id = $1'],
  ['with a changed password', `update auth.users set encrypted_password = 'another' where id = $1`],
];

describe('who may use the platform', () => {
  test.each([...reads, ...writes])('%s answers an administrator and refuses everybody else', (name, call, values) =>
    rolledBack(sql, async () => {
      if (name === 'lift_admin_hold') {
        await sql.query(`insert into public.tenant_holds (tenant_id, kind, reason) values ($1, 'admin', 'earlier')`, [clinics.alder.id]);
      }
      expect(await as(sql, admin, () => failure(sql.query(call, values)))).toBeUndefined();
      for (const [who, actor] of others) expect(await as(sql, actor, () => failure(sql.query(call, values))), who).toBe('42501');
      for (const [state, statement] of spoilt) {
        await sql.query('savepoint spoilt');
        await sql.query(statement, [admin.userId]);
        expect(await as(sql, admin, () => failure(sql.query(call, values))), state).toBe('42501');
        await sql.query('rollback to savepoint spoilt');
      }
    }),
  );

  test('S1 the gate tells a session that has run out from one that is over, and notes the last visit', () =>
    rolledBack(sql, async () => {
      const gate = () => as(sql, admin, () => value('select public.platform_gate() as value'));
      expect(await gate()).toEqual({ status: 'ok', email: admin.email });
      await sql.query(`update private.platform_sessions set last_seen_at = now() - interval '15 minutes' where session_id = $1`, [
        admin.sessionId,
      ]);
      expect(await gate()).toEqual({ status: 'signed_out', run_out: true });
      await sql.query('update private.platform_sessions set ended_at = now() where session_id = $1', [admin.sessionId]);
      expect(await gate()).toEqual({ status: 'signed_out', run_out: false });
    }));

  test('a session of the platform enters no clinic, and one of a clinic not the platform', () =>
    rolledBack(sql, async () => {
      await sql.query(
        'insert into public.memberships (tenant_id, user_id, role_id) select $1, $2, id from public.roles where tenant_id = $1 and key = $3',
        [clinics.alder.id, admin.userId, 'staff'],
      );
      await sql.query(`insert into public.profiles (user_id, full_name) values ($1, 'Both')`, [admin.userId]);
      expect(await as(sql, admin, () => value(`select public.enter_tenant('alder', '', '') as value`))).toBe('signed_out');
      await sql.query('insert into private.platform_admins (user_id, enrolled_at) values ($1, now())', [people.alder_owner.userId]);
      await sql.query(`update auth.sessions set aal = 'aal2' where id = any($1)`, [
        [people.alder_owner.sessionId, people.unbound.sessionId],
      ]);
      expect(await as(sql, people.alder_owner, () => value(`select public.enter_platform('', '') as value`))).toBe(false);
      expect(await as(sql, people.unbound, () => value(`select public.enter_platform('', '') as value`))).toBe(true);
    }));
});

describe('becoming an administrator', () => {
  const invite = (email: string, token: string) =>
    sql.query(`select private.invite_platform_admin($1, sha256(convert_to($2, 'UTF8')))`, [email, token]);
  const open = (token: string) => value('select private.open_platform_invite($1) as value', [token]);
  const enter = (person: Person, token?: string) =>
    as(sql, person, async () => [
      await value(`select public.enter_platform('', '', $1) as value`, [token ?? null]),
      (await value('select public.platform_gate() as value')).status,
    ]);
  const raise = (person: Person) => sql.query(`update auth.sessions set aal = 'aal2' where id = $1`, [person.sessionId]);

  test('the link, the second factor and the session must all be there', () =>
    rolledBack(sql, async () => {
      await invite(people.stranger.email, 'first');
      // Inviting ends the account's sessions; this one is opened anew.
      await sql.query('insert into auth.sessions (id, user_id, created_at, updated_at) values ($1, $2, now(), now())', [
        people.stranger.sessionId,
        people.stranger.userId,
      ]);
      expect(await enter(people.stranger, 'first')).toEqual([false, 'signed_out']);
      await raise(people.stranger);
      expect(await enter(people.stranger)).toEqual([false, 'signed_out']);
      expect(await enter(people.stranger, 'guessed')).toEqual([false, 'signed_out']);
      expect(await enter(people.stranger, 'first')).toEqual([true, 'ok']);
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
    }));

  test('a member of a clinic does not become one, nor does an address without an account', () =>
    rolledBack(sql, async () => {
      await sql.query('savepoint before');
      expect(await failure(invite(people.alder_owner.email, 'x'))).toBe('YA001');
      await sql.query('rollback to savepoint before');
      expect(await failure(invite('nobody@nowhere.test', 'x'))).toBe('P0002');
    }));
});

describe('what the platform sees', () => {
  test('no patient is in any answer, and looking is noted once in the clinic’s log', () =>
    rolledBack(sql, async () => {
      expect(await value('select family_name as value from public.patients where id = $1', [clinics.alder.patientId])).toBe(canary);
      await become(sql, admin);
      for (const [name, call, values] of [...reads, ...reads]) {
        const text = JSON.stringify(await value(call, values));
        expect(text.length, name).toBeGreaterThan(100);
        for (const secret of [canary, clinics.alder.patientId, '1980-05-12', '617 555 0100', 'pat@example.com']) {
          expect(text, name).not.toContain(secret);
        }
      }
      await sql.query('reset role');
      expect(
        await value(
          `select count(*)::int as value from public.audit_log where tenant_id = $1 and action = 'tenants.viewed_by_platform' and actor_id = $2`,
          [clinics.alder.id, admin.userId],
        ),
      ).toBe(1);
    }));

  const list = (argument: string) =>
    as(sql, admin, async () => {
      const answer = await value(`select public.list_clinics(p_sort => 'oldest'${argument}) as value`);
      return answer.rows.map(({ slug }: { slug: string }) => slug).sort();
    });

  test.each([
    ['nothing asked', '', ['alder', 'birch', 'cedar', 'dogwood']],
    ['a name', `, p_search => 'BIRCH cl'`, ['birch']],
    ['a subdomain', `, p_search => 'ceda'`, ['cedar']],
    ['a member’s address', `, p_search => 'practitioner@alder'`, ['alder']],
    ['a wildcard taken literally', `, p_search => '%'`, []],
    ['a status', `, p_status => 'cancelled'`, ['dogwood']],
    ['trials', `, p_status => 'trialing'`, ['alder', 'birch', 'cedar']],
    ['any hold', `, p_hold => 'any'`, ['cedar']],
    ['no hold', `, p_hold => 'none'`, ['alder', 'birch', 'dogwood']],
    ['a kind of hold', `, p_hold => 'unpaid'`, ['cedar']],
    ['another kind of hold', `, p_hold => 'admin'`, []],
    ['a plan', `, p_plan => 'starter'`, []],
    ['the plan of the trial', `, p_plan => 'professional'`, ['alder', 'birch', 'cedar', 'dogwood']],
  ])('the list of clinics finds %s', (_, argument, slugs) =>
    rolledBack(sql, async () => {
      // Other tests may have signed clinics up; the world's four count here.
      const found = await list(argument);
      expect(found.filter((slug: string) => slug in clinics)).toEqual(slugs);
    }),
  );

  test('the list is ordered and paged, with its total', () =>
    rolledBack(sql, async () => {
      await sql.query(
        `with made as (insert into public.tenants (slug, name, created_at) select 'zz-' || n, 'Zz ' || lpad(n::text, 3, '0'), now() + make_interval(hours => n)
           from generate_series(1, 60) as n returning id)
         , settings as (insert into public.tenant_settings (tenant_id) select id from made)
         insert into public.tenant_subscriptions (tenant_id, plan_id, status) select made.id, p.id, 'active' from made, public.plans p where p.key = 'starter'`,
      );
      await become(sql, admin);
      const page = async (argument: string) => value(`select public.list_clinics(p_search => 'zz ', ${argument}) as value`);
      const names = (answer: { rows: { name: string }[] }) => answer.rows.map(({ name }) => name);
      const third = await page(`p_sort => 'name', p_page => 3`);
      expect([third.total, names(third)]).toEqual([60, Array.from({ length: 10 }, (_, n) => `Zz 0${51 + n}`)]);
      expect(names(await page(`p_sort => 'newest'`))[0]).toBe('Zz 060');
      expect(names(await page(`p_sort => 'oldest'`))[0]).toBe('Zz 001');
      const busiest = await value(`select public.list_clinics(p_sort => 'people') as value`);
      expect(busiest.rows[0].slug).toBe('alder');
    }));

  test('totals count today and add up over time', () =>
    rolledBack(sql, async () => {
      await sql.query(`update public.tenants set created_at = now() - interval '3 days' where slug = 'birch'`);
      const expected = await value(`select count(*)::int as value from public.tenants`);
      await become(sql, admin);
      for (const [period, length] of [
        ['day', 30],
        ['week', 12],
        ['month', 12],
      ] as const) {
        const totals = await value('select public.platform_totals($1) as value', [period]);
        expect(totals.over_time).toHaveLength(length);
        expect(totals.over_time.at(-1).clinics).toBe(expected);
        expect(totals.over_time.reduce((sum: number, { sign_ups }: { sign_ups: number }) => sum + sign_ups, 0)).toBe(expected);
        expect(totals.clinics + totals.cancelled).toBe(expected);
      }
      const days = (await value(`select public.platform_totals('day') as value`)).over_time;
      expect(days.at(-4).sign_ups).toBe(1);
      expect(days.at(-5).clinics).toBe(0);
    }));
});

describe('a hold of the platform', () => {
  const placeForGood = async () => {
    await become(sql, admin);
    await sql.query(`select public.place_admin_hold($1, 'reported misuse')`, [clinics.alder.id]);
    await sql.query('reset role');
  };
  const gate = (person: Person) => as(sql, person, () => value(`select public.gate('alder') as value`));
  const exportedBy = (person: Person) =>
    as(sql, person, async () => {
      const refused = await failure(sql.query('select public.start_patient_export()'));
      if (refused) return refused;
      return (await sql.query('select family_name from public.export_patients(false)')).rows.map(({ family_name }) => family_name);
    });

  test('puts staff out at once and tells the owner why, who still exports; lifted, everything is as before', () =>
    rolledBack(sql, async () => {
      await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [people.alder_owner.userId]);
      expect((await gate(people.alder_staff)).status).toBe('ok');
      await placeForGood();
      for (const role of ['alder_staff', 'alder_admin', 'alder_practitioner'] as const) {
        expect(await gate(people[role]), role).toMatchObject({ status: 'signed_out', ended: 'hold' });
        expect(await exportedBy(people[role]), role).toBe('42501');
        const left = await value(`select count(*)::int as value from auth.sessions where id = $1`, [people[role].sessionId]);
        expect(left, role).toBe(0);
      }
      for (const role of ['alder_owner', 'alder_billing'] as const) {
        const facts = await gate(people[role]);
        expect(facts, role).toMatchObject({
          status: 'on_hold',
          plan: { key: 'professional' },
          holds: [{ kind: 'admin', reason: 'reported misuse' }],
        });
      }
      expect(await exportedBy(people.alder_owner)).toContain(canary);
      expect(await exportedBy(people.alder_billing)).toBe('42501');
      expect(await exportedBy(people.birch_owner)).not.toContain(canary);
      // Nothing else opens to the owner.
      expect(await as(sql, people.alder_owner, async () => (await sql.query('select * from public.patients')).rowCount)).toBe(0);

      await become(sql, admin);
      await sql.query(`select public.lift_admin_hold($1, 'cleared up')`, [clinics.alder.id]);
      await sql.query('reset role');
      expect((await gate(people.alder_owner)).status).toBe('ok');
      expect(await gate(people.alder_staff)).toMatchObject({ status: 'signed_out', ended: null });
      expect(
        await value(`select lift_reason as value from public.tenant_holds where tenant_id = $1 and reason = 'reported misuse'`, [
          clinics.alder.id,
        ]),
      ).toBe('cleared up');
    }));

  test('staff cannot sign in while it lasts; who runs the account can', () =>
    rolledBack(sql, async () => {
      const fresh = async (person: Person) => {
        const id = (await sql.query('select gen_random_uuid() as id')).rows[0].id;
        await sql.query('insert into auth.sessions (id, user_id, created_at, updated_at) values ($1, $2, now(), now())', [
          id,
          person.userId,
        ]);
        return as(sql, { ...person, sessionId: id }, () => value(`select public.enter_tenant('alder', '', '') as value`));
      };
      expect(await fresh(people.alder_staff)).toBe('ok');
      await placeForGood();
      expect(await fresh(people.alder_staff)).toBe('closed_by_hold');
      expect(await fresh(people.alder_admin)).toBe('closed_by_hold');
      expect(await fresh(people.alder_owner)).toBe('on_hold');
      expect(await fresh(people.alder_billing)).toBe('on_hold');
    }));

  test('is placed once, lifted once, and lifts no hold of another kind', () =>
    rolledBack(sql, async () => {
      await placeForGood();
      const again = () => as(sql, admin, () => failure(sql.query(`select public.place_admin_hold($1, 'twice')`, [clinics.alder.id])));
      expect(await again()).toBe('23505');
      const lift = (id: string) => as(sql, admin, () => failure(sql.query(`select public.lift_admin_hold($1, 'why')`, [id])));
      expect(await lift(clinics.alder.id)).toBeUndefined();
      expect(await lift(clinics.birch.id)).toBe('P0002');
      // Cedar's is for an unpaid invoice: only paying lifts that.
      expect(await lift(clinics.cedar.id)).toBe('P0002');
      expect(await lift('00000000-0000-4000-8000-000000000000')).toBe('P0002');
    }));
});
