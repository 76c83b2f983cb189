import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import { deliverClinicList, deliverMail } from '@/lib/mail/commands';
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
  sweep_signup: async (payload, { query }) => {
    await query('select private.sweep_signup($1)', [sweepJob.parse(payload).reservationId]);
  },
  check_patient_import: runPatientImport('check'),
  apply_patient_import: runPatientImport('apply'),
  // A worker that was killed keeps its jobs; ours are short, and each may run twice. The two minutes leave room for the longest.
  release_jobs: async (_payload, { query }) => {
    await query(
      `select graphile_worker.force_unlock_workers(array(
         select distinct locked_by from graphile_worker.jobs where locked_at < now() - interval '2 minutes'))`,
    );
  },
  purge_expired: async (_payload, { query }) => {
    await query('select private.purge_expired()');
    await query('select private.purge_patient_imports()');
  },
};

/** What runs by the clock (UTC). */
export const schedule = ['* * * * * release_jobs', '17 * * * * purge_expired'].join('\n');
