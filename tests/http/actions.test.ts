import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionsWithId, routesWithId } from '../support/action-schemas';
import { connect } from '../support/database';
import { clinicActions, type Ids, platformActions, routeCases, unlistedActions } from '../support/doors';
import { callAction, cookieOf, hostOf, send } from '../support/http';
import { readActions, readRoutes } from '../support/manifest';
import { type Furnished, fingerprint, furnishClinic } from '../support/two-clinics';

const nobody = '00000000-0000-4000-8000-000000000000';
let sql: pg.Client;
let victim: Furnished;
let attacker: Furnished;
let cookie: string;
beforeAll(async () => {
  sql = await connect();
  victim = await furnishClinic(sql, 'rosewood');
  attacker = await furnishClinic(sql, 'teak');
  cookie = await cookieOf(attacker.owner);
});
afterAll(() => sql.end());

const nowhere: Ids = () => nobody;
const takesId = Object.entries(clinicActions).filter(([, { foreign }]) => foreign === 'an id');
/** The ids that an input names. */
function idsOf(input: (ids: Ids) => unknown): string[] {
  const named = new Set<string>();
  input((what) => {
    named.add(what);
    return nobody;
  });
  return [...named];
}
/** What an action answered: the line of the result, without the page that may follow it. */
const resultOf = (body: string) => /"status":"(ok|error)"[^\n]*/.exec(body)?.[0] ?? body.slice(0, 300);

describe('the list of cases', () => {
  test('has every action of the build', () => {
    expect(readActions().length).toBeGreaterThanOrEqual(75);
    expect(unlistedActions(readActions())).toEqual([]);
  });

  test('names an action without a case, with its file and the remedy', () => {
    const planted = { name: 'addRoom', file: 'lib/rooms/actions.ts' };
    expect(unlistedActions([...readActions(), planted])).toEqual([
      "lib/rooms/actions.ts: addRoom has no case: add one, with an id of another clinic, to its domain's file in tests/doors",
    ]);
    const twin = { name: 'addPatient', file: 'lib/rooms/actions.ts' };
    expect(unlistedActions([...readActions(), twin])).toEqual([
      'lib/rooms/actions.ts: there is another action called addPatient: give it a name of its own',
    ]);
    const [first, ...others] = readActions();
    expect(unlistedActions(others)).toEqual([`${first?.name} is no action any more: take it out of tests/doors`]);
  });

  test('says of no action that it takes nothing whose schema asks for an id', async () => {
    const withId = await actionsWithId(readActions());
    expect(withId.length).toBeGreaterThan(15);
    // The factor of an enrolment is the caller’s own: a sealed token beside it says whose.
    const silent = withId.filter(
      (name) => clinicActions[name]?.foreign !== 'an id' && !(name in platformActions) && name !== 'confirmEnrolment',
    );
    expect(silent.map((name) => `${name} takes an id: try it with one of another clinic in tests/doors`)).toEqual([]);
  });

  test('finds the id in a schema, however deep', async () => {
    const text = (schema: string) => `export const act = clinicAction('x', 'rooms.manage', ${schema}, work);`;
    const planted = { name: 'act', file: 'lib/team/actions.ts' };
    const found = (schema: string, more = '') => actionsWithId([planted], () => `${more}${text(schema)}`);
    expect(await found('memberRoleSchema', `import { memberRoleSchema } from './schema';\n`)).toEqual(['act']);
    await expect(found('z.object({ room: z.uuid() })')).rejects.toThrow("define a schema in its domain's schema.ts");
    expect(await found('openInvitationSchema', `import { openInvitationSchema } from './schema';\n`)).toEqual([]);
    expect(await found('z.unknown()')).toEqual([]);
  });
});

describe('I6 another clinic’s ids', () => {
  // First of all: what is refused below stands in the log that a route exports.
  test('in a route are like ones that do not exist', async () => {
    const withId = (await routesWithId(readRoutes())).filter((name) => name !== 'GET /logo/[hash]');
    expect(withId).toContain('POST /api/activity/export');
    expect(withId.sort()).toEqual(
      Object.keys(routeCases)
        .filter((name) => routeCases[name]?.foreign)
        .sort(),
    );
    const planted = await routesWithId(
      [{ name: 'GET /api/members', file: 'app/api/members/route.ts', path: '/api/members' }],
      () => `import { memberRoleSchema } from '@/lib/team/schema';\nexport const GET = clinicRoute('x', 'member', memberRoleSchema, work);`,
    );
    expect(planted).toEqual(['GET /api/members']);
    for (const [route, { foreign }] of Object.entries(routeCases)) {
      if (!foreign) continue;
      const [method, path = ''] = route.split(' ');
      const ask = (ids: Ids, { slug, owner }: Furnished) =>
        cookieOf(owner).then((cookie) =>
          send(path, {
            host: hostOf(slug),
            method,
            headers: { cookie, origin: `http://${hostOf(slug)}`, 'content-type': 'application/json' },
            body: JSON.stringify(foreign(ids)),
          }),
        );
      const [own, theirs, missing] = [await ask(victim.ids, victim), await ask(victim.ids, attacker), await ask(nowhere, attacker)];
      expect([own.status, own.body.includes(victim.ids('patients'))], path).toEqual([200, true]);
      expect([theirs.status, theirs.body], path).toEqual([missing.status, missing.body]);
    }
  });

  // Each id alone: among ids that are all foreign, the one that is looked at first would hide the others.
  test.each(takesId.flatMap(([name, { input }]) => idsOf(input).map((key) => ({ name, key, input }))))(
    '$name answers for the $key of another as for one that does not exist, and writes nothing',
    async ({ name, key, input }) => {
      const before = await fingerprint(sql, victim.id);
      const ask = (ids: Ids) =>
        callAction(
          name,
          input((what) => (what === key ? ids : attacker.ids)(what)),
          { host: hostOf(attacker.slug), cookie },
        );
      const [foreign, missing] = [await ask(victim.ids), await ask(nowhere)];
      expect(resultOf(foreign.body)).toMatch(/^"status":"(ok|error)"/);
      expect(resultOf(foreign.body)).not.toContain('invalid_input');
      expect(resultOf(foreign.body)).toBe(resultOf(missing.body));
      for (const mark of [victim.slug, ...victim.names.map(victim.ids)])
        if (mark !== victim.ids(key)) expect(foreign.body).not.toContain(mark);
      expect(await fingerprint(sql, victim.id)).toEqual(before);
    },
  );

  test.each(Object.entries(platformActions))('%s of the platform is refused to a clinic’s owner, at every address', async (name, input) => {
    const before = await fingerprint(sql, victim.id);
    const tried = (host: string) => callAction(name, input(victim.ids), { host: hostOf(host), cookie });
    expect(resultOf((await tried('admin')).body)).toMatch(/^"status":"error","code":"(signed_out|forbidden|not_found)"/);
    // At a clinic's address the platform does not exist.
    expect((await tried(attacker.slug)).body).not.toContain('"status":"ok"');
    expect(await fingerprint(sql, victim.id)).toEqual(before);
  });

  test('the address of a logo shows it at its clinic alone', async () => {
    const set = await callAction('saveLogo', clinicActions.saveLogo?.input(victim.ids), {
      host: hostOf(victim.slug),
      cookie: await cookieOf(victim.owner),
    });
    expect(resultOf(set.body)).toMatch(/^"status":"ok"/);
    const { rows } = await sql.query('select logo_hash as hash from public.tenant_settings where tenant_id = $1', [victim.id]);
    const at = async (slug: string) => (await send(`/logo/${rows[0].hash}`, { host: hostOf(slug) })).status;
    expect([await at(victim.slug), await at(attacker.slug)]).toEqual([200, 404]);
  });

  test('the same inputs have their effect at the own clinic', async () => {
    const owner = await cookieOf(victim.owner);
    const refused: string[] = [];
    for (const [name, { input }] of takesId) {
      const { body } = await callAction(name, input(victim.ids), { host: hostOf(victim.slug), cookie: owner });
      if (!resultOf(body).startsWith('"status":"ok"')) refused.push(`${name}: ${resultOf(body)}`);
    }
    expect(refused).toEqual([]);
  });
});
