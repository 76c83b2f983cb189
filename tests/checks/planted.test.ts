import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '@/scripts/stack/config';
import { runProgram } from '@/scripts/test/runners';

/** A copy of the sources with mistakes in it, on which the checks run as they run here. */
const copy = path.join(root, '.local/test/planted');
const planted: Record<string, string> = {
  // A domain that helps itself at another one, and two on which every domain stands.
  'lib/rooms/queries.ts': `import { listPatients } from '@/lib/patients/queries';\nexport const rooms = listPatients;\n`,
  'lib/access/rooms.ts': `import { memberStatus } from '@/lib/team/schema';\nexport const rooms = memberStatus;\n`,
  'lib/legal/rooms.ts': `import { emailAddress } from '@/lib/access/schema';\nexport const rooms = emailAddress;\n`,
  'lib/usage/rooms.ts': `import { memberStatus } from '@/lib/team/schema';\nexport const rooms = memberStatus;\n`,
  // A file of no domain, one that pulls the infrastructure up, pages in lib, circles, Next below its adapters, and the key to everything.
  'lib/rooms.ts': `import { z } from 'zod';\nexport const room = z.string();\n`,
  'lib/infra/rooms.ts': `import { memberStatus } from '@/lib/team/schema';\nexport const rooms = memberStatus;\n`,
  'lib/rooms/pages.ts': `import { Submit } from '@/components/form/rooms';\nexport const page = Submit;\n`,
  'lib/rooms/left.ts': `import { right } from './right';\nexport const left = () => right;\n`,
  'lib/rooms/right.ts': `import { left } from './left';\nexport const right = () => left;\n`,
  'lib/rooms/commands.ts': `import { redirect } from 'next/navigation';\nexport const go = redirect;\n`,
  'lib/rooms/keys.ts': `import { serviceClient } from '@/lib/infra/supabase-service';\nexport const key = serviceClient;\n`,
  // A page past its loader, and components past their page.
  'app/rooms/page.tsx': `import { go } from '@/lib/rooms/commands';\nexport default go;\n`,
  'components/rooms/room-form.tsx': `import { rooms } from '@/lib/rooms/queries';\nexport const RoomForm = rooms;\n`,
  'components/rooms/room-page.tsx': `import Page from '@/app/rooms/page';\nexport const RoomPage = Page;\n`,
  // The ladder of the components, from below to above.
  'components/ui/room.tsx': `import { Submit } from '@/components/form/rooms';\nexport const Room = Submit;\n`,
  'components/form/rooms.tsx': `import { PatientTable } from '@/components/patients/patient-table';\nexport const Submit = PatientTable;\n`,
  'components/rooms/room-list.tsx': `import { AppFrame } from '@/components/shell/app-frame';\nexport const RoomList = AppFrame;\n`,
  'components/rooms/room-row.tsx': `import { PatientTable } from '@/components/patients/patient-table';\nexport const RoomRow = PatientTable;\n`,
  // A permission that does not exist.
  'lib/rooms/loaders.ts': `import { authorizeClinic, requirePermission } from '@/lib/access/gate';
export const loadRooms = () => requirePermission('patients.raed');
export const readRooms = () => authorizeClinic('rooms.read');
export const mayRead = async () => (await loadRooms()).facts.permissions.includes('patient.read');
`,
};

beforeAll(() => {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  const left = new Set(['node_modules', '.git', '.local']);
  for (const name of readdirSync(root))
    if (!left.has(name) && !name.startsWith('.next')) cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  for (const [file, text] of Object.entries(planted)) {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    writeFileSync(path.join(copy, file), text);
  }
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** The lines that a check of the copy prints about a file. */
async function complaints(check: string): Promise<(file: string) => string[]> {
  const { ok, output } = await runProgram(['--import', 'tsx', path.join(copy, 'scripts/check.ts'), check], { cwd: copy });
  expect(ok, output).toBe(false);
  const lines = output.split('\n');
  return (file) => lines.filter((line) => line.startsWith(file));
}

test('an import against the structure is named in one line, with the remedy', async () => {
  const about = await complaints('Structure');
  const few = 'A domain imports infra, access and itself; another one only when it is named in .dependency-cruiser.mjs.';
  expect(about('lib/rooms/queries.ts')).toEqual([`lib/rooms/queries.ts imports lib/patients/queries.ts: ${few}`]);
  expect(about('lib/access/rooms.ts')).toEqual([
    'lib/access/rooms.ts imports lib/team/schema.ts: lib/access imports infra and itself: every domain stands on it.',
  ]);
  expect(about('lib/rooms.ts')).toEqual([expect.stringMatching(/^lib\/rooms\.ts imports .*zod.*: A file belongs to a domain/)]);
  expect(about('lib/infra/rooms.ts')).toEqual([
    'lib/infra/rooms.ts imports lib/team/schema.ts: lib/infra and lib/time are below every domain: hand in what they need.',
  ]);
  expect(about('lib/rooms/pages.ts')).toEqual([
    'lib/rooms/pages.ts imports components/form/rooms.tsx: lib knows no pages: turn the import around.',
  ]);
  expect(about('lib/rooms/left.ts')).toEqual([
    'lib/rooms/left.ts imports lib/rooms/right.ts → lib/rooms/left.ts: Files import each other in a circle: move what both need into a third.',
  ]);
  expect(about('lib/rooms/commands.ts')).toEqual([
    expect.stringMatching(/^lib\/rooms\/commands\.ts imports .*next\/navigation.*: Commands and queries take a scope and know no Next/),
  ]);
  expect(about('lib/rooms/keys.ts')).toEqual([
    expect.stringContaining('lib/rooms/keys.ts imports lib/infra/supabase-service.ts: The client that bypasses row-level security'),
  ]);
  expect(about('app/rooms/page.tsx')).toEqual([
    'app/rooms/page.tsx imports lib/rooms/commands.ts: A page reads by a loader of its domain, which asks the gate.',
  ]);
  expect(about('components/rooms/room-form.tsx')).toEqual([
    'components/rooms/room-form.tsx imports lib/rooms/queries.ts: A component gets its data from its page, and writes by an action.',
  ]);
  expect(about('components/rooms/room-page.tsx')).toEqual([
    'components/rooms/room-page.tsx imports app/rooms/page.tsx: Components are below the routes.',
  ]);
  expect(about('lib/legal/rooms.ts')).toEqual([
    'lib/legal/rooms.ts imports lib/access/schema.ts: lib/legal imports infra and itself: every domain stands on it.',
  ]);
  expect(about('lib/usage/rooms.ts')).toEqual([
    'lib/usage/rooms.ts imports lib/team/schema.ts: lib/usage imports infra, access, itself and what .dependency-cruiser.mjs names.',
  ]);
  expect(about('components/ui/room.tsx')).toEqual([
    'components/ui/room.tsx imports components/form/rooms.tsx: components/ui imports itself and how days and numbers are written.',
  ]);
  expect(about('components/form/rooms.tsx')).toEqual([
    'components/form/rooms.tsx imports components/patients/patient-table.tsx: components/form imports ui and itself.',
  ]);
  const ladder =
    'A domain’s components import ui, form, access and their own; another domain’s only when .dependency-cruiser.mjs names it, the shell never.';
  expect(about('components/rooms/room-list.tsx')).toEqual([
    `components/rooms/room-list.tsx imports components/shell/app-frame.tsx: ${ladder}`,
  ]);
  expect(about('components/rooms/room-row.tsx')).toEqual([
    `components/rooms/room-row.tsx imports components/patients/patient-table.tsx: ${ladder}`,
  ]);
});

test('a permission that is not in the catalogue does not compile, wherever it is asked', async () => {
  const lines = (await complaints('Types'))('lib/rooms/loaders.ts');
  expect(lines).toEqual([
    expect.stringMatching(/^lib\/rooms\/loaders\.ts\(2,.*'"patients\.raed"'/),
    expect.stringMatching(/^lib\/rooms\/loaders\.ts\(3,.*'"rooms\.read"'/),
    expect.stringMatching(/^lib\/rooms\/loaders\.ts\(4,.*'"patient\.read"'/),
  ]);
});
