import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './stack/config';

const bin = (place: string) => path.join(root, 'node_modules', place);

/** Format, lint, types, structure, unused code, unit tests; stops at nothing and fails when one does. */
const checks: [string, string[]][] = [
  ['Format and lint', [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']],
  ['Types', [bin('typescript/bin/tsc'), '--noEmit']],
  [
    'Structure',
    [
      bin('dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.json',
      'app',
      'components',
      'lib',
      'middleware.ts',
      'instrumentation.ts',
      'scripts',
    ],
  ],
  ['Unused code', [bin('knip/bin/knip.js')]],
];
if (process.env.npm_lifecycle_event === 'check') {
  checks.push(['Unit tests', [bin('vitest/vitest.mjs'), 'run', '--project', 'unit', '--reporter=dot']]);
}

let failed = false;
for (const [label, args] of checks) {
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  console.log(`${status === 0 ? '✓' : '✗'} ${label} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (status !== 0) {
    failed = true;
    console.log(`${stdout}${stderr}`);
  }
}
process.exit(failed ? 1 : 0);
