import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { wordsOf } from '@/lib/audit/labels';
import { canary, password } from '../tests/support/world';
import { buildApp } from './stack/build';
import { findChromium } from './stack/chromium';
import { forgetHosted, root } from './stack/config';
import { type Run, withServices } from './stack/lifecycle';
import { endLeftover } from './stack/postgres';
import { main, PlainError } from './stack/progress';
import { type Outcome, playwright, runProgram, vitest } from './test/runners';
import { makeTemplate, startTestStack, type TestStack } from './test/stacks';
import { type PartTime, printTimes } from './test/times';

const dir = path.join(root, '.local', 'test');
const template = path.join(dir, 'template');

/**
 * What runs beside each other: each lane is one part after the other. Those with an app wait for the build. Two lanes keep two
 * cores busy; faults, in a third, mostly wait for clocks.
 */
const lanes = [['check', 'unit', 'e2e', 'checks'], ['database', 'http'], ['faults']] as const;
type Part = (typeof lanes)[number][number];
/** How many files of a part run beside each other, each worker on a stack of its own. */
const workers = { database: 1, http: 1, e2e: 2, faults: 1 };

const parts: readonly Part[] = lanes.flat();
const done = (ok: boolean): Outcome => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, files: [] });

/** The logs of the run: of its stacks, of those that faults kill, and of apps that a test started beside them. */
const logs = () => readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.log'));

/** No log of the run may hold a patient's name or a person's address or password. */
function assertQuietLogs(): Outcome {
  const secrets = [canary, password, '@alder.test', '@elm.test', 'pat@example.com'];
  const told = logs().flatMap((file) => {
    const text = readFileSync(path.join(dir, file), 'utf8');
    return secrets.filter((words) => text.includes(words)).map((words) => `✗ .local/test/${file} holds ${words}`);
  });
  for (const line of told) console.error(line);
  return done(told.length === 0);
}

/** Ends what a run that was killed has left, and takes its logs away. */
async function clearAway(): Promise<void> {
  for (const file of logs()) rmSync(path.join(dir, file), { force: true });
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await endLeftover({ dir: path.join(dir, entry.name) });
  }
}

/**
 * The work of one run: what several parts need is made once, when the first asks for it.
 * @param live whether a part prints what it says as it comes, having no other beside it
 */
function plan(run: Run, filter: string[], live: boolean) {
  const began = Date.now();
  const times: PartTime[] = [];
  const outcomes: Outcome[] = [];

  async function timed(part: string, work: () => Promise<Outcome>): Promise<boolean> {
    const start = Date.now() - began;
    const outcome = await work().catch((error): Outcome => {
      // The other lanes go on: their words may tell why.
      console.error(error instanceof PlainError ? error.message : error);
      return { passed: 0, failed: 1, files: [] };
    });
    outcomes.push(outcome);
    times.push({ part, began: start, ended: Date.now() - began, outcome });
    console.log(`${outcome.failed === 0 ? '✓' : '✗'} ${part} (${((Date.now() - began - start) / 1000).toFixed(1)} s)`);
    return outcome.failed === 0;
  }

  const made = new Map<string, Promise<void>>();
  /** Makes something once; whoever needs it waits for the same. */
  function once(what: string, make: () => Promise<unknown>): Promise<void> {
    const making =
      made.get(what) ??
      timed(what, () => make().then(() => done(true))).then((ok) => {
        if (!ok) throw new PlainError(`There is no ${what} to go on with.`);
      });
    made.set(what, making);
    return making;
  }
  let chromium = '';
  const browser = () =>
    once('Chromium', async () => {
      chromium = await findChromium();
    });
  const templateStack = () => once('template of the stacks', () => makeTemplate(template, run));
  const build = () => once('build', () => buildApp({ NEXT_DIST_DIR: '.next-test' }, run.signal));

  /** Runs tests on stacks of their own, one for each worker, with or without the app. */
  async function onStacks(part: 'database' | 'http' | 'e2e', work: (env: Record<string, string>) => Promise<Outcome>): Promise<void> {
    await templateStack();
    if (part !== 'database') await build();
    const stacks: TestStack[] = [];
    await timed(part, async () => {
      for (let n = 0; n < workers[part]; n++) stacks.push(await startTestStack(template, path.join(dir, `${part}-${n}`), run));
      if (part !== 'database') for (const stack of stacks) await stack.serve();
      const file = path.join(dir, `${part}-stacks.json`);
      writeFileSync(file, JSON.stringify(stacks.map(({ env }) => env)));
      const outcome = await work({ TEST_STACKS: file });
      const wordless = new Set((await Promise.all(stacks.map(({ acts }) => acts()))).flat().filter((act) => !wordsOf(act)));
      for (const act of wordless)
        console.error(`✗ '${act}' was written into a log and has no words: add them in its domain’s words/en.json`);
      return { ...outcome, failed: outcome.failed + wordless.size };
    });
    for (const stack of stacks) await stack.stop();
  }

  const inParallel = (part: keyof typeof workers) => `--maxWorkers=${workers[part]}`;
  const works: Record<Part, () => Promise<unknown>> = {
    check: () =>
      timed('check', async () => {
        const { ok, output } = await runProgram(['--import', 'tsx', path.join(root, 'scripts/check.ts')], { run, live });
        if (!live) console.log(output.trimEnd());
        return done(ok);
      }),
    unit: () => timed('unit', () => vitest('unit', dir, { run, live }, filter)),
    checks: () => timed('checks', () => vitest('checks', dir, { run, live }, filter)),
    database: () => onStacks('database', (env) => vitest('database', dir, { run, live, env }, [inParallel('database'), ...filter])),
    http: () => onStacks('http', (env) => vitest('http', dir, { run, live, env }, [inParallel('http'), ...filter])),
    faults: async () => {
      await Promise.all([browser(), templateStack()]);
      await build();
      const env = { TEST_TEMPLATE: template, CHROMIUM: chromium };
      await timed('faults', () => vitest('faults', dir, { run, live, env }, [inParallel('faults'), ...filter]));
    },
    e2e: async () => {
      await browser();
      await onStacks('e2e', (env) =>
        playwright(dir, { run, live, env: { ...env, CHROMIUM: chromium, TEST_WORKERS: String(workers.e2e) } }, filter),
      );
    },
  };
  return { works, times, outcomes };
}

/** What `npm run soak` repeats in full: the files that ask `repeated` how often, and the parts they belong to. */
const soaked = { parts: ['database', 'http'], files: ['billing-order', 'bleed', 'provisioning', 'stripe-webhook'] };

/** What is asked for: everything, a part with file names after it, or the soak. */
function readArguments(): { wants: (part: Part) => boolean; filter: string[] } {
  const [wanted, ...filter] = process.argv.slice(2);
  if (wanted === undefined) return { wants: () => true, filter };
  if (wanted === 'soak') {
    process.env.SOAK = '1';
    return { wants: (part) => soaked.parts.includes(part), filter: soaked.files };
  }
  if (!parts.some((part) => part === wanted)) throw new PlainError(`There is no part "${wanted}": ${parts.join(', ')}.`);
  return { wants: (part) => part === wanted, filter };
}

/** `npm test` runs everything; `npm test -- unit`, `checks`, `database`, `http`, `faults` or `e2e`, with file names after it, a part. */
await main(async () => {
  const { wants, filter } = readArguments();
  mkdirSync(dir, { recursive: true });
  forgetHosted();
  // Some sixty processes are started from the same sources.
  process.env.NODE_COMPILE_CACHE ??= path.join(dir, 'compiled');
  // Passwords of tests protect nobody, and lite hashes them in JavaScript: at its usual cost for a tenth of a second each.
  process.env.LITE_AUTH_BCRYPT_COST ??= '4';
  let outcomes: Outcome[] = [];
  // A run that was interrupted, or a part in which no test ran, has proven nothing.
  let finished = false;
  const code = await withServices(dir, async (run) => {
    await clearAway();
    const wantedLanes = lanes.map((lane) => lane.filter(wants));
    const { works, times, outcomes: all } = plan(run, filter, wantedLanes.flat().length === 1);
    outcomes = all;
    await Promise.all(
      wantedLanes.map(async (lane) => {
        for (const part of lane)
          await works[part]().catch((error) => {
            console.error(`✗ ${part}: ${error instanceof Error ? error.message : String(error)}`);
            outcomes.push(done(false));
          });
      }),
    );
    outcomes.push(assertQuietLogs());
    printTimes(times);
    finished = times.every(({ part, outcome }) => !parts.includes(part as Part) || outcome.passed > 0);
    return 0;
  });
  const total = outcomes.reduce((sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }), {
    passed: 0,
    failed: code === 0 && finished ? 0 : 1,
  });
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exit(total.failed === 0 ? 0 : 1);
});
