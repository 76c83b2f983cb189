import { describe, expect, test } from 'vitest';
import { classifyHost, isSubdomain, routeRequest, subdomainOrigin } from '@/lib/infra/hosts';
import { strangeHosts } from '../support/strange-hosts';

const local = 'http://localhost:3000';
const live = 'https://yourcrm.com';

describe('classifyHost', () => {
  test.each([
    ['localhost:3000', local, { kind: 'root' }],
    ['LOCALHOST:3000', local, { kind: 'root' }],
    ['signup.localhost:3000', local, { kind: 'signup' }],
    ['admin.localhost:3000', local, { kind: 'admin' }],
    ['acme.localhost:3000', local, { kind: 'clinic', slug: 'acme' }],
    ['ACME.localhost:3000', local, { kind: 'clinic', slug: 'acme' }],
    ['acme.localhost', local, { kind: 'unknown' }],
    ['acme.localhost:3001', local, { kind: 'unknown' }],
    ['a.b.localhost:3000', local, { kind: 'unknown' }],
    ['acme.localhost.:3000', local, { kind: 'unknown' }],
    ['yourcrm.com', live, { kind: 'root' }],
    ['yourcrm.com:443', live, { kind: 'root' }],
    ['yourcrm.com:80', live, { kind: 'unknown' }],
    ['acme.yourcrm.com', live, { kind: 'clinic', slug: 'acme' }],
    ['acme.yourcrm.com.evil.com', live, { kind: 'custom', name: 'acme.yourcrm.com.evil.com' }],
    ['crm.acmehealth.com', live, { kind: 'custom', name: 'crm.acmehealth.com' }],
    ['evilyourcrm.com', live, { kind: 'custom', name: 'evilyourcrm.com' }],
    ['10.0.0.1', live, { kind: 'unknown' }],
    ['[::1]', live, { kind: 'unknown' }],
    ['', live, { kind: 'unknown' }],
    [null, live, { kind: 'unknown' }],
  ])('%s at %s', (header, appUrl, host) => expect(classifyHost(header, appUrl)).toEqual(host));

  test('no strange host is taken for a clinic of the world', () => {
    for (const header of strangeHosts('3000')) {
      const host = classifyHost(header, local);
      expect(host.kind === 'clinic' ? host.slug : '', header).not.toMatch(/^(alder|birch)$/);
      expect(host.kind, header).not.toBe('root');
    }
  });
});

test.each([
  ['abc', true],
  ['a-b', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  ['ab', false],
  ['-abc', false],
  ['abc-', false],
  ['xn--abc', false],
  ['a_c', false],
  ['Abc', false],
  ['äbc', false],
])('isSubdomain(%s) is %s', (text, yes) => expect(isSubdomain(text)).toBe(yes));

describe('routeRequest', () => {
  const clinic = { kind: 'clinic', slug: 'acme' } as const;
  test.each([
    [{ kind: 'root' }, '/', { to: 'pass' }],
    [{ kind: 'root' }, '/terms', { to: 'pass' }],
    [{ kind: 'root' }, '/clinic/acme', { to: 'not_found' }],
    [{ kind: 'root' }, '/signup', { to: 'not_found' }],
    [{ kind: 'root' }, '/admin/x', { to: 'not_found' }],
    [{ kind: 'signup' }, '/', { to: 'rewrite', pathname: '/signup' }],
    [{ kind: 'signup' }, '/api/provision-tenant', { to: 'pass' }],
    [clinic, '/', { to: 'rewrite', pathname: '/clinic/acme' }],
    [clinic, '/patients', { to: 'rewrite', pathname: '/clinic/acme/patients' }],
    [clinic, '/clinic/other', { to: 'not_found' }],
    [{ kind: 'admin' }, '/', { to: 'rewrite', pathname: '/admin' }],
    [{ kind: 'admin' }, '/clinics', { to: 'rewrite', pathname: '/admin/clinics' }],
    [{ kind: 'admin' }, '/admin', { to: 'not_found' }],
    [{ kind: 'unknown' }, '/', { to: 'not_found' }],
    [{ kind: 'unknown' }, '/api/health', { to: 'pass' }],
    [{ kind: 'unknown' }, '/api/provision-tenant', { to: 'not_found' }],
  ] as const)('%j %s', (host, pathname, route) => expect(routeRequest(host, pathname)).toEqual(route));

  test('a custom domain is a clinic only when the database knows it', () => {
    const host = { kind: 'custom', name: 'crm.acmehealth.com' } as const;
    expect(routeRequest(host, '/patients', 'acme')).toEqual({ to: 'rewrite', pathname: '/clinic/acme/patients' });
    expect(routeRequest(host, '/patients', null)).toEqual({ to: 'not_found' });
  });
});

test('subdomainOrigin keeps scheme and port', () => {
  expect(subdomainOrigin('acme', local)).toBe('http://acme.localhost:3000');
  expect(subdomainOrigin('acme', live)).toBe('https://acme.yourcrm.com');
});
