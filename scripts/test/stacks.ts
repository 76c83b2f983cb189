import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createWorld, type World } from '../../tests/support/world';
import { databaseUrl, type StackConfig } from '../stack/config';
import { withClient } from '../stack/database';
import { startStack } from '../stack/index';
import type { Run } from '../stack/lifecycle';
import { ownStack } from '../stack/ports';
import { clusterDir, endLeftover, eraseData } from '../stack/postgres';
import { startApp, startWorker } from '../stack/processes';
import { PlainError, silently } from '../stack/progress';
import { waitFor } from '../stack/wait';

/** The environment of a stack: what its app, its worker and its tests are started with. */
export type StackEnv = Record<string, string>;

/** Copies with owners and modes: the cluster may belong to PostgreSQL's own user. */
const copy = (from: string, to: string) => execFileSync('cp', ['-R', '-p', from, to]);

/** Services of their own, which end with the run that began them or earlier, in reverse order. */
function partOf(run: Run): { part: Run; stop: () => Promise<void> } {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (let end = stops.pop(); end; end = stops.pop()) await Promise.resolve(end()).catch(() => undefined);
  };
  run.onStop(stop);
  return { part: { ...run, onStop: (end) => stops.push(end) }, stop };
}

/** Makes a stack with the world of the tests in it, and leaves its folder at rest, to be copied. */
export async function makeTemplate(dir: string, run: Run): Promise<World> {
  const { part, stop } = partOf(run);
  const config = await ownStack(dir);
  await endLeftover(config);
  eraseData(config);
  const env = await startStack(config, part, silently);
  const world = await withClient(databaseUrl(config), (sql) => createWorld(env, sql));
  await stop();
  writeFileSync(path.join(dir, 'world.json'), JSON.stringify(world));
  return world;
}

/** A copy of the template, at rest, on ports of its own. */
export async function copyTemplate(template: string, dir: string): Promise<StackConfig> {
  const [from, to] = [clusterDir(template), clusterDir(dir)];
  await endLeftover({ dir });
  for (const place of [dir, to]) rmSync(place, { recursive: true, force: true });
  mkdirSync(path.dirname(to), { recursive: true });
  mkdirSync(dir, { recursive: true });
  copy(from, to);
  for (const file of readdirSync(template)) if (file.endsWith('.json')) copy(path.join(template, file), path.join(dir, file));
  return ownStack(dir);
}

export type TestStack = {
  env: StackEnv;
  serve: () => Promise<void>;
  /** Every act that stands in the log of a clinic. */
  acts: () => Promise<string[]>;
  stop: () => Promise<void>;
};

/** Starts a copy of the template; `serve` starts its app and worker. */
export async function startTestStack(template: string, dir: string, run: Run): Promise<TestStack> {
  const { part, stop } = partOf(run);
  const config = await copyTemplate(template, dir);
  const env = {
    ...(await startStack(config, part, silently)),
    STACK_DATA_DIR: dir,
    NEXT_DIST_DIR: '.next-test',
    TRUSTED_PROXY_HOPS: '1',
    SIGNUP_RATE_LIMIT: '5',
    TEST_WORLD: path.join(dir, 'world.json'),
  };
  const serve = async () => {
    startWorker(part, env, path.join(dir, 'worker.log'));
    const app = startApp(part, 'start', env, path.join(dir, 'app.log'));
    await waitFor(
      'the app to answer',
      async () => {
        if (app.exitCode !== null) throw new PlainError(`The app ended; ${dir}/app.log says why.`);
        return fetch(`http://127.0.0.1:${config.ports.app}/api/health`).then(
          (answer) => answer.ok,
          () => false,
        );
      },
      60_000,
    );
  };
  const acts = () =>
    withClient(databaseUrl(config), async (sql) =>
      (await sql.query('select distinct action from public.audit_log')).rows.map(({ action }) => action),
    );
  return { env, serve, acts, stop };
}
