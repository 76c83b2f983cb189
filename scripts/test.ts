import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { canary, createWorld, password } from '../tests/support/world';
import { buildApp } from './stack/build';
import { findChromium } from './stack/chromium';
import { databaseUrl, forgetHosted, loadStackConfig, root } from './stack/config';
import { withClient } from './stack/database';
import { startStack } from './stack/index';
import { withServices } from './stack/lifecycle';
import { freePort, portVariables } from './stack/ports';
import { endLeftover, eraseData } from './stack/postgres';
import { startApp, startWorker } from './stack/processes';
import { main, PlainError, step } from './stack/progress';
import { waitFor } from './stack/wait';

const dir = path.join(root, '.local', 'test');

const logFiles = ['app.log', 'worker.log', 'stack/gateway.log', 'stack/postgres.log'].map((file) => path.join(dir, file));

type Counts = { passed: number; failed: number };

/** Runs a program to its end; not synchronously, because the inbox lives in this process. */
function run(args: string[], env: Record<string, string> = {}): Promise<boolean> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code === 0)));
}

/** Runs a test runner that leaves its counts in a JSON report. */
async function runTests(
  label: string,
  report: string,
  args: string[],
  env: Record<string, string>,
  read: (report: string) => Counts,
): Promise<Counts> {
  console.log(`\n── ${label}`);
  rmSync(report, { force: true });
  const ok = await run(args, { ...env, TEST_REPORT: report });
  const counts = existsSync(report) ? read(readFileSync(report, 'utf8')) : { passed: 0, failed: 0 };
  return { passed: counts.passed, failed: counts.failed + (!ok && counts.failed === 0 ? 1 : 0) };
}

function vitest(label: string, project: string, env: Record<string, string>, filter: string[]): Promise<Counts> {
  const bin = path.join(root, 'node_modules/vitest/vitest.mjs');
  const report = path.join(dir, `${project}.json`);
  const args = [bin, 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filter];
  return runTests(label, report, args, env, (text) => {
    const { numPassedTests, numFailedTests } = JSON.parse(text) as { numPassedTests: number; numFailedTests: number };
    return { passed: numPassedTests, failed: numFailedTests };
  });
}

function playwright(env: Record<string, string>, filter: string[]): Promise<Counts> {
  const bin = path.join(root, 'node_modules/@playwright/test/cli.js');
  return runTests('journeys in a browser', path.join(dir, 'e2e.json'), [bin, 'test', ...filter], env, (text) => {
    const { stats } = JSON.parse(text) as { stats: { expected: number; unexpected: number; flaky: number } };
    return { passed: stats.expected, failed: stats.unexpected + stats.flaky };
  });
}

/** No log of the run may hold a patient's name or a person's address or password. */
function assertQuietLogs(): Counts {
  const logs = ['app.log', 'worker.log', 'stack/gateway.log', 'stack/postgres.log']
    .map((file) => readFileSync(path.join(dir, file), 'utf8'))
    .join('');
  const found = [canary, password, '@alder.test', '@elm.test', 'pat@example.com'].filter((text) => logs.includes(text));
  if (found.length > 0) console.error(`✗ The logs hold ${found.join(', ')}`);
  return found.length > 0 ? { passed: 0, failed: 1 } : { passed: 1, failed: 0 };
}

/** `npm test` runs everything; `npm test -- unit`, `stack`, `faults` or `e2e`, with file names after it, a part. */
await main(async () => {
  const [part = 'all', ...filter] = process.argv.slice(2);
  const wants = (name: string) => part === 'all' || part === name;
  const results: Counts[] = [];
  mkdirSync(dir, { recursive: true });

  if (part === 'all') {
    results.push(
      (await run(['--import', 'tsx', path.join(root, 'scripts/check.ts')])) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 },
    );
  }
  if (wants('unit')) results.push(await vitest('unit tests', 'unit', {}, filter));

  if (wants('stack') || wants('faults') || wants('e2e')) {
    const chromium = wants('faults') || wants('e2e') ? await step('Chromium', findChromium) : '';
    forgetHosted();
    for (const name of portVariables) process.env[name] = String(await freePort());
    process.env.STACK_DATA_DIR = path.join(dir, 'stack');
    const config = loadStackConfig();
    process.env.APP_URL = `http://localhost:${config.ports.app}`;

    const code = await withServices(process.env.STACK_DATA_DIR, async (services) => {
      await endLeftover(config);
      for (const file of logFiles) rmSync(file, { force: true });
      eraseData(config);
      const stackEnv = await startStack(config, services);
      const env = {
        ...stackEnv,
        NEXT_DIST_DIR: '.next-test',
        TRUSTED_PROXY_HOPS: '1',
        SIGNUP_RATE_LIMIT: '5',
        TEST_WORLD: path.join(dir, 'world.json'),
        CHROMIUM: chromium,
      };
      const world = await step('Alder, Birch, Cedar and Dogwood', () =>
        withClient(databaseUrl(config), (sql) => createWorld(stackEnv, sql)),
      );
      writeFileSync(env.TEST_WORLD, JSON.stringify(world));
      await step('Build', () => buildApp(env, services.signal));
      startWorker(services, env, path.join(dir, 'worker.log'));
      const app = startApp(services, 'start', env, path.join(dir, 'app.log'));
      await step('App and worker', () =>
        waitFor(
          'the app to answer',
          async () => {
            if (app.exitCode !== null) throw new PlainError(`The app ended; ${dir}/app.log says why.`);
            return fetch(`http://127.0.0.1:${config.ports.app}/api/health`).then(
              (answer) => answer.ok,
              () => false,
            );
          },
          60_000,
        ),
      );
      if (wants('stack')) results.push(await vitest('database and HTTP tests', 'stack', env, filter));
      if (wants('faults')) results.push(await vitest('faults', 'faults', env, filter));
      if (wants('e2e')) results.push(await playwright(env, filter));
      results.push(assertQuietLogs());
      return 0;
    });
    if (code !== 0 || results.length === 0) results.push({ passed: 0, failed: 1 });
  }

  const total = results.reduce((sum, counts) => ({ passed: sum.passed + counts.passed, failed: sum.failed + counts.failed }));
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
});
