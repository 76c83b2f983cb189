import { describe, expect, test } from 'vitest';
import { formValues } from '@/components/form/form-values';
import { groupPermissions } from '@/lib/access/permissions';
import { invitees, roleSchema } from '@/lib/team/schema';

describe('a pasted list of people', () => {
  test.each([
    ['one@a.test', ['one@a.test']],
    [' One@A.test, two@a.test;three@a.test\nfour@a.test\tone@a.test ', ['one@a.test', 'two@a.test', 'three@a.test', 'four@a.test']],
    ['Doe, Jane <jane@a.test>; "Bob" <bob@a.test>\ncarl@a.test', ['jane@a.test', 'bob@a.test', 'carl@a.test']],
  ])('%j holds its addresses once each', (text, emails) => expect(invitees.parse(text)).toEqual(emails));

  test.each([
    ['', 'Enter at least one e-mail address.'],
    ['nobody, one@a.test', '“nobody” is not an e-mail address.'],
    ['Jane <jane@a.test>, bob.a.test', '“bob.a.test” is not an e-mail address.'],
    ['Jane <jane>', '“jane” is not an e-mail address.'],
    ['x y one@a.test', '“x”, “y” are not e-mail addresses.'],
    ['a b c d e', '“a”, “b”, “c” and 2 more are not e-mail addresses.'],
    [Array.from({ length: 101 }, (_, n) => `p${n}@a.test`).join(' '), 'Invite at most 100 people at once; these are 101.'],
  ])('%j is refused', (text, message) => expect(invitees.safeParse(text).error?.issues[0]?.message).toBe(message));

  test('a hundred are within the limit', () => {
    expect(invitees.parse(Array.from({ length: 100 }, (_, n) => `p${n}@a.test`).join('\n'))).toHaveLength(100);
  });
});

test('a form holds the last value of a name, and all values of a list', () => {
  const form = new FormData();
  for (const [name, value] of Object.entries({ name: ' Desk ', loaded: 'calls.read team.read' })) form.append(name, value);
  for (const value of ['patients.read', 'calls.read']) form.append('permissions[]', value);
  form.append('name', 'Front desk');
  expect(formValues(form)).toEqual({ name: 'Front desk', loaded: 'calls.read team.read', permissions: ['patients.read', 'calls.read'] });
  expect(roleSchema.parse(formValues(form))).toEqual({
    name: 'Front desk',
    description: '',
    permissions: ['patients.read', 'calls.read'],
    loaded: ['calls.read', 'team.read'],
  });
});

test('the catalogue is shown in parts, in its own order', () => {
  const catalogue = ['team.read', 'patients.read', 'team.invite'].map((key) => ({ key, description: key }));
  expect(groupPermissions(catalogue).map(({ title, permissions }) => [title, permissions.map(({ key }) => key)])).toEqual([
    ['People', ['team.read', 'team.invite']],
    ['Patients', ['patients.read']],
  ]);
});
