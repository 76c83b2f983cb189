import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { supabaseCli } from '@/scripts/stack/migrate';
import { staleTypes } from '@/scripts/types';
import { connect, rolledBack } from '../support/database';
import { stack } from '../support/env';
import { expectations } from './isolation-expectations';
import { policyFindings } from './policy-lint';
import { oracles } from './unique-indexes';

let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const names = async (query: string) => (await sql.query<{ name: string }>(query)).rows.map(({ name }) => name);

test('I3 the advisors find nothing at warn or above', async () => {
  const report = await supabaseCli(stack.DATABASE_URL, ['db', 'advisors', '--level', 'info']);
  const findings = JSON.parse(report) as { level: string; name: string; detail: string }[];
  expect(findings.some(({ level }) => level === 'INFO')).toBe(true);
  expect(findings.filter(({ level }) => level !== 'INFO').map(({ name, detail }) => `${name}: ${detail}`)).toEqual([]);
});

test('the committed types are those of the migrations', async () => {
  expect(await staleTypes(stack.DATABASE_URL)).toEqual([]);
});

test.each(Object.keys(expectations))('I3 the policies of %s follow the rules', async (table) => {
  expect(await policyFindings(sql, table)).toEqual([]);
});

test('I3 every table of the product has forced row-level security', async () => {
  expect(
    await names(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('public', 'private') and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)`,
    ),
  ).toEqual([]);
});

test('I3 tenant_id is never null and leads an index', async () => {
  const tables = Object.keys(expectations).filter((name) => name !== 'public.tenants' && name !== 'private.signup_reservations');
  const nullable = await names(
    `select attrelid::regclass::text as name from pg_attribute join pg_class c on c.oid = attrelid and c.relkind = 'r'
     where attname = 'tenant_id' and not attnotnull and attrelid not in ('private.signup_reservations'::regclass, 'private.stripe_events'::regclass)
       and relnamespace in ('public'::regnamespace, 'private'::regnamespace)`,
  );
  expect(nullable).toEqual([]);
  for (const table of tables) {
    const led = await names(
      `select i.indexrelid::regclass::text as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
       where i.indrelid = '${table}'::regclass and a.attname = 'tenant_id'`,
    );
    expect(led, table).not.toEqual([]);
  }
});

test('I3 what is unique in a tenant table is unique within a clinic', async () => {
  expect(await oracles(sql)).toEqual([]);
});

test('I3 an index that is unique across clinics is named with the remedy', () =>
  rolledBack(sql, async () => {
    await sql.query('create unique index planted_key on public.patients (external_id)');
    expect(await oracles(sql)).toEqual([
      'public.patients: public.planted_key is unique across clinics, which tells one what another has: put tenant_id into it, or name it with its reason in tests/database/unique-indexes.ts',
    ]);
  }));

test('I3 foreign keys between tenant tables carry the tenant', async () => {
  const plain = await names(
    `select c.conrelid::regclass || '.' || c.conname as name from pg_constraint c
     where c.contype = 'f' and c.confrelid <> 'public.tenants'::regclass
       and exists (select 1 from pg_attribute a where a.attrelid = c.conrelid and a.attname = 'tenant_id' and not a.attisdropped)
       and exists (select 1 from pg_attribute a where a.attrelid = c.confrelid and a.attname = 'tenant_id' and not a.attisdropped)
       and not exists (select 1 from pg_attribute a where a.attrelid = c.conrelid and a.attname = 'tenant_id' and a.attnum = any (c.conkey))`,
  );
  expect(plain).toEqual([]);
});

test('I3 every function has an empty search path, and no definer stands in public', async () => {
  const scope = `pronamespace in ('public'::regnamespace, 'private'::regnamespace)`;
  expect(
    await names(
      `select oid::regprocedure::text as name from pg_proc where ${scope} and not coalesce(proconfig @> array['search_path=""'], false)`,
    ),
  ).toEqual([]);
  expect(
    await names(`select oid::regprocedure::text as name from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`),
  ).toEqual([]);
});

/** What each role of the API may call; everything else is refused. */
const callable = {
  anon: [
    'claim_invited_address',
    'confirm_email_change',
    'find_logo',
    'gate',
    'open_invitation',
    'platform_gate',
    'redeem_handoff',
    'request_password_reset',
    'resolve_domain',
    'session_state',
    'subdomain_status',
    'verify_email',
  ],
  authenticated: [
    'accept_invitation',
    'accept_ownership',
    'audit_filters',
    'begin_billing_act',
    'billing_state',
    'change_member_role',
    'check_limit',
    'check_patient_import',
    'choose_free',
    'claim_invited_address',
    'confirm_email_change',
    'count_feature_use',
    'current_usage',
    'decide_patient_import',
    'delete_role',
    'end_member_sessions',
    'end_override',
    'end_own_sessions',
    'end_ownership_offer',
    'enter_tenant',
    'export_patients',
    'find_clinic',
    'find_logo',
    'find_member',
    'find_ownership_offer',
    'find_role',
    'find_second_factor',
    'gate',
    'invite_people',
    'leave_platform',
    'leave_tenant',
    'lift_admin_hold',
    'list_alerts',
    'list_audit',
    'list_billing_problems',
    'list_clinic_audit',
    'list_clinics',
    'list_entitlements',
    'list_import_problems',
    'list_invitations',
    'list_own_clinics',
    'list_patients',
    'list_roles',
    'list_sessions',
    'list_team',
    'may_switch_to',
    'offer_ownership',
    'open_invitation',
    'open_patient',
    'override_feature',
    'override_limit',
    'place_admin_hold',
    'plans_over_limits',
    'platform_gate',
    'platform_totals',
    'read_patient',
    'redeem_handoff',
    'redeem_recovery_code',
    'remove_member',
    'remove_second_factor',
    'replace_recovery_codes',
    'request_billing_sync',
    'request_password_reset',
    'resend_invitation',
    'resend_verification',
    'resolve_alert',
    'resolve_billing_alert',
    'resolve_domain',
    'retry_stripe_event',
    'revoke_invitation',
    'save_role',
    'session_state',
    'set_logo',
    'set_member_status',
    'set_second_factor_rule',
    'stage_patient_rows',
    'start_audit_export',
    'start_patient_export',
    'start_patient_import',
    'subdomain_status',
    'update_clinic_profile',
    'update_own_name',
    'usage_history',
    'verify_audit',
    'verify_email',
  ],
  service_role: [
    'abandon_signup',
    'enable_second_factor',
    'enter_platform',
    'issue_handoff',
    'open_platform_invite',
    'prepare_second_factor',
    'prove_second_factor',
    'provision_tenant',
    'read_password_reset',
    'record_failed_sign_in',
    'record_refusal',
    'recover_account',
    'request_clinic_list',
    'request_email_change',
    'reserve_subdomain',
    'store_stripe_event',
    'subdomain_status',
    'take_rate_limit',
    'usage_news',
  ],
};

test.each(Object.entries(callable))('I3 %s may call its functions and no others', async (role, allowed) => {
  const granted = await names(
    `select proname as name from pg_proc where pronamespace = 'public'::regnamespace and has_function_privilege('${role}', oid, 'execute') order by 1`,
  );
  expect(granted).toEqual(allowed);
});

test('I3 the API roles create nothing and own nothing', async () => {
  for (const role of ['anon', 'authenticated', 'service_role']) {
    for (const schema of ['public', 'private', 'extensions', 'graphile_worker']) {
      const { rows } = await sql.query('select has_schema_privilege($1, $2, $3) as may', [role, schema, 'create']);
      expect(rows[0].may, `${role} ${schema}`).toBe(false);
    }
  }
});
