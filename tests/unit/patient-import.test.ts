import { readFileSync } from 'node:fs';
import Papa from 'papaparse';
import { describe, expect, test } from 'vitest';
import { countries } from '@/lib/fields/countries';
import { neutralise, restore } from '@/lib/infra/csv';
import { detectDateOrder, type ImportField, recogniseColumns } from '@/lib/patients/import-fields';
import { readImportRow } from '@/lib/patients/import-row';

const synthea = Papa.parse<string[]>(readFileSync('tests/data/synthea/patients.csv', 'utf8').trim()).data;

test('the columns of a file from another system are recognised, and its social security number is not', () => {
  const headings = synthea[0] ?? [];
  const found = Object.fromEntries(recogniseColumns(headings).map((field, index) => [headings[index], field]));
  expect(Object.entries(found).filter(([, field]) => field)).toEqual([
    ['Id', 'external_id'],
    ['BIRTHDATE', 'birth_date'],
    ['FIRST', 'given_name'],
    ['LAST', 'family_name'],
    ['GENDER', 'sex'],
    ['ADDRESS', 'address_line1'],
    ['CITY', 'city'],
    ['STATE', 'region'],
    ['ZIP', 'postal_code'],
  ]);
  expect(found).toMatchObject({ SSN: null, DRIVERS: null, PASSPORT: null });
});

test('every row of that file is a patient', () => {
  const mapping = recogniseColumns(synthea[0] ?? []);
  const fields = mapping.filter((field) => field !== null);
  const rows = synthea.slice(1).map((row) =>
    readImportRow(
      fields,
      'ymd',
      row.filter((_, index) => mapping[index] !== null),
    ),
  );
  expect(rows.filter((row) => 'problem' in row)).toEqual([]);
  expect(rows[0]).toEqual({
    patient: {
      external_id: '3edac2e3-d223-6fae-d515-daf96ef6bc76',
      birth_date: '2014-10-06',
      given_name: 'Maynard46',
      family_name: 'Mosciski958',
      sex: 'male',
      address_line1: '784 Stamm Lock Unit 46',
      city: 'Somerville',
      region: 'Massachusetts',
      postal_code: '02155',
    },
  });
});

test('a field is taken by one column only', () => {
  expect(recogniseColumns(['Phone', 'Mobile', 'Surname', 'Last name'])).toEqual(['mobile_phone', null, 'family_name', null]);
});

test.each([
  [['1980-01-02'], 'ymd'],
  [['1/2/1980', '12/31/1980'], 'mdy'],
  [['1/2/1980', '31/12/1980'], 'dmy'],
  [['1.2.1980'], 'dmy'],
  [['', 'unknown'], 'ymd'],
])('dates %j are written %s', (values, order) => expect(detectDateOrder(values)).toBe(order));

describe('a row', () => {
  const fields: ImportField[] = ['given_name', 'family_name', 'birth_date', 'sex', 'country', 'consent_sms'];
  const read = (...cells: string[]) => readImportRow(fields, 'mdy', cells);

  test('is read as it was meant', () => {
    expect(read(' Ana ', 'García', '1/2/1980', 'F', 'United States', 'Yes')).toEqual({
      patient: { given_name: 'Ana', family_name: 'García', birth_date: '1980-01-02', sex: 'female', country: 'US', consent_sms: true },
    });
    expect(read('Ana', 'García', '1980-02-01 00:00', '', 'fr', '')).toMatchObject({
      patient: { birth_date: '1980-02-01', sex: 'unknown', country: 'FR', consent_sms: false },
    });
  });
  test('names a country by its code or its English name', () => {
    const names = new Intl.DisplayNames('en', { type: 'region' });
    const written = (country: string) => read('Ana', 'García', '1/2/1980', 'F', country, '');
    for (const code of countries) expect(written(names.of(code) ?? ''), code).toMatchObject({ patient: { country: code } });
    for (const [text, code] of [
      ['USA', 'US'],
      ['uk', 'GB'],
      ['France', 'FR'],
    ] as const)
      expect(written(text)).toMatchObject({ patient: { country: code } });
  });
  test.each([
    [['', 'García', '1/2/1980', 'F', '', ''], 'First name: Enter the first name.'],
    [['Ana', 'García', '2/30/1980', 'F', '', ''], 'Birth date: Enter the birth date.'],
    [['Ana', 'García', '1/2/2980', 'F', '', ''], 'Birth date: The birth date lies in the future.'],
    [['Ana', 'García', '1/2/1980', 'maybe', '', ''], 'Sex: Choose one of the list.'],
    [['Ana', 'García', '1/2/1980', 'F', 'Atlantis', ''], 'Country: Use the two-letter code of the country, such as US.'],
    [['Ana', 'García', '1/2/1980', 'F', '', 'perhaps'], 'Agrees to text messages: Write yes or no.'],
    [['', '', '1/2/1980', 'F', '', ''], 'First name: Enter the first name. Last name: Enter the last name.'],
    [['Ana'], 'Last name: Enter the last name. Birth date: Enter the birth date.'],
  ])('%j is refused with the field and the rule', (cells, problem) => expect(read(...cells)).toEqual({ problem }));
});

test.each(['=1+1', '+1 617 555 0100', '-2', '@SUM(A1)', '\tx', '\rx', '\nx', '＝1+1', '＋1', '－1', '＠x', "'=1", "''=1"])(
  'X2 %j is neutral in a spreadsheet and the same again when it comes back',
  (cell) => {
    expect(neutralise(cell)).toBe(`'${cell}`);
    expect(restore(neutralise(cell))).toBe(cell);
  },
);
test.each(['Ana', "O'Hara", "'quoted'", '', '1=1'])('%j stays as it is', (cell) => {
  expect(neutralise(cell)).toBe(cell);
  expect(restore(cell)).toBe(cell);
});
