import { randomBytes } from 'node:crypto';
import type pg from 'pg';

/**
 * A row in every table of a clinic that its provisioning leaves empty, without any effect of its own: what has no row
 * can neither be shown nor changed, and would prove nothing.
 */
export async function addRows(sql: pg.Client, tenantId: string, slug: string, owner: { userId: string; email: string }): Promise<void> {
  const add = (text: string, ...values: unknown[]) => sql.query(text, [tenantId, ...values]);
  await add(
    `with import as (
       insert into public.patient_imports (tenant_id, file_name, fields, date_order, status)
       values ($1, 'earlier.csv', array['given_name', 'family_name', 'birth_date'], 'ymd', 'discarded') returning tenant_id, id)
     insert into private.patient_import_rows (tenant_id, import_id, line, cells)
     select tenant_id, id, 2, '["Row", "Staged", "1980-05-12"]' from import`,
  );
  await add('insert into public.tenant_domains (tenant_id, host, verified_at) values ($1, $2, now())', `crm.${slug}-health.test`);
  await add(`insert into public.tenant_holds (tenant_id, kind, reason, lifted_at) values ($1, 'admin', 'an earlier hold', now())`);
  await add(
    `with invitation as (
       insert into public.invitations (tenant_id, email, role_id, invited_by)
       select $1, $2, id, $3 from public.roles where tenant_id = $1 and key = 'staff' returning tenant_id, id)
     insert into private.invitation_tokens (tenant_id, invitation_id, token_hash) select tenant_id, id, $4 from invitation`,
    `invited@${slug}.test`,
    owner.userId,
    randomBytes(32),
  );
  await add(
    `insert into public.ownership_transfers (tenant_id, from_membership, to_membership, expires_at)
     select $1, id, id, now() - interval '1 day' from public.memberships where tenant_id = $1`,
  );
  await add(`insert into public.security_events (tenant_id, rule, user_id) values ($1, 'many_refusals', $2)`, owner.userId);
  await add(`insert into private.slowed_members (tenant_id, user_id, until) values ($1, $2, now() - interval '1 day')`, owner.userId);
  await add('insert into private.former_members (tenant_id, membership_id, user_id) values ($1, gen_random_uuid(), $2)', owner.userId);
  await add(
    `insert into private.signup_reservations (tenant_id, slug, email, expires_at) values ($1, $2, $3, now() - interval '1 day')`,
    `${slug}-earlier`,
    owner.email,
  );
  await add(
    `insert into private.tenant_logos (tenant_id, image) values ($1, '\\x89504e47'::bytea || $2::bytea) on conflict do nothing`,
    randomBytes(80),
  );
  await add(`insert into private.billing_notices (tenant_id, kind, about) values ($1, 'trial_ending', now())`);
  await add(`insert into private.billing_alerts (tenant_id, kind, about, resolved_at) values ($1, 'drift', 'earlier', now())`);
  await add(`insert into public.limit_overrides (tenant_id, metric, max_value, reason) values ($1, 'calls', 7, 'as agreed')`);
  await add(`insert into public.feature_overrides (tenant_id, feature, granted, reason) values ($1, 'sso', true, 'as agreed')`);
  await add('insert into private.active_days (tenant_id, day, user_id) values ($1, current_date - 400, $2)', owner.userId);
  await add(`insert into private.feature_usage (tenant_id, feature, day, uses) values ($1, 'export', current_date - 400, 1)`);
  await add('insert into private.billing_syncs (tenant_id) values ($1) on conflict do nothing');
  await add(
    `insert into private.stripe_events (id, type, tenant_id, created_at, state) values ($2, 'invoice.paid', $1, now(), 'applied')`,
    `evt_of_${slug}`,
  );
}

/** Seals what the clinics' logs hold, and anchors it. */
export async function sealLogs(sql: pg.Client): Promise<void> {
  await sql.query('select private.seal_audit()');
  await sql.query('select private.keep_audit_anchor(tenant_id, max(position)) from private.audit_chain group by tenant_id');
}
