import { rmSync } from 'node:fs';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyWithoutPermissions } from '@/scripts/stack/build';
import { clinicActions } from '../support/action-cases';
import { connect } from '../support/database';
import { stack } from '../support/env';
import { callAction, cookieOf, hostOf, send } from '../support/http';
import { readClinicPages, readRoutes } from '../support/manifest';
import { openRoutes, routeCases, unlistedRoutes } from '../support/route-cases';
import { type SecondApp, startSecondApp } from '../support/second-app';
import { type Furnished, fingerprint, furnishClinic, marksOf } from '../support/two-clinics';

let sql: pg.Client;
let clinic: Furnished;
let owner: string;
let bare: string;
let withoutPermissions: SecondApp;
const marks = Object.entries(marksOf('sorrel'));
const seen = (text: string) => marks.map(([, mark]) => mark).filter((mark) => text.includes(mark));

/** The build as if every question for a permission had been forgotten in it. */
beforeAll(async () => {
  sql = await connect();
  clinic = await furnishClinic(sql, 'sorrel');
  owner = await cookieOf(clinic.owner);
  bare = await cookieOf(clinic.bare);
  withoutPermissions = await startSecondApp('open', { NEXT_DIST_DIR: copyWithoutPermissions('.next-test') });
});
afterAll(async () => {
  await withoutPermissions?.stop();
  rmSync('.next-test-open', { recursive: true, force: true });
  await sql.end();
});

const idOf: Record<string, keyof Furnished['ids']> = {
  '/patients/[id]': 'patient',
  '/patients/[id]/edit': 'patient',
  '/patients/import/[id]': 'checked',
  '/team/[id]': 'member',
  '/team/roles/[id]': 'role',
};
const pathOf = (page: string) => page.replace('[id]', clinic.ids[idOf[page] ?? 'patient']).replace('[feature]', 'custom_roles');
const open = (path: string, cookie: string, port: number = stack.PORT) => send(path, { host: hostOf('sorrel'), headers: { cookie }, port });

describe('K2 the database asks for every permission itself', () => {
  test('the pages show the owner what is there', async () => {
    for (const [page, mark] of marks) expect((await open(page, owner)).body, page).toContain(mark);
    // The checks are really gone: a page that a member without permissions is refused is begun.
    expect((await open('/patients/new', bare)).status).toBe(403);
    expect((await open('/patients/new', bare, withoutPermissions.port)).status).toBe(200);
  });

  test('no page shows a member without permissions anything, with the app’s own checks taken out', async () => {
    const pages = readClinicPages();
    expect(pages.length).toBeGreaterThan(25);
    for (const page of pages) {
      const { status, body } = await open(pathOf(page), bare, withoutPermissions.port);
      expect(seen(body), `${page} answered ${status}`).toEqual([]);
    }
  });

  test('no action does anything for them either', async () => {
    const before = await fingerprint(sql, clinic.id);
    for (const [name, { input, everybody }] of Object.entries(clinicActions)) {
      if (everybody) continue;
      const { body } = await callAction(name, input(clinic.ids), { host: hostOf('sorrel'), cookie: bare, port: withoutPermissions.port });
      expect(body, name).toMatch(/"status":"(ok|error)"/);
      expect(body, name).not.toContain('"invalid_input"');
      expect(seen(body), name).toEqual([]);
      expect(await fingerprint(sql, clinic.id), name).toEqual(before);
    }
  });

  test('no route answers them, with the app’s own checks taken out', async () => {
    for (const [path, { method, body }] of Object.entries(routeCases)) {
      const answer = await call(path, method, body, withoutPermissions.port);
      expect([path, answer.status], answer.body).toEqual([path, 403]);
    }
  });
});

const call = (path: string, method: 'GET' | 'POST' | 'PUT', body: object | undefined, port?: number) =>
  send(path, {
    host: hostOf('sorrel'),
    method,
    port,
    headers: { cookie: bare, origin: `http://${hostOf('sorrel')}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });

describe('a route without its permission', () => {
  test('is 403, not an empty list', async () => {
    for (const [path, { method, body }] of Object.entries(routeCases)) {
      const answer = await call(path, method, body);
      expect([path, answer.status, JSON.parse(answer.body).error.code]).toEqual([path, 403, 'forbidden']);
    }
  });

  test('or is named as open to every member', async () => {
    expect(unlistedRoutes(readRoutes())).toEqual([]);
    expect(unlistedRoutes([...readRoutes(), '/api/rooms'])).toEqual([
      'app/api/rooms/route.ts has no case: ask for its permission by authorizeClinic(…) and add it to routeCases in tests/support/route-cases.ts, or name it there as open',
    ]);
    for (const path of ['/api/tenant/current', '/api/tenant/usage/current']) {
      expect(openRoutes.members).toContain(path);
      expect([path, (await call(path, 'GET', undefined)).status]).toEqual([path, 200]);
    }
  });
});
