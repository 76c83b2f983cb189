import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import { anchorAudit } from '@/lib/audit/anchors';
import { deliverClinicList, deliverEmailChange, deliverInvitation, deliverMail } from '@/lib/mail/commands';
import { runPatientImport } from '@/lib/patients/import-jobs';

const sweepJob = z.object({ reservationId: z.uuid() });

/** The same for every attempt at a job, and for no other job, though a restored database counts its jobs anew. */
function mailKey(job: { id: string; created_at: Date }): string {
  return `job-${job.id}-${job.created_at.getTime()}`;
}

/** Every job the worker knows, by the name under which SQL queues it. */
export const tasks: TaskList = {
  send_mail: (payload, { job, query }) => deliverMail(payload, mailKey(job), (text, values) => query(text, values)),
  send_clinic_list: (payload, { job, query }) => deliverClinicList(payload, mailKey(job), (text, values) => query(text, values)),
  send_invitation: (payload, { job, query }) => deliverInvitation(payload, mailKey(job), (text, values) => query(text, values)),
  send_email_change: (payload, { job, query }) => deliverEmailChange(payload, mailKey(job), (text, values) => query(text, values)),
  sweep_signup: async (payload, { query }) => {
    await query('select private.sweep_signup($1)', [sweepJob.parse(payload).reservationId]);
  },
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
    await query('select private.expire_invitations()');
    await query('delete from private.email_changes where expires_at < now()');
  },
};

/** What runs by the clock (UTC). */
export const schedule = ['* * * * * release_jobs', '17 * * * * purge_expired', '7 0 * * * anchor_audit'].join('\n');
