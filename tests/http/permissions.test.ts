import { rmSync } from 'node:fs';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyWithoutPermissions } from '@/scripts/stack/build';
import { connect } from '../support/database';
import { clinicActions, openRoutes, pageCases, routeCases, unlistedRoutes } from '../support/doors';
import { stack } from '../support/env';
import { callAction, cookieOf, hostOf, send } from '../support/http';
import { readClinicPages, readRoutes } from '../support/manifest';
import { type SecondApp, startSecondApp } from '../support/second-app';
import { type Furnished, fingerprint, furnishClinic } from '../support/two-clinics';

let sql: pg.Client;
let clinic: Furnished;
let owner: string;
let bare: string;
let withoutPermissions: SecondApp;
const marks = Object.entries(pageCases).flatMap(([page, { mark }]) => (mark ? [[page, mark('sorrel')] as const] : []));
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

function pathOf(page: string): string {
  const path = pageCases[page]?.address?.(clinic.ids) ?? page;
  if (path.includes('[')) throw new Error(`${page}: say in its domain's file in tests/doors at which address it is opened`);
  return path;
}
const open = (path: string, cookie: string, port: number = stack.PORT) => send(path, { host: hostOf('sorrel'), headers: { cookie }, port });

describe('K2 the database asks for every permission itself', () => {
  test('the pages show the owner what is there', async () => {
    for (const [page, mark] of marks) expect((await open(page, owner)).body, page).toContain(mark);
    const empty: string[] = [];
    for (const page of readClinicPages()) if (seen((await open(pathOf(page), owner)).body).length === 0) empty.push(page);
    const unmarked = Object.keys(pageCases).filter((page) => pageCases[page]?.unmarked);
    expect(empty.sort(), 'a page with something of the clinic on it has a mark in tests/doors').toEqual(unmarked.sort());
    // The checks are really gone: a page that a member without permissions is refused is begun.
    expect((await open('/patients/new', bare)).status).toBe(403);
    expect((await open('/patients/new', bare, withoutPermissions.port)).status).toBe(200);
  });

  test('no page shows a member without permissions anything, with the app’s own checks taken out', async () => {
    const pages = readClinicPages();
    expect(pages.length).toBeGreaterThan(25);
    const broken: string[] = [];
    for (const page of pages) {
      const { status, body } = await open(pathOf(page), bare, withoutPermissions.port);
      expect(seen(body), `${page} answered ${status}`).toEqual([]);
      if (status >= 500) broken.push(page);
    }
    expect(broken.sort()).toEqual(
      Object.keys(pageCases)
        .filter((page) => pageCases[page]?.broken)
        .sort(),
    );
  });

  test('no action does anything for them either', async () => {
    const before = await fingerprint(sql, clinic.id);
    const answers: Record<string, string> = {};
    for (const [name, { input, everybody }] of Object.entries(clinicActions)) {
      if (everybody) continue;
      const { body } = await callAction(name, input(clinic.ids), { host: hostOf('sorrel'), cookie: bare, port: withoutPermissions.port });
      answers[name] = /"status":"error","code":"(\w+)"/.exec(body)?.[1] ?? /"status":"ok","data":(.*)\}\n/.exec(body)?.[1] ?? body;
      expect(seen(body), name).toEqual([]);
      expect(await fingerprint(sql, clinic.id), name).toEqual(before);
    }
    expect(Object.fromEntries(Object.entries(answers).filter(([, code]) => code !== 'forbidden'))).toEqual(
      Object.fromEntries(Object.entries(clinicActions).flatMap(([name, { otherwise }]) => (otherwise ? [[name, otherwise.code]] : []))),
    );
  });

  test('no route answers them, with the app’s own checks taken out', async () => {
    for (const [route, { body }] of Object.entries(routeCases)) {
      const answer = await call(route, body, withoutPermissions.port);
      expect([route, answer.status], answer.body).toEqual([route, 403]);
    }
  });
});

function call(route: string, body: object | undefined, port?: number) {
  const [method, path = ''] = route.split(' ');
  return send(path, {
    host: hostOf('sorrel'),
    method,
    port,
    headers: { cookie: bare, origin: `http://${hostOf('sorrel')}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
}

describe('a route without its permission', () => {
  test('is 403, not an empty list', async () => {
    for (const [route, { body }] of Object.entries(routeCases)) {
      const answer = await call(route, body);
      expect([route, answer.status, JSON.parse(answer.body).error.code]).toEqual([route, 403, 'forbidden']);
    }
  });

  test('or is named as open to every member', async () => {
    expect(unlistedRoutes(readRoutes())).toEqual([]);
    expect(unlistedRoutes([...readRoutes(), { name: 'GET /api/rooms', file: 'app/api/rooms/route.ts' }])).toEqual([
      "app/api/rooms/route.ts: GET /api/rooms has no case: make it by clinicRoute(…) with its permission and add it to the routes of its domain's file in tests/doors, or name it there as open",
    ]);
    for (const route of ['GET /api/tenant/current', 'GET /api/tenant/usage/current']) {
      expect(openRoutes.members).toContain(route);
      expect([route, (await call(route, undefined)).status]).toEqual([route, 200]);
    }
  });
});
