import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, connect, failure, rolledBack } from '../support/database';
import { stack } from '../support/env';
import { createClinic, createPerson, givePlan, loadWorld } from '../support/world';

const { people, clinics } = loadWorld();
const alder = clinics.alder.id;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0].value;
const limit = (metric: string) => value('select private.plan_limit($1, $2)::bigint as value', [alder, metric]);
const override = (metric: string, max: number | null, expires = 'null') =>
  sql.query(
    `insert into public.limit_overrides (tenant_id, metric, max_value, reason, expires_at) values ($1, $2, $3, 'as agreed', ${expires})
     on conflict (tenant_id, metric) do update set max_value = excluded.max_value, expires_at = excluded.expires_at`,
    [alder, metric, max],
  );
const take = (metric: string, by: number, at?: string) =>
  sql.query('select private.take_usage($1, $2, $3, coalesce($4::timestamptz, now()))', [alder, metric, by, at ?? null]);
const used = (metric: string, period: string) =>
  value(`select coalesce(max(used), -1)::int as value from public.usage_counters where tenant_id = $1 and metric = $2 and period = $3`, [
    alder,
    metric,
    period,
  ]);

describe('a clinic’s limit', () => {
  test('is its plan’s, unless another was granted and has not run out', () =>
    rolledBack(sql, async () => {
      await givePlan(sql, alder, 'starter');
      expect(await limit('patients')).toBe('1000');
      await override('patients', 1200);
      expect(await limit('patients')).toBe('1200');
      await givePlan(sql, alder, 'free');
      expect(await limit('patients')).toBe('1200');
      await override('patients', null);
      expect(await limit('patients')).toBeNull();
      await override('patients', 1200, 'now()');
      expect(await limit('patients')).toBe('100');
      await givePlan(sql, alder, 'enterprise');
      expect(await limit('patients')).toBeNull();
    }));

  test('counts for what is refused and for what a smaller plan is too small for', () =>
    rolledBack(sql, async () => {
      await givePlan(sql, alder, 'free');
      const people = Number(await used('users', 'total'));
      expect(people).toBeGreaterThan(5);
      const excess = () =>
        value(`select private.over_limits($1, (select id from public.plans where key = 'free' limit 1)) as value`, [alder]);
      expect(await excess()).toEqual([{ metric: 'users', used: people, limit: 5 }]);
      await override('users', people);
      expect(await excess()).toEqual([]);
      await sql.query('savepoint hit');
      expect(await failure(take('users', 1))).toBe('YQ001');
      await sql.query('rollback to savepoint hit');
      await override('users', people + 1);
      expect(await failure(take('users', 1))).toBeUndefined();
    }));

  test('of a trial is the plan’s, with a hundred text messages', () =>
    rolledBack(sql, async () => {
      await givePlan(sql, alder, 'professional');
      expect([await limit('sms'), await limit('patients')]).toEqual(['2000', '5000']);
      await sql.query(
        `update public.tenant_subscriptions set status = 'trialing', trial_ends_at = now() + interval '1 day' where tenant_id = $1`,
        [alder],
      );
      expect([await limit('sms'), await limit('patients')]).toEqual(['100', '5000']);
      await override('sms', 300);
      expect(await limit('sms')).toBe('300');
    }));
});

describe('what is counted by the month', () => {
  test('begins anew at the clinic’s midnight, and is limited by the month', () =>
    rolledBack(sql, async () => {
      await givePlan(sql, alder, 'free');
      await sql.query(`update public.tenants set time_zone = 'America/New_York' where id = $1`, [alder]);
      await take('appointments', 200, '2027-04-01T03:59:59Z');
      await sql.query('savepoint hit');
      expect(await failure(take('appointments', 1, '2027-04-01T03:59:59Z'))).toBe('YQ001');
      await sql.query('rollback to savepoint hit');
      await take('appointments', 1, '2027-04-01T04:00:00Z');
      expect([await used('appointments', '2027-03'), await used('appointments', '2027-04')]).toEqual([200, 1]);
      // What was never counted, or under another clock, can be given back all the same.
      await take('appointments', -1, '2027-06-15T12:00:00Z');
      expect(await used('appointments', '2027-06')).toBe(0);
      await take('appointments', -1, '2027-03-15T12:00:00Z');
      expect([await used('appointments', '2027-03'), await used('appointments', '2027-03-15')]).toEqual([199, 0]);
      expect(await used('appointments', '2027-03-31')).toBe(200);
    }));

  test('J1 keeps its days and months where clocks are put forward and back', async () => {
    const period = (kind: string, zone: string, at: string) => value('select private.usage_period($1, $2, $3) as value', [kind, zone, at]);
    // Berlin: 2 becomes 3 o'clock on 28 March 2027, and 3 becomes 2 on 31 October, the last day of its month.
    expect(await period('day', 'Europe/Berlin', '2027-03-27T22:59:59Z')).toBe('2027-03-27');
    expect(await period('day', 'Europe/Berlin', '2027-03-27T23:00:00Z')).toBe('2027-03-28');
    expect(await period('day', 'Europe/Berlin', '2027-03-28T21:59:59Z')).toBe('2027-03-28');
    expect(await period('day', 'Europe/Berlin', '2027-03-28T22:00:00Z')).toBe('2027-03-29');
    expect(await period('month', 'Europe/Berlin', '2027-10-31T22:59:59Z')).toBe('2027-10');
    expect(await period('month', 'Europe/Berlin', '2027-10-31T23:00:00Z')).toBe('2027-11');
    // An hour that the clock shows twice is two hours.
    const hours = ['2027-10-31T00:30:00Z', '2027-10-31T01:30:00Z'].map((at) => period('hour', 'Europe/Berlin', at));
    expect(await Promise.all(hours)).toEqual(['2027-10-31T00', '2027-10-31T01']);
    expect(await period('month', 'Pacific/Kiritimati', '2027-12-31T10:00:00Z')).toBe('2028-01');
    expect(await period('month', 'Pacific/Pago_Pago', '2028-01-01T10:59:59Z')).toBe('2027-12');
  });
});

describe('a warning', () => {
  const told = async () =>
    (
      await sql.query(
        `select payload ->> 'notice' as notice, payload -> 'facts' as facts from graphile_worker._private_jobs
         where payload ->> 'tenantId' = $1 and payload ->> 'notice' like 'limit_%' and payload ->> 'userId' = $2 order by id`,
        [alder, people.alder_owner.userId],
      )
    ).rows.map(({ notice, facts }) => [notice, facts.used, facts.limit]);

  test('is given once at 80 per cent and once when nothing is left, and again only after there was room', () =>
    rolledBack(sql, async () => {
      await givePlan(sql, alder, 'free');
      const reach = async (total: number) => take('locations', total - Math.max(0, await used('locations', 'total')));
      await override('locations', 100);
      await reach(79);
      expect(await told()).toEqual([]);
      await reach(80);
      await reach(90);
      expect(await told()).toEqual([['limit_near', 80, 100]]);
      await reach(100);
      await reach(99);
      await reach(100);
      expect(await told()).toEqual([
        ['limit_near', 80, 100],
        ['limit_reached', 100, 100],
      ]);
      await reach(69);
      await reach(85);
      expect((await told()).slice(2)).toEqual([['limit_near', 85, 100]]);
      // With more room the thresholds are others.
      await override('locations', 1000);
      await reach(850);
      expect((await told()).slice(3)).toEqual([['limit_near', 850, 1000]]);
    }));

  test('is not repeated when one leaves and another comes, however small the limit', () =>
    rolledBack(sql, async () => {
      await override('locations', 5);
      for (const by of [4, -1, 1, -1, 1, 1, -1, 1]) await take('locations', by);
      expect(await told()).toEqual([
        ['limit_near', 4, 5],
        ['limit_reached', 5, 5],
      ]);
      await take('locations', -3);
      await take('locations', 2);
      expect((await told()).slice(2)).toEqual([['limit_near', 4, 5]]);
    }));

  test('is none when something is given back, though the limit has become smaller', () =>
    rolledBack(sql, async () => {
      await override('locations', 200);
      await take('locations', 150);
      await override('locations', 100);
      await take('locations', -1);
      expect(await told()).toEqual([]);
      expect(await used('locations', 'total')).toBe(149);
    }));

  test('goes to those who run the account alone, and not where there is no limit', () =>
    rolledBack(sql, async () => {
      await override('locations', 10);
      await take('locations', 9);
      const { rows } = await sql.query(
        `select payload ->> 'userId' as user from graphile_worker._private_jobs where payload ->> 'tenantId' = $1 and payload ->> 'notice' = 'limit_near'`,
        [alder],
      );
      expect(new Set(rows.map(({ user }) => user))).toEqual(new Set([people.alder_owner.userId, people.alder_billing.userId]));
      await override('locations', null);
      await take('locations', 1000);
      expect(await told()).toHaveLength(1);
    }));
});

test('every member learns what is used and whether more is allowed, of their own clinic alone', () =>
  rolledBack(sql, async () => {
    await givePlan(sql, alder, 'free');
    await override('patients', 10);
    const check = (metric: string, amount: number) => value('select public.check_limit($1, $2) as value', [metric, amount]);
    const before = Number(await used('patients', 'total'));
    await as(sql, people.bare, async () => {
      expect(await check('patients', 10 - before)).toEqual({
        metric: 'patients',
        period: 'total',
        used: before,
        limit: 10,
        amount: 10 - before,
        allowed: true,
      });
      expect(await check('patients', 11 - before)).toMatchObject({ allowed: false });
      expect(await check('sms', 1)).toMatchObject({ period: 'month', used: 0, limit: 0, allowed: false });
      expect(await check('unheard', 1)).toBeNull();
      expect(await value(`select public.current_usage('alder') as value`)).toMatchObject({
        tenant_id: alder,
        usage: { patients: { used: before, limit: 10, period: 'total' } },
      });
    });
    await as(sql, people.birch_owner, async () => {
      expect(await check('patients', 1)).toMatchObject({ limit: 5000 });
      expect(await value(`select public.current_usage('birch') as value`)).toMatchObject({ tenant_id: clinics.birch.id });
      expect(await value(`select public.current_usage('alder') as value`)).toBeNull();
    });
    for (const nobody of [people.stranger, people.ended] as const) {
      expect(await as(sql, nobody, () => failure(check('patients', 1)))).toBe('42501');
      expect(await as(sql, nobody, () => value(`select public.current_usage('alder') as value`))).toBeNull();
    }
  }));

test('what watched clinics use is told where it is otherwise than known', () =>
  rolledBack(sql, async () => {
    const news = (known: object) => value('select public.usage_news($1) as value', [JSON.stringify(known)]);
    // Of nobody else's knowledge, so that no mail is sent for them meanwhile.
    const owner = await createPerson(stack, 'owner@news.test');
    const [one = '', other = ''] = [await createClinic(sql, 'news-one', 'One', owner), await createClinic(sql, 'news-two', 'Two', owner)];
    const first = await news({ [one]: '', [other]: '' });
    expect(Object.keys(first).sort()).toEqual([one, other].sort());
    const known = { [one]: first[one].digest, [other]: first[other].digest };
    expect(await news(known)).toEqual({});
    await sql.query(`select private.take_usage($1, 'mails', 3)`, [one]);
    const fresh = await news(known);
    expect(Object.keys(fresh)).toEqual([one]);
    expect(fresh[one].usage.mails.used).toBe(3);
    expect(await as(sql, people.alder_owner, () => failure(news(known)))).toBe('42501');
  }));
