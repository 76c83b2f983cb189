import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '@/scripts/stack/config';
import { runProgram } from '@/scripts/test/runners';

/** A copy of the sources with mistakes in it, on which the checks run as they run here. */
const copy = path.join(root, '.local/test/planted');
/** A file of the copy with a mistake in it, and the lines that the check says about it. */
type Mistake = { file: string; text: string; says: (string | RegExp)[] };

const ladder =
  'A domain’s components import ui, form, access and their own; another domain’s only when .dependency-cruiser.mjs names it, the shell never.';
const imports = (name: string, from: string) => `import { ${name} } from '${from}';\nexport const used = ${name};\n`;

const structure: Mistake[] = [
  // A domain that helps itself at another one, and two on which every domain stands.
  {
    file: 'lib/rooms/queries.ts',
    text: imports('listPatients', '@/lib/patients/queries'),
    says: [
      'imports lib/patients/queries.ts: A domain imports infra, fields, time, words, access and itself; another one only when it is named in .dependency-cruiser.mjs.',
    ],
  },
  {
    file: 'lib/access/rooms.ts',
    text: imports('memberStatus', '@/lib/team/schema'),
    says: ['imports lib/team/schema.ts: lib/access imports infra, fields, time, words and itself: every domain stands on it.'],
  },
  {
    file: 'lib/legal/rooms.ts',
    text: imports('newPassword', '@/lib/access/schema'),
    says: ['imports lib/access/schema.ts: lib/legal imports infra, fields, time, words and itself: every domain stands on it.'],
  },
  {
    file: 'lib/usage/rooms.ts',
    text: imports('memberStatus', '@/lib/team/schema'),
    says: [
      'imports lib/team/schema.ts: lib/usage imports infra, fields, time, words, access, itself and what .dependency-cruiser.mjs names.',
    ],
  },
  // A file of no domain, one that pulls the infrastructure up, pages in lib, circles, Next below its adapters, and the key to everything.
  { file: 'lib/rooms.ts', text: imports('z', 'zod'), says: [/^imports .*zod.*: A file belongs to a domain/] },
  {
    file: 'lib/infra/rooms.ts',
    text: imports('memberStatus', '@/lib/team/schema'),
    says: ['imports lib/team/schema.ts: lib/infra, lib/fields, lib/time and lib/words are below every domain: hand in what they need.'],
  },
  {
    file: 'lib/rooms/pages.ts',
    text: imports('Submit', '@/components/form/rooms'),
    says: ['imports components/form/rooms.tsx: lib knows no pages: turn the import around.'],
  },
  {
    file: 'lib/rooms/left.ts',
    text: `import { right } from './right';\nexport const left = () => right;\n`,
    says: ['imports lib/rooms/right.ts → lib/rooms/left.ts: Files import each other in a circle: move what both need into a third.'],
  },
  { file: 'lib/rooms/right.ts', text: `import { left } from './left';\nexport const right = () => left;\n`, says: [] },
  {
    file: 'lib/rooms/commands.ts',
    text: imports('redirect', 'next/navigation'),
    says: [/^imports .*next\/navigation.*: Commands and queries take a scope and know no Next/],
  },
  {
    file: 'lib/rooms/keys.ts',
    text: imports('serviceClient', '@/lib/infra/supabase-service'),
    says: [/^imports lib\/infra\/supabase-service\.ts: The client that bypasses row-level security/],
  },
  // A page past its loader, and components past their page.
  {
    file: 'app/rooms/page.tsx',
    text: `import { used } from '@/lib/rooms/commands';\nexport default used;\n`,
    says: ['imports lib/rooms/commands.ts: A page reads by a loader of its domain, which asks the gate.'],
  },
  {
    file: 'components/rooms/room-form.tsx',
    text: imports('used', '@/lib/rooms/queries').replace('const used =', 'const RoomForm ='),
    says: ['imports lib/rooms/queries.ts: A component gets its data from its page, and writes by an action.'],
  },
  {
    file: 'components/rooms/room-page.tsx',
    text: `import Page from '@/app/rooms/page';\nexport const RoomPage = Page;\n`,
    says: ['imports app/rooms/page.tsx: Components are below the routes.'],
  },
  // The ladder of the components, from below to above.
  {
    file: 'components/ui/room.tsx',
    text: `import { Submit } from '@/components/form/rooms';\nexport const Room = Submit;\n`,
    says: ['imports components/form/rooms.tsx: components/ui imports itself and how days and numbers are written.'],
  },
  {
    file: 'components/form/rooms.tsx',
    text: `import { PatientTable } from '@/components/patients/patient-table';\nexport const Submit = PatientTable;\n`,
    says: ['imports components/patients/patient-table.tsx: components/form imports ui and itself.'],
  },
  {
    file: 'components/rooms/room-list.tsx',
    text: imports('AppFrame', '@/components/shell/app-frame'),
    says: [`imports components/shell/app-frame.tsx: ${ladder}`],
  },
  {
    file: 'components/rooms/room-row.tsx',
    text: imports('PatientTable', '@/components/patients/patient-table'),
    says: [`imports components/patients/patient-table.tsx: ${ladder}`],
  },
];

/** A day that is cut from a moment, whatever the clinic's zone. */
const days: Mistake[] = [
  {
    file: 'lib/rooms/days.ts',
    text: `export const day = (moment: string) => moment.slice(0, 10);\nexport const written = new Date().toLocaleDateString('en');\n`,
    says: [/^:1:40 plugin/, /^:2:24 plugin/],
  },
];

/** Permissions that the catalogue does not have. */
const types: Mistake[] = [
  {
    file: 'lib/rooms/loaders.ts',
    text: `import { authorizeClinic, requirePermission } from '@/lib/access/gate';
export const loadRooms = () => requirePermission('patients.raed');
export const readRooms = () => authorizeClinic('rooms.read');
export const mayRead = async () => (await loadRooms()).facts.permissions.includes('patient.read');
`,
    says: [/^\(2,.*'"patients\.raed"'/, /^\(3,.*'"rooms\.read"'/, /^\(4,.*'"patient\.read"'/],
  },
];

beforeAll(() => {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  const left = new Set(['node_modules', '.git', '.local']);
  for (const name of readdirSync(root))
    if (!left.has(name) && !name.startsWith('.next')) cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  for (const { file, text } of [...structure, ...types, ...days]) {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    writeFileSync(path.join(copy, file), text);
  }
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** What a check of the copy says about each file that a mistake stands in, without the file's name in front. */
async function complaints(check: string, mistakes: Mistake[]): Promise<Record<string, string[]>> {
  const { ok, output } = await runProgram(['--import', 'tsx', path.join(copy, 'scripts/check.ts'), check], { cwd: copy });
  expect(ok, output).toBe(false);
  const lines = output.split('\n');
  return Object.fromEntries(
    mistakes.map(({ file }) => [file, lines.filter((line) => line.startsWith(file)).map((line) => line.slice(file.length).trim())]),
  );
}
const expected = (mistakes: Mistake[]) =>
  Object.fromEntries(
    mistakes.map(({ file, says }) => [file, says.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line)))]),
  );

test('an import against the structure is named in one line, with the remedy', async () => {
  expect(await complaints('Structure', structure)).toEqual(expected(structure));
});

test('a permission that is not in the catalogue does not compile, wherever it is asked', async () => {
  expect(await complaints('Types', types)).toEqual(expected(types));
});

test('a day that is cut from a moment is named, with the remedy', async () => {
  const check = 'Format and lint (npm run fix mends most of it)';
  expect(await complaints(check, days)).toEqual(expected(days));
});
