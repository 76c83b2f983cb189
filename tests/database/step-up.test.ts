import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, rolledBack } from '../support/database';
import { loadWorld } from '../support/world';
import { FactorProbe } from './factor-probe';

const { people, clinics } = loadWorld();
const alder = clinics.alder.id;
const staff = people.alder_staff;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());
const { value, act, enable } = new FactorProbe(() => sql);

describe('step-up', () => {
  const owner = people.alder_owner;
  const age = (minutes: number) =>
    sql.query(`update private.tenant_sessions set proven_at = now() - make_interval(mins => $2) where session_id = $1`, [
      owner.sessionId,
      minutes,
    ]);

  test.each([
    ['an export of patients', 'select public.start_patient_export()', []],
    ['an export of the log', 'select public.start_audit_export()', []],
    ['a change of role', 'select public.change_member_role($1, $2)', ['member', 'practitioner']],
    ['a new role', `select public.save_role(null, 'New', '', '["patients.read"]', null)`, []],
    ['an invitation', `select public.invite_people('["new@alder.test"]', $1)`, ['practitioner']],
    ['letting somebody back in', `select public.set_member_status($1, 'active')`, ['removed']],
    ['an offer of ownership', 'select public.offer_ownership($1)', ['member']],
    ['new recovery codes', `select public.replace_recovery_codes('[]')`, []],
    ['taking the second factor off', 'select public.remove_second_factor()', []],
    ['the rule of the clinic', `select public.set_second_factor_rule('optional', '[]')`, []],
  ])('%s needs a proof of the last ten minutes, from who has a second factor', (_what, text, names) =>
    rolledBack(sql, async () => {
      const ids: Record<string, string> = {
        member: await value('select id as value from public.memberships where tenant_id = $1 and user_id = $2', [alder, staff.userId]),
        removed: await value('select id as value from public.memberships where tenant_id = $1 and user_id = $2', [
          alder,
          people.removed.userId,
        ]),
        practitioner: await value(`select id as value from public.roles where tenant_id = $1 and key = 'practitioner'`, [alder]),
      };
      const values = names.map((name) => ids[name]);
      await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [owner.userId]);
      await enable(owner);
      await age(11);
      expect(await act(owner, text, values)).toBe('YS001');
      await age(9);
      expect(await act(owner, text, values)).toBeUndefined();
    }),
  );

  test('who has none is not asked', () =>
    rolledBack(sql, async () => {
      await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [owner.userId]);
      expect(await act(owner, 'select public.start_patient_export()')).toBeUndefined();
    }));
});
