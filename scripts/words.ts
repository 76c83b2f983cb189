import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './stack/config';

const file = path.join(root, 'lib/words/catalogues.ts');

/** The list of all domains' catalogues as they are, and as the file has it. */
export function catalogueList(): { now: string; asItIs: string } {
  const domains = readdirSync(path.join(root, 'lib')).filter((name) => existsSync(path.join(root, 'lib', name, 'words/en.json')));
  const now = [
    '// Every domain’s catalogue; `npm run fix` writes this file.',
    ...domains.map((name) => `import ${name} from '@/lib/${name}/words/en.json';`),
    '',
    'export const catalogues = {',
    ...domains.map((name) => `  ${name},`),
    '};\n',
  ].join('\n');
  return { now, asItIs: existsSync(file) ? readFileSync(file, 'utf8') : '' };
}

export function writeCatalogueList(): void {
  writeFileSync(file, catalogueList().now);
}
