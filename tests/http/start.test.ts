import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { withClient } from '@/scripts/stack/database';
import { freePort, isListening } from '@/scripts/stack/ports';
import { clusterDir } from '@/scripts/stack/postgres';
import { waitFor } from '@/scripts/stack/wait';
import { send } from '../support/http';

const dir = mkdtempSync(path.join(tmpdir(), 'yourcrm-start-'));
const ports = { PORT: 0, STACK_API_PORT: 0, STACK_DB_PORT: 0, STACK_INBOX_PORT: 0, STACK_STRIPE_PORT: 0 };
const started: { child: ChildProcess; output: () => string }[] = [];

function start(over: Record<string, string> = {}) {
  const numbers = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  const { SUPABASE_URL: _hosted, APP_URL: _url, TEST_WORLD: _world, ...env } = process.env;
  const child = spawn('node', ['scripts/run.mjs', 'start'], {
    env: { ...env, ...numbers, STACK_DATA_DIR: dir, NEXT_DIST_DIR: '.next-test', ...over },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk;
    });
  }
  const run = { child, output: () => text };
  started.push(run);
  return run;
}

const ready = (run: ReturnType<typeof start>) =>
  waitFor(
    'npm start to end its list of addresses',
    async () => {
      if (run.child.exitCode !== null) throw new Error(run.output());
      return run.output().includes('Ctrl-C stops everything');
    },
    120_000,
  );
const ended = (child: ChildProcess) => waitFor('it to end', async () => child.exitCode !== null || child.signalCode !== null);
const listening = async () => (await Promise.all(Object.values(ports).map(isListening))).filter(Boolean).length;
const inbox = () => `http://127.0.0.1:${ports.STACK_INBOX_PORT}`;
const demoSignIn = async () => (await send('/login', { host: `demo.localhost:${ports.PORT}`, port: ports.PORT })).body;

afterAll(async () => {
  for (const { child } of started) {
    child.kill('SIGTERM');
    await ended(child);
  }
  rmSync(clusterDir(dir), { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
});

test('npm start serves, Ctrl-C stops all of it, data stays, a killed start leaves nothing in the way', async () => {
  for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();

  const first = start();
  await ready(first);
  expect(first.output()).toMatch(/✓ PostgreSQL[\s\S]*✓ Migrations[\s\S]*✓ Demo clinics[\s\S]*✓ App and worker/);
  expect(first.output()).toContain('owner@demo.example');
  expect(await demoSignIn()).toContain('Riverside Family Clinic');
  const mail = { from: 'a@clinic.example', to: ['b@clinic.example'], subject: 'Kept <b>', html: '<p>Hello</p>', text: 'Hello' };
  const sent = () =>
    fetch(`${inbox()}/emails`, { method: 'POST', headers: { 'idempotency-key': 'one' }, body: JSON.stringify(mail) }).then((r) => r.json());
  const mailed = await sent();
  expect(await sent()).toEqual(mailed);

  const twice = start();
  await ended(twice.child);
  expect([twice.child.exitCode, twice.output().trim()]).toEqual([1, expect.stringMatching(/^It is running already \(process \d+\)/)]);

  first.child.kill('SIGINT');
  await ended(first.child);
  expect([first.child.exitCode, await listening()]).toEqual([0, 0]);

  const taken = createServer().listen(ports.STACK_DB_PORT, '127.0.0.1');
  await waitFor('the port to be taken', () => isListening(ports.STACK_DB_PORT));
  const refused = start();
  await ended(refused.child);
  expect(refused.output().trim()).toBe(`Port ${ports.STACK_DB_PORT} is taken; set STACK_DB_PORT to a free one and start again.`);
  await new Promise((resolve) => taken.close(resolve));

  const second = start();
  await ready(second);
  expect(await demoSignIn()).toContain('Riverside Family Clinic');
  expect(await (await fetch(`${inbox()}/inbox`)).text()).toContain('Kept &lt;b&gt;');
  const { data } = (await (await fetch(`${inbox()}/emails`)).json()) as { data: { subject: string }[] };
  expect(data.filter(({ subject }) => subject === mail.subject)).toHaveLength(1);
  const supervisor = Number(/"owner":(\d+)/.exec(readFileSync(path.join(dir, 'running.json'), 'utf8'))?.[1]);
  process.kill(supervisor, 'SIGKILL');
  await ended(second.child);

  const third = start();
  await ready(third);
  expect(await demoSignIn()).toContain('Riverside Family Clinic');
  // As if the text of the first migration had been another one when it was applied.
  const { databasePassword } = JSON.parse(readFileSync(path.join(dir, 'secrets.json'), 'utf8'));
  const changed = await withClient(`postgres://postgres:${databasePassword}@127.0.0.1:${ports.STACK_DB_PORT}/postgres`, (sql) =>
    sql.query(
      `update supabase_migrations.schema_migrations set statements = array_append(statements, 'select 1') where version = '20261128000000'`,
    ),
  );
  expect(changed.rowCount).toBe(1);
  third.child.kill('SIGINT');
  await ended(third.child);
  expect(await listening()).toBe(0);

  const edited = start();
  await ended(edited.child);
  expect([edited.child.exitCode, edited.output()]).toEqual([
    1,
    expect.stringContaining('supabase/migrations/20261128000000_base.sql was edited after it was applied to this database. npm run reset'),
  ]);
  expect(await listening()).toBe(0);
});
