import { describe, expect, test } from 'vitest';
import { isCommonPassword } from '@/lib/access/common-passwords';
import { passwordProblem, passwordStrength } from '@/lib/access/password';
import { signUpSchema } from '@/lib/tenants/schema';
import { proposeSubdomain } from '@/lib/tenants/subdomain';

test.each([
  ['Acme Clinic', 'acme-clinic'],
  ['  Dr. O’Hara & Söhne  ', 'dr-ohara-sohne'],
  ['Straßen-Praxis', 'strassen-praxis'],
  ['Клиника', ''],
  ['AB', ''],
  ['---', ''],
  ['xn--evil', 'xn-evil'],
  ['Zoë’s Kids Clinic of the Very Long Boulevard of Saint Petersburg', 'zoes-kids-clinic-of-the-very-long-boulev'],
])('the proposal for "%s" is "%s"', (name, proposal) => expect(proposeSubdomain(name)).toBe(proposal));

describe('passwords', () => {
  test.each([
    ['short', 'Use at least 12 characters.'],
    ['é'.repeat(37), 'Use at most 72 bytes.'],
    ['é'.repeat(36), undefined],
    ['twelve chars', undefined],
  ])('the length of %s', (password, problem) => expect(passwordProblem(password)).toBe(problem));

  test.each(['123456789qwe', 'Password1234', 'password!!!!', 'aaaaaaaaaaaaaa', 'qwerty123456', 'leavemealone'])(
    '%s is common',
    (password) => expect(isCommonPassword(password)).toBe(true),
  );
  test.each(['morning ferry to the island', 'k9$TqZw!pL2@', 'seven quiet lighthouses'])('%s is not', (password) =>
    expect(isCommonPassword(password)).toBe(false),
  );

  test('strength grows with what is new in a password', () => {
    expect(['short', 'abababababab', '123456789012', 'morning ferry', 'morning ferry to the island'].map(passwordStrength)).toEqual([
      0, 1, 1, 2, 4,
    ]);
  });
});

test('a sign-up is trimmed and lower-cased where that is safe', () => {
  const input = {
    companyName: '  Acme  ',
    subdomain: ' ACME ',
    adminName: ' Ann ',
    adminEmail: ' Ann@Example.COM ',
    adminPassword: 'morning ferry to the island',
    acceptedTerms: 'on',
    timeZone: 'Mars/Olympus',
  };
  expect(signUpSchema.parse(input)).toEqual({
    companyName: 'Acme',
    subdomain: 'acme',
    adminName: 'Ann',
    adminEmail: 'ann@example.com',
    adminPassword: 'morning ferry to the island',
    acceptedTerms: true,
    timeZone: 'UTC',
  });
});
