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
  ['with another factor', 'update auth.sessions set factor_id = gen_random_uuid() where user_id = $1'],
  ['while a new link is out', 'update private.platform_admins set factor_id = null where user_id = $1'],
  ['no longer one', 'update private.platform_admins set removed_at = now() where user_id = $1'],
  ['with a changed password', `update auth.users set encrypted_password = 'another' where id = $1`],
];

describe('who may use the platform', () => {
  test.each([...reads, ...writes])('%s answers an administrator and refuses everybody else', (name, call, values) =>
    rolledBack(sql, async () => {
      if (name === 'lift_admin_hold') {
        await sql.query(`insert into public.tenant_holds (tenant_id, kind, reason) values ($1, 'admin', 'earlier')`, [clinics.alder.id]);
      }
      expect(await as(sql, admin, () => failure(sql.query(call, values)))).toBeUndefined();
      const earlierToken = async () => {
        await become(sql, admin, 'aal1');
        return failure(sql.query(call, values));
      };
      expect(await as(sql, 'anon', earlierToken), 'with a token of before the code').toBe('42501');
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
      const enter = (person: Person) => value(`select private.enter_platform($1, '', '', null) as value`, [person.sessionId]);
      await sql.query(`insert into public.profiles (user_id, full_name) values ($1, 'Both')`, [admin.userId]);
      const join = () =>
        sql.query(
          'insert into public.memberships (tenant_id, user_id, role_id) select $1, $2, id from public.roles where tenant_id = $1 and key = $3',
          [clinics.alder.id, admin.userId, 'staff'],
        );
      // An account is one or the other, so the trigger has to be out of the way for this.
      await sql.query('savepoint apart');
      expect(await failure(join())).toBe('YA001');
      await sql.query('rollback to savepoint apart');
      await sql.query('alter table public.memberships disable trigger memberships_refuse_platform_admin');
      await join();
      expect(await as(sql, admin, () => value(`select public.enter_tenant('alder', '', '') as value`))).toBe('signed_out');

      const factor = (
        await sql.query('insert into private.platform_admins (user_id, factor_id) values ($1, gen_random_uuid()) returning factor_id', [
          people.alder_owner.userId,
        ])
      ).rows[0].factor_id;
      await sql.query(`update auth.sessions set aal = 'aal2', factor_id = $2, created_at = now() where id = any($1)`, [
        [people.alder_owner.sessionId, people.unbound.sessionId],
        factor,
      ]);
      await sql.query(`update public.profiles set sessions_valid_after = '-infinity' where user_id = $1`, [people.alder_owner.userId]);
      expect(await enter(people.alder_owner)).toBe(false);
      expect(await enter(people.unbound)).toBe(true);
    }));
});

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
      expect(await value(`select private.redeem_password_reset('guessed') as value`)).toBeNull();
      const left =
        'select (select count(*) from auth.mfa_factors where user_id = $1)::int + (select count(*) from auth.sessions where user_id = $1)::int as value';
      expect(await value(left, [alder_owner.userId])).toBeGreaterThan(1);
      expect(await value(`select private.redeem_password_reset('token') as value`)).toBe(alder_owner.email);
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
        expect(totals.clinics).toBe(expected);
        const statuses = Object.values(totals.by_status as Record<string, number>);
        expect(statuses.reduce((sum, n) => sum + n, 0)).toBe(expected);
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
      await sql.query('savepoint early');
      const early = await failure(sql.query('select public.export_patients(false)'));
      expect(['42501', 'YP002']).toContain(early);
      await sql.query('rollback to savepoint early');
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

  test('for safety puts everybody out, and nobody exports', () =>
    rolledBack(sql, async () => {
      await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [people.alder_owner.userId]);
      expect(await exportedBy(people.alder_owner)).toContain(canary);
      await sql.query(`insert into public.tenant_holds (tenant_id, kind, reason) values ($1, 'security', 'unusual sign-ins')`, [
        clinics.alder.id,
      ]);
      expect(await gate(people.alder_owner)).toMatchObject({ status: 'signed_out', ended: 'hold' });
      const id = (await sql.query('select gen_random_uuid() as id')).rows[0].id;
      await sql.query('insert into auth.sessions (id, user_id, created_at, updated_at) values ($1, $2, now(), now())', [
        id,
        people.alder_owner.userId,
      ]);
      const again = { ...people.alder_owner, sessionId: id };
      await become(sql, again);
      expect(await value(`select public.enter_tenant('alder', '', '') as value`)).toBe('on_hold');
      await sql.query('reset role');
      expect(await gate(again)).toMatchObject({ status: 'on_hold', holds: [{ kind: 'security', reason: 'unusual sign-ins' }] });
      expect(await exportedBy(again)).toBe('42501');
    }));

  test('an owner whose address is not confirmed can have the mail sent again, and export then', () =>
    rolledBack(sql, async () => {
      await sql.query('update public.profiles set email_verified_at = null where user_id = $1', [people.alder_owner.userId]);
      await placeForGood();
      expect(await exportedBy(people.alder_owner)).toBe('YP002');
      expect(await as(sql, people.alder_owner, () => value('select public.resend_verification() as value'))).toBe(true);
      expect(await as(sql, people.alder_staff, () => value('select public.resend_verification() as value'))).toBe(false);
    }));

  test('stops an import that waits for its turn; afterwards it can be decided anew', () =>
    rolledBack(sql, async () => {
      const { rows } = await sql.query(
        `insert into public.patient_imports (tenant_id, created_by, decided_by, file_name, fields, date_order, status)
         values ($1, $2, $2, 'f.csv', array['given_name', 'family_name', 'birth_date'], 'ymd', 'importing') returning id`,
        [clinics.alder.id, people.alder_owner.userId],
      );
      await placeForGood();
      await sql.query('select private.apply_patient_import($1)', [rows[0].id]);
      expect(await value('select status as value from public.patient_imports where id = $1', [rows[0].id])).toBe('checked');
    }));

  test('its reasons are for those who run the account, also when it is over', () =>
    rolledBack(sql, async () => {
      const reasons = (person: Person) => as(sql, person, async () => (await sql.query('select reason from public.tenant_holds')).rowCount);
      expect(await reasons(people.alder_owner)).toBe(1);
      expect(await reasons(people.alder_billing)).toBe(1);
      expect(await reasons(people.alder_staff)).toBe(0);
      expect(await reasons(people.alder_admin)).toBe(0);
    }));

  test('is placed once, lifted once, and lifts no hold of another kind', () =>
    rolledBack(sql, async () => {
      await placeForGood();
      const again = () => as(sql, admin, () => failure(sql.query(`select public.place_admin_hold($1, 'twice')`, [clinics.alder.id])));
      expect(await again()).toBe('23505');
      const lift = (id: string) => as(sql, admin, () => failure(sql.query(`select public.lift_admin_hold($1, 'why')`, [id])));
      expect(await lift(clinics.alder.id)).toBeUndefined();
      expect(await as(sql, admin, () => failure(sql.query(`select public.lift_admin_hold($1, ' ')`, [clinics.alder.id])))).toBe('22023');
      expect(await lift(clinics.birch.id)).toBe('P0002');
      // Cedar's is for an unpaid invoice: only paying lifts that.
      expect(await lift(clinics.cedar.id)).toBe('P0002');
      expect(await lift('00000000-0000-4000-8000-000000000000')).toBe('P0002');
    }));
});
