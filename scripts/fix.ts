import path from 'node:path';
import { writeAccessPage } from './matrix';
import { root } from './stack/config';
import { runProgram } from './test/runners';
import { writeCatalogueList } from './words';

/** Writes what is made of other files, formats everything, and mends what the linter can mend. */
writeAccessPage();
writeCatalogueList();
const { ok, output } = await runProgram([path.join(root, 'node_modules/@biomejs/biome/bin/biome'), 'check', '--write', '.']);
console.log(output.trimEnd());
process.exit(ok ? 0 : 1);
