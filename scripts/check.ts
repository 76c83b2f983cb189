import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './stack/config';
import { runProgram } from './test/runners';

const bin = (place: string) => path.join(root, 'node_modules', place);
const oneLineEach = `plugin:${pathToFileURL(path.join(root, 'scripts/check/structure-reporter.mjs'))}`;

/** Format, lint, types, structure, unused code and, by `npm run check`, unit tests: side by side, all of them to the end. A label as argument runs one. */
const checks: Record<string, string[]> = {
  // Without what an earlier build wrote of its own pages, which may be gone.
  Types: [bin('typescript/bin/tsc'), '--noEmit', '--project', 'tsconfig.check.json'],
  Structure: [
    bin('dependency-cruiser/bin/dependency-cruiser.mjs'),
    ...['--config', '.dependency-cruiser.mjs', '--output-type', oneLineEach],
    ...['app', 'components', 'lib', 'middleware.ts', 'instrumentation.ts', 'scripts'],
  ],
  'Unused code': [bin('knip/bin/knip.js')],
  'Format and lint (npm run fix mends most of it)': [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'],
  ...(process.env.npm_lifecycle_event === 'check' && {
    'Unit tests': [bin('vitest/vitest.mjs'), 'run', '--project', 'unit', '--reporter=dot'],
  }),
};

const [only] = process.argv.slice(2);
if (only !== undefined && !(only in checks)) throw new Error(`There is no check "${only}".`);
const results = await Promise.all(
  Object.entries(checks)
    .filter(([label]) => only === undefined || label === only)
    .map(async ([label, args]) => {
      const started = Date.now();
      const { ok, output } = await runProgram(args);
      console.log(`${ok ? '✓' : '✗'} ${label} (${((Date.now() - started) / 1000).toFixed(1)} s)${ok ? '' : `\n${output.trimEnd()}`}`);
      return ok;
    }),
);
process.exit(results.every(Boolean) ? 0 : 1);
