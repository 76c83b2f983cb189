import { describe, expect, test } from 'vitest';
import { listAddress } from '@/lib/patients/list-address';
import { readListAddress } from '@/lib/patients/list-parameters';
import { patientSchema } from '@/lib/patients/schema';
import { ageOn } from '@/lib/time/days';
import { formatDate } from '@/lib/time/format';

const minimal = { given_name: 'Ann', family_name: 'Lee', birth_date: '1980-05-12', sex: 'female' };

describe('patientSchema', () => {
  test('empty text becomes null, an absent box means no consent', () => {
    expect(patientSchema.parse({ ...minimal, email: ' ', mobile_phone: '', country: 'us', consent_sms: 'on' })).toMatchObject({
      email: null,
      mobile_phone: null,
      country: 'US',
      consent_sms: true,
      consent_email: false,
      remarks: null,
    });
  });
  test.each([
    ['given_name', ''],
    ['family_name', 'x'.repeat(101)],
    ['birth_date', '12/05/1980'],
    ['birth_date', '1980-02-30'],
    ['birth_date', '1849-12-31'],
    ['birth_date', '2999-01-01'],
    ['sex', 'yes'],
    ['mobile_phone', 'call me'],
    ['mobile_phone', '12'],
    ['email', 'nobody'],
    ['country', 'USA'],
    ['remarks', 'x'.repeat(4001)],
    ['external_id', 'x'.repeat(101)],
  ])('%s refuses "%s"', (field, value) => {
    const result = patientSchema.safeParse({ ...minimal, [field]: value });
    expect(new Set(result.error?.issues.map(({ path }) => path[0]))).toEqual(new Set([field]));
  });
});

describe('the list’s address', () => {
  const id = '3edac2e3-d223-4fae-9515-daf96ef6bc76';
  test('is read back as it was written', () => {
    const query = { search: '', archived: true, sort: 'birth_date', descending: true, after: id, before: null } as const;
    expect(readListAddress(Object.fromEntries(new URL(listAddress(query), 'http://x').searchParams))).toEqual(query);
    expect(listAddress({})).toBe('/patients');
  });
  test('falls back to the first page when it makes no sense', () => {
    expect(readListAddress({ sort: 'remarks', order: 'up', after: "1' or 1=1", show: ['a', 'b'] })).toMatchObject({
      sort: 'name',
      descending: false,
      after: null,
      archived: false,
    });
  });
  test('never carries the search', () => expect(listAddress({ search: 'Jane Roe', sort: 'name' })).toBe('/patients'));
});

test('dates are written and counted without a clock', () => {
  expect([formatDate('1984-02-29'), formatDate('infinity')]).toEqual(['Feb 29, 1984', '–']);
  expect([ageOn('1984-02-29', '2026-02-28'), ageOn('1984-02-29', '2026-03-01'), ageOn('2026-03-01', '2026-03-01')]).toEqual([41, 42, 0]);
});
