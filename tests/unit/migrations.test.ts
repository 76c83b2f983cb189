import { expect, test } from 'vitest';
import { missingMigrations } from '@/scripts/stack/migrate';

const file = (version: string, text: string) => ({ version, file: `${version}_rooms.sql`, text });
const applied = (version: string, text: string) => ({ version, name: 'rooms', text });
const one = file('001', '-- Rooms.\ncreate table rooms ();\n\ncreate index on rooms (id);\n');
const two = file('002', 'alter table rooms add color text;');
const remedy = 'npm run reset begins afresh.';

test('what is not applied yet is missing, and what stands between statements is no difference', () => {
  expect(missingMigrations([one, two], [], remedy)).toEqual([one, two]);
  expect(missingMigrations([one, two], [applied('001', '-- Rooms.\ncreate table rooms ()create index on rooms (id)')], remedy)).toEqual([
    two,
  ]);
});

test('a migration that was edited after it was applied is named, with the remedy', () => {
  const edited = applied('001', 'create table rooms (id uuid)create index on rooms (id)');
  expect(() => missingMigrations([one, two], [edited], remedy)).toThrow(
    'supabase/migrations/001_rooms.sql was edited after it was applied to this database. npm run reset begins afresh.',
  );
});

test('a database of another base is named, with the remedy', () => {
  expect(() => missingMigrations([two], [applied('001', one.text)], remedy)).toThrow(
    'This database has the migration 001_rooms, which this checkout does not have: it is of another base. npm run reset begins afresh.',
  );
  expect(() => missingMigrations([one, two], [applied('002', two.text)], remedy)).toThrow(
    'supabase/migrations/001_rooms.sql was added before 002, which is applied to this database. npm run reset begins afresh.',
  );
});
