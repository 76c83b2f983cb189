import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import { deliverMail } from '@/lib/mail/commands';
import { runPatientImport } from '@/lib/patients/import-jobs';

const sweepJob = z.object({ reservationId: z.uuid() });

/** Every job the worker knows, by the name under which SQL queues it. */
export const tasks: TaskList = {
  send_mail: (payload, { job, query }) => deliverMail(payload, job.id, (text, values) => query(text, values)),
  sweep_signup: async (payload, { query }) => {
    await query('select private.sweep_signup($1)', [sweepJob.parse(payload).reservationId]);
  },
  check_patient_import: runPatientImport('check'),
  apply_patient_import: runPatientImport('apply'),
  purge_expired: async (_payload, { query }) => {
    await query('select private.purge_expired()');
    await query('select private.purge_patient_imports()');
  },
};

/** What runs by the clock (UTC). */
export const schedule = '17 * * * * purge_expired';
