import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { wordsOf } from '@/lib/audit/labels';
import { catalogues } from '@/lib/words/catalogues';
import { wordlessAttempts } from '../support/attempts';

const sources = ['lib', 'app']
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`))
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }));

test('every act that can be refused has words in the log', () => {
  expect(sources.length).toBeGreaterThan(100);
  expect(wordlessAttempts(sources)).toEqual([]);
});

test('an act without words is named with its file and the remedy', () => {
  const planted = [
    { file: 'lib/rooms/actions.ts', text: "export const addRoom = clinicAction(\n  'add-room', 'rooms.manage', schema, work);" },
    { file: 'app/api/rooms/route.ts', text: "export const GET = defineRoute({\n  hosts: ['clinic'],\n  name: 'list-rooms',\n});" },
    { file: 'lib/rooms/loaders.ts', text: "missingRecord('rooms.opened', id)" },
    { file: 'lib/patients/actions.ts', text: "clinicAction('add-patient', 'patients.create', schema, work)" },
  ];
  const remedy = 'has no words in the log: add them in its domain’s words/en.json';
  expect(wordlessAttempts(planted)).toEqual([
    `lib/rooms/actions.ts: 'add-room' ${remedy}`,
    `app/api/rooms/route.ts: 'list-rooms' ${remedy}`,
    `lib/rooms/loaders.ts: 'rooms.opened' ${remedy}`,
  ]);
});

test('what the log says of an act of an earlier version is still readable', () => {
  expect([wordsOf('knock-down-wall'), wordsOf('patients.insert')]).toEqual([undefined, 'Added a patient']);
});

test('no two domains have words for the same', () => {
  const keys = Object.values(catalogues).flatMap((catalogue) =>
    Object.entries(catalogue).flatMap(([section, words]) => Object.keys(words).map((key) => `${section} ${key}`)),
  );
  expect(keys.length).toBeGreaterThan(150);
  expect(keys.filter((key, index) => keys.indexOf(key) < index)).toEqual([]);
});
