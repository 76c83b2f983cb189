import path from 'node:path';
import { root } from './stack/config';
import { runProgram } from './test/runners';

/** Formats everything and mends what the linter can mend. */
const { ok, output } = await runProgram([path.join(root, 'node_modules/@biomejs/biome/bin/biome'), 'check', '--write', '.']);
console.log(output.trimEnd());
process.exit(ok ? 0 : 1);
