import { describe, expect, test } from 'vitest';
import { countries } from '@/lib/fields/countries';
import { patientSchema } from '@/lib/patients/schema';
import { profileSchema } from '@/lib/settings/schema';

const patient = { given_name: 'Ann', family_name: 'Alder', birth_date: '1980-01-01', sex: 'unknown' };
const profile = {
  ...{ name: 'Alder', contact_email: '', contact_phone: '', website: '', time_zone: 'UTC', currency: 'eur', locale: 'de' },
  ...{ address_line1: '', address_line2: '', city: '', region: '', postal_code: '', country: '' },
};

/** What a patient's form and a clinic's profile say about a field, by the name that each has for it. */
const both = (names: [string, string], value: string) => [
  patientSchema.safeParse({ ...patient, [names[0]]: value }).error?.issues.map(({ path, message }) => [path[0], message]),
  profileSchema.safeParse({ ...profile, [names[1]]: value }).error?.issues.map(({ path, message }) => [path[0], message]),
];

describe('a patient’s form and a clinic’s profile have one rule', () => {
  const phones: [string, string] = ['mobile_phone', 'contact_phone'];
  const emails: [string, string] = ['email', 'contact_email'];
  const country: [string, string] = ['country', 'country'];
  const wrongPhone = 'Enter a phone number such as +1 617 555 0123.';
  const wrongCountry = 'Use the two-letter code of the country, such as US.';
  test.each([
    [phones, 'call 12345 now', wrongPhone],
    [phones, '1234', wrongPhone],
    [phones, '１２３４５６', wrongPhone],
    [phones, '1'.repeat(41), 'Use at most 40 characters.'],
    [emails, 'nobody', 'Enter an e-mail address such as name@example.com.'],
    [country, 'ZZ', wrongCountry],
    [country, 'EU', wrongCountry],
    [country, 'SU', wrongCountry],
    [country, 'USA', wrongCountry],
    [['city', 'city'] as [string, string], 'a\0b', 'Remove the character that cannot be shown.'],
    [['city', 'city'] as [string, string], 'x'.repeat(101), 'Use at most 100 characters.'],
  ])('%j refuses %j', (names, value, message) => {
    expect(both(names, value)).toEqual(names.map((name) => [[name, message]]));
  });

  test.each([
    [phones, '+49 (0)30 123-456 ext. 12'],
    [phones, ''],
    [emails, ' Ann@Example.com '],
    [country, 'de'],
    [country, 'XK'],
    [country, ''],
  ])('%j takes %j', (names, value) => {
    expect(both(names, value)).toEqual([undefined, undefined]);
  });
});

test('the countries are those of ISO 3166-1, and Kosovo', () => {
  expect(countries.size).toBe(250);
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  expect([...countries].filter((code) => !/^[A-Z]{2}$/.test(code) || names.of(code) === undefined)).toEqual([]);
});
