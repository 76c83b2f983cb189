import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import { anchorAudit } from '@/lib/audit/anchors';
import { lookUpStripeEvent, reconcileBilling, settleBilling, syncBilling } from '@/lib/billing/sync';
import { stripe } from '@/lib/infra/stripe';
import { deliverBillingNotice, deliverClinicList, deliverEmailChange, deliverInvitation, deliverMail } from '@/lib/mail/commands';
import { runPatientImport } from '@/lib/patients/import-jobs';

const billingJob = z.object({ tenantId: z.uuid() });
const eventJob = z.object({ event: z.string() });
const sweepJob = z.object({ reservationId: z.uuid() });

/** The same for every attempt at a job, and for no other job, though a restored database counts its jobs anew. */
function mailKey(job: { id: string; created_at: Date }): string {
  return `job-${job.id}-${job.created_at.getTime()}`;
}

const isLast = (job: { attempts: number; max_attempts: number }) => job.attempts >= job.max_attempts;

/** Every job the worker knows, by the name under which SQL queues it. */
export const tasks: TaskList = {
  send_mail: (payload, { job, query }) => deliverMail(payload, mailKey(job), (text, values) => query(text, values)),
  send_clinic_list: (payload, { job, query }) => deliverClinicList(payload, mailKey(job), (text, values) => query(text, values)),
  send_invitation: (payload, { job, query }) => deliverInvitation(payload, mailKey(job), (text, values) => query(text, values)),
  send_email_change: (payload, { job, query }) => deliverEmailChange(payload, mailKey(job), (text, values) => query(text, values)),
  sweep_signup: async (payload, { query }) => {
    await query('select private.sweep_signup($1)', [sweepJob.parse(payload).reservationId]);
  },
  send_billing_notice: (payload, { job, query }) => deliverBillingNotice(payload, mailKey(job), (text, values) => query(text, values)),
  sync_billing: async (payload, { job, query }) => {
    const { tenantId } = billingJob.parse(payload);
    await syncBilling(stripe(), (text, values) => query(text, values), tenantId, { final: isLast(job) });
  },
  look_up_stripe_event: (payload, { job, query }) =>
    lookUpStripeEvent(stripe(), (text, values) => query(text, values), eventJob.parse(payload).event, isLast(job)),
  reconcile_billing: (_payload, { query }) => reconcileBilling(stripe(), (text, values) => query(text, values)),
  settle_billing: (_payload, { query }) => settleBilling((text, values) => query(text, values)),
  check_patient_import: runPatientImport('check'),
  apply_patient_import: runPatientImport('apply'),
  // A worker that was killed keeps its jobs. One that lives holds the lock of its name (scripts/worker.ts), from its first seconds on.
  release_jobs: async (_payload, { query }) => {
    await query(
      `select graphile_worker.force_unlock_workers(array(
         select distinct j.locked_by from graphile_worker.jobs j
         where j.locked_at < now() - interval '20 seconds' and not exists (
           select 1 from pg_locks l
           where l.locktype = 'advisory' and l.granted
             and (l.classid::bigint << 32) | l.objid::bigint = hashtextextended('worker:' || j.locked_by, 0))))`,
    );
  },
  anchor_audit: (_payload, { query }) => anchorAudit((text, values) => query(text, values)),
  purge_expired: async (_payload, { query }) => {
    await query('select private.purge_expired()');
    await query('select private.purge_patient_imports()');
    await query('select private.purge_usage()');
    await query('select private.expire_invitations()');
    await query('delete from private.email_changes where expires_at < now()');
  },
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
