import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseUrl } from '@/scripts/stack/config';
import { withClient } from '@/scripts/stack/database';
import { startWorker } from '@/scripts/stack/processes';
import { waitFor } from '@/scripts/stack/wait';
import { type FaultStack, startFaultStack } from '../support/fault-stack';
import { createClinic, createPerson } from '../support/world';

let faults: FaultStack;
const stops: (() => unknown)[] = [];
const inDatabase = <T>(work: (client: pg.Client) => Promise<T>) => withClient(databaseUrl(faults.config), work);
const rowsOf = (text: string, values: unknown[] = []) => inDatabase(async (client) => (await client.query(text, values)).rows);

beforeAll(async () => {
  faults = await startFaultStack('faults-jobs');
  // What is queued by the clock, and when: jobs that are done leave nothing.
  await rowsOf(`
    create table private.queued (task text, minute timestamptz);
    create function private.note_queued() returns trigger language plpgsql security definer as $$
    begin
      insert into private.queued
      select identifier, date_trunc('minute', (new.payload::jsonb -> '_cron' ->> 'ts')::timestamptz) from graphile_worker._private_tasks where id = new.task_id and new.payload::jsonb ? '_cron';
      return null;
    end $$;
    create trigger note_queued after insert on graphile_worker._private_jobs for each row execute function private.note_queued()`);
  // A second worker with its own schedule beside the stack's.
  const run = { signal: new AbortController().signal, note: () => undefined, onStop: (stop: () => unknown) => stops.push(stop) };
  startWorker(run, faults.env, '.local/test/faults-jobs-second-worker.log');
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  await faults?.stop();
});

test('J1 two schedulers queue each minute’s jobs once, also when one is killed', async () => {
  // Each worker shows that it lives by a lock of its own, which its connection holds for as long (scripts/worker.ts).
  const workers = async () =>
    (
      await rowsOf(`select count(distinct pid)::int as n from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and granted`)
    )[0].n;
  await waitFor('both workers', async () => (await workers()) === 2, 60_000);
  const [{ now }] = await rowsOf('select now() as now');
  const minutes = async () =>
    rowsOf(`select minute, count(*)::int as n from private.queued where task = 'release_jobs' and minute > $1 group by 1 order by 1`, [
      now,
    ]);
  await waitFor('a minute to begin', async () => (await minutes()).length >= 1, 90_000);
  faults.killWorker();
  await waitFor('another to begin', async () => (await minutes()).length >= 2, 90_000);
  expect((await minutes()).filter(({ n }) => n !== 1)).toEqual([]);
});

test('J1 a job that cannot be done waits, holds nobody up, and is seen when it is given up', async () => {
  const owner = await createPerson(faults.env, 'owner@poison.test');
  const id = await inDatabase((client) => createClinic(client, 'poison', 'Poison Clinic', owner));
  await rowsOf(
    `select graphile_worker.add_job('send_billing_notice', json_build_object('tenantId', $1::text, 'notice', 'unheard of'), max_attempts => 2, job_key => 'poison')`,
    [id],
  );
  const poison = async () => (await rowsOf(`select attempts from graphile_worker.jobs where key = 'poison'`))[0] as { attempts: number };
  await waitFor('the first attempt', async () => (await poison()).attempts >= 1, 30_000);
  // The mails of the same clinic were queued before and after, and go out.
  await rowsOf(`select private.queue_mail('welcome', $1, $2)`, [id, owner.userId]);
  const sent = async () => {
    const { data } = (await (await fetch(`${faults.env.RESEND_API_URL}/emails`)).json()) as { data: { to: string[] }[] };
    return data.filter(({ to }) => to.includes('owner@poison.test')).length;
  };
  await waitFor('the mails', async () => (await sent()) >= 3, 60_000);
  await rowsOf(`update graphile_worker._private_jobs set run_at = now() where key = 'poison'`);
  const given = () =>
    rowsOf(
      `select k.identifier as task, j.attempts from graphile_worker._private_jobs j join graphile_worker._private_tasks k on k.id = j.task_id
       where j.attempts >= j.max_attempts and j.locked_at is null`,
    );
  await waitFor('it to be given up', async () => (await given()).length > 0, 30_000);
  expect(await given()).toEqual([{ task: 'send_billing_notice', attempts: 2 }]);
});
