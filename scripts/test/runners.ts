import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { root } from '../stack/config';
import { type Run, signalGroup } from '../stack/lifecycle';

/** How long one file of a part took, in milliseconds, and how many tests it holds. */
export type FileTime = { file: string; tests: number; ms: number };
/** What a part of the run came to. */
export type Outcome = { passed: number; failed: number; files: FileTime[] };

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ name: z.string(), startTime: z.number(), endTime: z.number(), assertionResults: z.array(z.unknown()) })),
});

type Suite = { specs?: { tests: { results: { duration: number }[] }[] }[]; suites?: Suite[] };
const suite: z.ZodType<Suite> = z.lazy(() =>
  z.object({
    specs: z.array(z.object({ tests: z.array(z.object({ results: z.array(z.object({ duration: z.number() })) })) })).optional(),
    suites: z.array(suite).optional(),
  }),
);
const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number() }),
  suites: z.array(z.intersection(suite, z.object({ file: z.string() }))),
});

const durations = ({ specs = [], suites = [] }: Suite): number[] => [
  ...specs.flatMap(({ tests }) => tests.map(({ results }) => results.reduce((sum, { duration }) => sum + duration, 0))),
  ...suites.flatMap(durations),
];

function readVitest(text: string): Outcome {
  const { numPassedTests, numFailedTests, testResults } = vitestReport.parse(JSON.parse(text));
  const files = testResults.map(({ name, startTime, endTime, assertionResults }) => ({
    file: path.relative(root, name),
    tests: assertionResults.length,
    ms: endTime - startTime,
  }));
  return { passed: numPassedTests, failed: numFailedTests, files };
}

function readPlaywright(text: string): Outcome {
  const { stats, suites } = playwrightReport.parse(JSON.parse(text));
  const files = suites.map((one) => {
    const times = durations(one);
    return { file: `e2e/${one.file}`, tests: times.length, ms: times.reduce((sum, time) => sum + time, 0) };
  });
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, files };
}

/** Whose program it is: it ends with the run. `live` prints what it says as it comes; the lines of several would mix. */
export type Whose = { run?: Run; live?: boolean; env?: Record<string, string>; cwd?: string };

/** Runs a Node program to its end and answers what it said. */
export async function runProgram(args: string[], { run, live, env, cwd = root }: Whose = {}): Promise<{ ok: boolean; output: string }> {
  const child = spawn(process.execPath, args, {
    ...{ cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    // The leader of a group, so that what it has started ends with it.
    detached: run !== undefined,
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  run?.note(child.pid);
  run?.onStop(() => {
    if (child.exitCode === null && child.signalCode === null && child.pid) signalGroup(child.pid, 'SIGTERM');
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (live) process.stdout.write(chunk);
    });
  }
  return { ok: (await ended) === 0, output };
}

/** Runs a test runner that leaves its counts in a JSON report; one that fails without a failed test counts as one. */
async function runTests(args: string[], report: string, whose: Whose, read: (text: string) => Outcome): Promise<Outcome> {
  rmSync(report, { force: true });
  const { ok, output } = await runProgram(args, { ...whose, env: { ...whose.env, TEST_REPORT: report } });
  if (!whose.live) console.log(output.trimEnd());
  const outcome = existsSync(report) ? read(readFileSync(report, 'utf8')) : { passed: 0, failed: 0, files: [] };
  return { ...outcome, failed: outcome.failed + (!ok && outcome.failed === 0 ? 1 : 0) };
}

/** Runs a project of vitest.config.ts. */
export function vitest(project: string, dir: string, whose: Whose, filter: string[]): Promise<Outcome> {
  const report = path.join(dir, `${project}.json`);
  const bin = path.join(root, 'node_modules/vitest/vitest.mjs');
  const args = [bin, 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filter];
  return runTests(args, report, whose, readVitest);
}

/** Runs the journeys. */
export function playwright(dir: string, whose: Whose, filter: string[]): Promise<Outcome> {
  const bin = path.join(root, 'node_modules/@playwright/test/cli.js');
  return runTests([bin, 'test', ...filter], path.join(dir, 'e2e.json'), whose, readPlaywright);
}
