import { describe, expect, test } from 'vitest';
import { stack } from '../support/env';
import { hostOf, send, sendRaw } from '../support/http';
import { strangeHosts } from '../support/strange-hosts';

const port = String(stack.PORT);

describe('H1 hosts', () => {
  test('the addresses of the app answer', async () => {
    expect((await send('/', { host: hostOf('') })).status).toBe(200);
    expect((await send('/', { host: hostOf('signup') })).status).toBe(200);
    expect((await send('/login', { host: hostOf('alder') })).body).toContain('Alder Clinic');
    expect((await send('/login', { host: `crm.alder-health.test:${port}` })).body).toContain('Alder Clinic');
    expect((await send('/', { host: hostOf('alder') })).headers.location).toBe('/login');
    expect((await send('/', { host: hostOf('admin') })).headers.location).toBe('/login');
    expect((await send('/login', { host: hostOf('admin') })).body).toContain('YourCRM Platform');
  });

  test('a browser that asks for an icon by itself gets one everywhere', async () => {
    for (const host of ['', 'signup', 'admin', 'alder', 'nowhere']) {
      const answer = await send('/favicon.ico', { host: hostOf(host) });
      expect([answer.status, answer.headers['content-type']], host).toEqual([200, 'image/x-icon']);
    }
  });

  test('over 200 strange hosts get the page for unknown addresses and no link off the app', async () => {
    const hosts = strangeHosts(port);
    expect(hosts.length).toBeGreaterThanOrEqual(200);
    for (const host of hosts) {
      const answer = await send('/login', { host });
      expect([400, 404], host).toContain(answer.status);
      expect(answer.body, host).not.toMatch(/Alder|Birch/);
      for (const [, origin] of answer.body.matchAll(/(?:href|src|action)="(https?:\/\/[^/"]+)/g)) expect(origin, host).toBe(stack.APP_URL);
    }
  });

  test('forwarded headers do not choose the host', async () => {
    for (const name of ['x-forwarded-host', 'forwarded', 'x-host', 'x-original-host', 'x-rewrite-url', 'x-original-url']) {
      const answer = await send('/login', {
        host: hostOf('nowhere'),
        headers: { [name]: name === 'forwarded' ? `host=${hostOf('alder')}` : hostOf('alder') },
      });
      expect(answer.status, name).toBe(404);
      expect(answer.body, name).not.toContain('Alder');
    }
  });

  test('two Host headers and an absolute request target do not reach a second clinic', async () => {
    const twice = await sendRaw([`GET /login HTTP/1.1`, `Host: ${hostOf('nowhere')}`, `Host: ${hostOf('alder')}`]);
    expect([400, 404]).toContain(twice.status);
    const absolute = await sendRaw([`GET http://${hostOf('alder')}/login HTTP/1.1`, `Host: ${hostOf('nowhere')}`]);
    expect(absolute.body).not.toContain('Alder Clinic');
    expect((await sendRaw(['GET /login HTTP/1.1', 'Host:'])).body).not.toContain('Alder Clinic');
  });

  test('internal segments are not addresses', async () => {
    for (const host of ['', 'signup', 'alder', 'admin']) {
      for (const path of [
        '/clinic/alder',
        '/clinic/alder/login',
        '/clinic/alder/patients',
        '/signup',
        '/admin',
        '/%63linic/alder/login',
        '/clinic%2falder/login',
      ]) {
        const answer = await send(path, { host: hostOf(host) });
        expect(answer.status, `${host} ${path}`).toBe(404);
        expect(answer.body, `${host} ${path}`).not.toContain('Alder Clinic');
      }
    }
  });

  test('a closed clinic says so, and a clinic under a hold still shows its sign-in', async () => {
    expect((await send('/login', { host: hostOf('dogwood') })).headers.location).toBe('/closed');
    expect((await send('/closed', { host: hostOf('dogwood') })).body).toContain('has closed its account');
    expect((await send('/login', { host: hostOf('cedar') })).body).toContain('Cedar Clinic');
  });

  test('health answers on any host', async () => {
    for (const host of [hostOf(''), hostOf('alder'), 'whatever.example']) {
      const answer = await send('/api/health', { host });
      expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { status: 'ok' }]);
    }
  });

  test('every page carries the security headers', async () => {
    for (const [host, path] of [
      ['', '/'],
      ['signup', '/'],
      ['alder', '/login'],
      ['nowhere', '/'],
    ] as const) {
      const { headers } = await send(path, { host: hostOf(host) });
      expect(headers['content-security-policy'], path).toMatch(/script-src 'self' 'nonce-[^']+' 'strict-dynamic';.*frame-ancestors 'none'/);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'strict-origin-when-cross-origin',
      });
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });
});
