import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import { anchorAudit } from '@/lib/audit/anchors';
import { lookUpStripeEvent, reconcileBilling, settleBilling, syncBilling } from '@/lib/billing/sync';
import { defineJob } from '@/lib/infra/job';
import { stripe } from '@/lib/infra/stripe';
import {
  changeJob,
  deliverBillingNotice,
  deliverClinicList,
  deliverEmailChange,
  deliverInvitation,
  deliverMail,
  invitationJob,
  listJob,
  mailJob,
  noticeJob,
} from '@/lib/mail/commands';
import { importJob, runPatientImport } from '@/lib/patients/import-jobs';

const billingJob = z.object({ tenantId: z.uuid() });
const eventJob = z.object({ event: z.string() });
const sweepJob = z.object({ reservationId: z.uuid() });
/** What runs by the clock has nothing to be told. */
const nothing = z.unknown();

/** Every job the worker knows, by the name under which SQL queues it. */
export const tasks: TaskList = {
  send_mail: defineJob(mailJob, deliverMail),
  send_clinic_list: defineJob(listJob, deliverClinicList),
  send_invitation: defineJob(invitationJob, deliverInvitation),
  send_email_change: defineJob(changeJob, deliverEmailChange),
  sweep_signup: defineJob(sweepJob, ({ reservationId }, { query }) => query('select private.sweep_signup($1)', [reservationId])),
  send_billing_notice: defineJob(noticeJob, deliverBillingNotice),
  sync_billing: defineJob(billingJob, ({ tenantId }, { query, isLast }) => syncBilling(stripe(), query, tenantId, { final: isLast })),
  look_up_stripe_event: defineJob(eventJob, ({ event }, { query, isLast }) => lookUpStripeEvent(stripe(), query, event, isLast)),
  reconcile_billing: defineJob(nothing, (_, { query }) => reconcileBilling(stripe(), query)),
  settle_billing: defineJob(nothing, (_, { query }) => settleBilling(query)),
  check_patient_import: defineJob(importJob, runPatientImport('check')),
  apply_patient_import: defineJob(importJob, runPatientImport('apply')),
  // A worker that was killed keeps its jobs. One that lives holds the lock of its name (scripts/worker.ts), from its first seconds on.
  release_jobs: defineJob(nothing, (_, { query }) =>
    query(
      `select graphile_worker.force_unlock_workers(array(
         select distinct j.locked_by from graphile_worker.jobs j
         where j.locked_at < now() - interval '20 seconds' and not exists (
           select 1 from pg_locks l
           where l.locktype = 'advisory' and l.granted
             and (l.classid::bigint << 32) | l.objid::bigint = hashtextextended('worker:' || j.locked_by, 0))))`,
    ),
  ),
  anchor_audit: defineJob(nothing, (_, { query }) => anchorAudit(query)),
  purge_expired: defineJob(nothing, async (_, { query }) => {
    await query('select private.purge_expired()');
    await query('select private.purge_patient_imports()');
    await query('select private.purge_usage()');
    await query('select private.expire_invitations()');
    await query('delete from private.email_changes where expires_at < now()');
  }),
};

/** What runs by the clock (UTC). */
export const schedule = [
  '* * * * * release_jobs',
  '*/5 * * * * settle_billing',
  '17 * * * * purge_expired',
  // One after the other, however long each takes.
  '37 * * * * reconcile_billing ?queue=reconcile_billing',
  '7 0 * * * anchor_audit',
].join('\n');
