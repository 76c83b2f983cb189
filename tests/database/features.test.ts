import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { featureKeys } from '@/lib/billing/features';
import { as, connect, failure, rolledBack } from '../support/database';
import { stack } from '../support/env';
import { createClinic, createPerson, givePlan, loadWorld } from '../support/world';

const { people, clinics } = loadWorld();
const alder = clinics.alder.id;
const admin = people.platform_admin;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0].value;
const has = (feature: string) => value('select private.has_feature($1, $2) as value', [alder, feature]);
const override = (feature: string, granted: boolean, expires = 'null') =>
  sql.query(
    `insert into public.feature_overrides (tenant_id, feature, granted, reason, expires_at) values ($1, $2, $3, 'as agreed', ${expires})
     on conflict (tenant_id, feature) do update set granted = excluded.granted, expires_at = excluded.expires_at`,
    [alder, feature, granted],
  );
const startImport = () => failure(sql.query(`select public.start_patient_import('a.csv', '{given_name,family_name,birth_date}', 'ymd')`));
const uses = async (tenant: string) =>
  Object.fromEntries(
    (
      await sql.query(
        'select feature, sum(uses)::int as n from private.feature_usage where tenant_id = $1 and day > current_date - 9 group by 1',
        [tenant],
      )
    ).rows.map(({ feature, n }) => [feature, n]),
  );

test('the catalogue of the app is the database’s', async () => {
  const { rows } = await sql.query('select distinct feature from public.plan_features');
  expect(rows.map(({ feature }) => feature).sort()).toEqual([...featureKeys].sort());
});

describe('a feature', () => {
  test('is granted or taken beside the plan, until it runs out', () =>
    rolledBack(sql, async () => {
      await givePlan(sql, alder, 'free');
      expect([await has('import'), await has('export')]).toEqual([false, true]);
      await override('import', true);
      await override('export', false);
      expect([await has('import'), await has('export')]).toEqual([true, false]);
      await givePlan(sql, alder, 'enterprise');
      expect([await has('import'), await has('export')]).toEqual([true, false]);
      await givePlan(sql, alder, 'free');
      await override('import', true, 'now()');
      await override('export', false, 'now()');
      expect([await has('import'), await has('export')]).toEqual([false, true]);
    }));

  test('is in the gate’s answer and in what the database refuses, alike', () =>
    rolledBack(sql, async () => {
      await givePlan(sql, alder, 'free');
      const gate = () => as(sql, people.alder_owner, () => value(`select public.gate('alder') -> 'plan' -> 'features' as value`));
      const beside = () => as(sql, people.alder_owner, () => value(`select public.gate('alder') -> 'plan' -> 'overrides' as value`));
      await sql.query('delete from public.feature_overrides where tenant_id = $1', [alder]);
      expect(await beside()).toEqual({});
      expect(await gate()).not.toContain('import');
      expect(await as(sql, people.alder_owner, startImport)).toBe('YQ002');
      await override('import', true);
      expect(await gate()).toContain('import');
      expect(await beside()).toEqual({ import: true });
      expect(await as(sql, people.alder_owner, startImport)).toBeUndefined();
      expect(await as(sql, people.birch_owner, startImport)).toBeUndefined();
      await givePlan(sql, clinics.birch.id, 'free');
      expect(await as(sql, people.birch_owner, startImport)).toBe('YQ002');
    }));

  test('is granted by the platform with a reason, a line in the clinic’s log, and taken back', () =>
    rolledBack(sql, async () => {
      const act = async (text: string, values?: unknown[]) => {
        await sql.query(
          `select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true), set_config('request.jwt.claim.sub', $2, true)`,
          [JSON.stringify({ role: 'authenticated', sub: admin.userId, session_id: admin.sessionId, aal: 'aal2' }), admin.userId],
        );
        const code = await failure(sql.query(text, values));
        if (code === undefined) await sql.query(`select set_config('role', 'none', true), set_config('request.jwt.claims', '', true)`);
        return code;
      };
      await givePlan(sql, alder, 'free');
      expect(await act(`select public.override_feature($1, 'import', true, 'for the move from another system')`, [alder])).toBeUndefined();
      expect(
        await act(`select public.override_limit($1, 'patients', 'for the move from another system', 400, now() + interval '1 day')`, [
          alder,
        ]),
      ).toBeUndefined();
      expect([await has('import'), await value(`select private.plan_limit($1, 'patients')::int as value`, [alder])]).toEqual([true, 400]);
      const log = await sql.query(`select action, actor_id from public.audit_log where tenant_id = $1 order by id desc limit 2`, [alder]);
      expect(log.rows).toEqual([
        { action: 'limit_overrides.insert', actor_id: admin.userId },
        { action: 'feature_overrides.insert', actor_id: admin.userId },
      ]);
      expect(await act(`select public.end_override($1, 'feature:import')`, [alder])).toBeUndefined();
      expect(await act(`select public.end_override($1, 'limit:patients')`, [alder])).toBeUndefined();
      expect(await as(sql, admin, () => value(`select public.end_override($1, 'limit:patients') as value`, [alder]))).toBe(false);
      expect([await has('import'), await value(`select private.plan_limit($1, 'patients')::int as value`, [alder])]).toEqual([false, 100]);
      for (const wrong of [
        `select public.override_feature($1, 'unheard', true, 'as agreed')`,
        `select public.override_limit($1, 'mails', 'as agreed', 1)`,
        `select public.override_limit($1, 'patients', 'as agreed', 1, now())`,
      ]) {
        await sql.query('savepoint wrong');
        expect(await act(wrong, [alder]), wrong).toBe('22023');
        await sql.query('rollback to savepoint wrong');
      }
    }));
});

describe('the use of features', () => {
  test('is counted from the log, for what somebody did at work', () =>
    rolledBack(sql, async () => {
      await sql.query('delete from private.feature_usage where tenant_id = $1', [alder]);
      await sql.query(`select set_config('request.jwt.claims', $1, true)`, [JSON.stringify({ session_id: people.alder_owner.sessionId })]);
      await sql.query(
        `select private.write_audit($1, 'patient_imports.started', null), private.write_audit($1, 'patient_imports.started', null)`,
        [alder],
      );
      await sql.query(`select private.write_audit($1, 'patients.insert', null)`, [alder]);
      await sql.query(
        `select private.write_audit($1, 'tenant_settings.update', null, '{brand_color}'), private.write_audit($1, 'tenant_settings.update', null, '{website}')`,
        [alder],
      );
      await sql.query(`select set_config('request.jwt.claims', '', true)`);
      await sql.query(`select private.write_audit($1, 'patient_imports.started', null)`, [alder]);
      expect(await uses(alder)).toEqual({ import: 2, brand: 1 });
    }));

  test('that pages report is counted for features that the clinic has, so often and no oftener', () =>
    rolledBack(sql, async () => {
      await givePlan(sql, alder, 'free');
      await sql.query('delete from private.feature_usage where tenant_id = $1', [alder]);
      const count = (feature: string) => failure(sql.query('select public.count_feature_use($1)', [feature]));
      await as(sql, people.bare, async () => {
        expect([await count('patients'), await count('patients')]).toEqual([undefined, undefined]);
        const { features } = await value('select public.usage_history(30) as value');
        expect(features).toEqual([{ feature: 'patients', uses: 2 }]);
        for (let n = 2; n < 60; n++) await count('patients');
        expect(await count('patients')).toBe('YR002');
      });
      expect(await as(sql, people.bare, () => count('sso'))).toBeUndefined();
      await sql.query(`delete from public.feature_overrides where tenant_id = $1`, [alder]);
      expect(await as(sql, people.bare, () => count('sso'))).toBe('YQ002');
      expect(await as(sql, people.stranger, () => count('patients'))).toBe('42501');
    }));

  test('is not counted when a clinic is made', () =>
    rolledBack(sql, async () => {
      const id = await createClinic(sql, 'uses-clinic', 'Uses Clinic', await createPerson(stack, 'owner@uses.test'));
      expect(await uses(id)).toEqual({});
    }));
});

test('a history has the days until today, with the last value before them, and who worked', () =>
  rolledBack(sql, async () => {
    const today = await value(`select (now() at time zone time_zone)::date::text as value from public.tenants where id = $1`, [alder]);
    const counter = (metric: string, day: string, used: number) =>
      sql.query(
        `insert into public.usage_counters (tenant_id, metric, period, used) values ($1, $2, ($3::date + $4::int)::text, $5)
         on conflict (tenant_id, metric, period) do update set used = excluded.used`,
        [alder, metric, today, Number(day), used],
      );
    await counter('patients', '-40', 5);
    await counter('patients', '-35', 7);
    await counter('patients', '-3', 9);
    await counter('mails', '-35', 4);
    await counter('mails', '-2', 6);
    await sql.query('delete from private.active_days where tenant_id = $1', [alder]);
    await sql.query('update private.tenant_sessions set last_seen_at = now() where session_id = $1', [people.alder_staff.sessionId]);
    const history = await as(sql, people.alder_staff, () => value('select public.usage_history(30) as value'));
    const of = (metric: string) =>
      history.days.filter((point: { metric: string }) => point.metric === metric).map(({ used }: { used: number }) => used);
    expect(of('patients').slice(0, 2)).toEqual([7, 9]);
    expect(of('mails')[0]).toBe(6);
    expect(history.today).toBe(today);
    expect(history.active).toEqual([{ day: today, used: 1 }]);
    const foreign = await as(sql, people.birch_owner, () => value('select public.usage_history(30) as value'));
    expect(foreign.days.filter((point: { metric: string; used: number }) => point.metric === 'patients' && point.used === 9)).toEqual([]);
  }));
