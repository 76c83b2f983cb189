import { readFileSync } from 'node:fs';

/** The stack of this worker of a test runner: each has one of its own, so that files beside each other disturb nobody. */
const worker = Number(process.env.TEST_PARALLEL_INDEX ?? Number(process.env.VITEST_POOL_ID ?? 1) - 1);
if (process.env.TEST_STACKS) {
  const stacks: NodeJS.ProcessEnv[] = JSON.parse(readFileSync(process.env.TEST_STACKS, 'utf8'));
  if (!stacks[worker]) throw new Error(`Worker ${worker} has no stack: scripts/test.ts makes one for each of its workers.`);
  Object.assign(process.env, stacks[worker]);
}
