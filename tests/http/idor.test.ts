import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../support/database';
import { type Answer, callAction, cookieOf, hostOf, send } from '../support/http';
import { canary, loadWorld } from '../support/world';

const { people, clinics } = loadWorld();
const nobody = '00000000-0000-4000-8000-000000000000';
let sql: pg.Client;
let birch: string;
let alder: string;
beforeAll(async () => {
  sql = await connect();
  birch = await cookieOf(people.birch_owner);
  alder = await cookieOf(people.alder_owner);
});
afterAll(() => sql.end());

const act = (name: string, input: unknown, host: string, cookie: string, origin?: string) =>
  callAction(name, input, { host, cookie, origin });

/** What differs from one answer to the next without meaning anything. */
const normalise = ({ body, headers }: Answer, id: string) => {
  const nonce = /'nonce-([^']+)'/.exec(String(headers['content-security-policy']))?.[1] ?? '';
  const seconds = /_seconds\\?":\d+/g;
  return body.replaceAll(id, 'ID').replaceAll(nonce, 'NONCE').replace(seconds, '_seconds":0');
};
const details = { given_name: 'Stolen', family_name: 'Record', birth_date: '1990-01-01', sex: 'unknown' };
const writes = (id: string): [string, unknown][] => [
  ['editPatient', { id, version: '1', ...details }],
  ['archivePatient', { id, version: 1, archived: true }],
];
const fingerprint = async () =>
  (await sql.query('select md5(string_agg(p::text, $1 order by id)) as hash from public.patients p', ['|'])).rows[0].hash;

describe('I6 another clinic’s ids', () => {
  test.each(['', '/edit'])('GET /patients/<id>%s is the same 404 as for a record that does not exist', async (suffix) => {
    const own = await send(`/patients/${clinics.alder.patientId}${suffix}`, { host: hostOf('alder'), headers: { cookie: alder } });
    expect([own.status, own.body.includes(canary)]).toEqual([200, true]);
    const foreign = await send(`/patients/${clinics.alder.patientId}${suffix}`, { host: hostOf('birch'), headers: { cookie: birch } });
    const missing = await send(`/patients/${nobody}${suffix}`, { host: hostOf('birch'), headers: { cookie: birch } });
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    expect(foreign.body).not.toContain(canary);
    expect(normalise(foreign, clinics.alder.patientId)).toBe(normalise(missing, nobody));
  });

  test('an import of another clinic is neither shown, nor added to, nor decided', async () => {
    const { rows } = await sql.query(
      `insert into public.patient_imports (tenant_id, created_by, file_name, fields, date_order, status, rows_new)
       select $1, $2, $4 || s, array['given_name', 'family_name', 'birth_date'], 'ymd', s, 1 from unnest($3::text[]) as s returning id, status`,
      [clinics.alder.id, people.alder_owner.userId, ['uploading', 'checked'], canary],
    );
    const idOf = (status: string): string => rows.find((row) => row.status === status).id;
    const page = (id: string, clinic: 'alder' | 'birch', cookie: string) =>
      send(`/patients/import/${id}`, { host: hostOf(clinic), headers: { cookie } });
    const own = await page(idOf('checked'), 'alder', alder);
    expect([own.status, own.body.includes(canary)]).toEqual([200, true]);
    const foreign = await page(idOf('checked'), 'birch', birch);
    expect([foreign.status, foreign.body.includes(canary)]).toEqual([404, false]);
    expect(normalise(foreign, idOf('checked'))).toBe(normalise(await page(nobody, 'birch', birch), nobody));
    const calls: [string, unknown][] = [
      ['sendImportRows', { importId: idOf('uploading'), rows: [[2, ['A', 'B', '2000-01-01'], null]] }],
      ['checkImport', { importId: idOf('uploading') }],
      ['decideImport', { importId: idOf('checked'), accept: true }],
      ['askImportState', { importId: idOf('checked') }],
    ];
    for (const [name, input] of calls) expect((await act(name, input, hostOf('birch'), birch)).body, name).toContain('"not_found"');
    const left = await sql.query('delete from public.patient_imports where id = any($1) returning status, rows_total', [
      rows.map(({ id }) => id),
    ]);
    expect(left.rows).toEqual(expect.arrayContaining(rows.map(({ status }) => ({ status, rows_total: 0 }))));
  });

  test('another person’s session cannot be ended by its id', async () => {
    const { body } = await act('endSession', { session: people.alder_owner.sessionId }, hostOf('birch'), birch);
    expect(body).toContain('"ended":0');
    expect((await send('/patients', { host: hostOf('alder'), headers: { cookie: alder } })).status).toBe(200);
  });

  test('a cursor of another clinic shows nothing of it', async () => {
    const answer = await send(`/patients?after=${clinics.alder.patientId}`, { host: hostOf('birch'), headers: { cookie: birch } });
    expect([answer.status, answer.body.includes(canary)]).toEqual([200, false]);
  });

  test('every action that takes an id refuses a foreign one like one that does not exist, and writes nothing', async () => {
    const before = await fingerprint();
    const foreign = writes(clinics.alder.patientId);
    const missing = writes(nobody);
    for (const [index, [name, input]] of foreign.entries()) {
      const answer = await act(name, input, hostOf('birch'), birch);
      const other = await act(name, missing[index]?.[1], hostOf('birch'), birch);
      expect(answer.body, name).toContain('"not_found"');
      expect(answer.body, name).not.toContain(canary);
      expect(other.body, name).toContain('"not_found"');
    }
    expect(await fingerprint()).toBe(before);
    const { rows } = await sql.query(
      `select action, count(*)::int as lines from public.audit_log
       where tenant_id = $1 and record_id = $2 and outcome = 'refused' and reason = 'not_found' group by 1 order by 1`,
      [clinics.birch.id, clinics.alder.patientId],
    );
    expect(rows).toEqual([
      { action: 'archive-patient', lines: 1 },
      { action: 'edit-patient', lines: 1 },
      { action: 'patients.opened', lines: 2 },
    ]);
  });

  test('people, invitations and roles of another clinic are like ones that do not exist', async () => {
    const idOf = async (text: string) => (await sql.query(text, [clinics.alder.id])).rows[0].id;
    const member = await idOf(
      `select m.id from public.memberships m join public.roles r on r.id = m.role_id and r.key = 'staff' where m.tenant_id = $1`,
    );
    const invitation = await idOf(`select id from public.invitations where tenant_id = $1 and email = 'invited@alder.test'`);
    const role = await idOf(`select id from public.roles where tenant_id = $1 and key = 'bare'`);
    const birchRole = (await sql.query(`select id from public.roles where tenant_id = $1 and key = 'staff'`, [clinics.birch.id])).rows[0]
      .id;
    const state = async () =>
      (
        await sql.query(
          `select (select json_agg(m order by m.id) from public.memberships m) as members, (select json_agg(i order by i.id) from public.invitations i) as invitations,
             (select json_agg(r order by r.id) from public.roles r) as roles, (select count(*) from public.ownership_transfers) as offers`,
        )
      ).rows[0];
    // Otherwise the address would be refused, and not the id.
    const verified = (value: string) =>
      sql.query(`update public.profiles set email_verified_at = ${value} where user_id = $1`, [people.birch_owner.userId]);
    await verified('now()');
    const before = await state();
    const calls = (ids: { member: string; invitation: string; role: string }): [string, unknown][] => [
      ['resendInvitation', { invitation: ids.invitation }],
      ['revokeInvitation', { invitation: ids.invitation }],
      ['changeMemberRole', { member: ids.member, role: birchRole }],
      ['setMemberStatus', { member: ids.member, status: 'deactivated' }],
      ['removeMember', { member: ids.member }],
      ['offerOwnership', { member: ids.member }],
      ['saveRole', { role: ids.role, name: 'Taken over' }],
      ['deleteRole', { role: ids.role }],
    ];
    const missing = calls({ member: nobody, invitation: nobody, role: nobody });
    for (const [index, [name, input]] of calls({ member, invitation, role }).entries()) {
      const answer = await act(name, input, hostOf('birch'), birch);
      expect(answer.body, name).toContain('"not_found"');
      expect((await act(name, missing[index]?.[1], hostOf('birch'), birch)).body, name).toBe(answer.body);
    }
    expect((await act('endMemberSessions', { member }, hostOf('birch'), birch)).body).toContain('"ended":0');
    expect(await state()).toEqual(before);
    await verified('null');
    for (const path of [`/team/${member}`, `/team/roles/${role}`]) {
      expect((await send(path, { host: hostOf('alder'), headers: { cookie: alder } })).status, path).toBe(200);
      const foreign = await send(path, { host: hostOf('birch'), headers: { cookie: birch } });
      const unknown = await send(path.replace(/[^/]+$/, nobody), { host: hostOf('birch'), headers: { cookie: birch } });
      expect([foreign.status, unknown.status], path).toEqual([404, 404]);
      expect(normalise(foreign, path.split('/').at(-1) ?? '')).toBe(normalise(unknown, nobody));
    }
  });

  test('a search shows the own clinic only', async () => {
    const query = { search: canary };
    expect((await act('searchPatients', query, hostOf('alder'), alder)).body).toContain(canary);
    expect((await act('searchPatients', query, hostOf('birch'), birch)).body).not.toContain(`"family_name":"${canary}"`);
  });

  test('one clinic’s cookie opens nothing at another clinic’s address', async () => {
    for (const path of ['/', '/patients', `/patients/${clinics.alder.patientId}`, '/account']) {
      const answer = await send(path, { host: hostOf('alder'), headers: { cookie: birch } });
      expect([path, answer.status, answer.headers.location]).toEqual([path, 307, '/login']);
      expect(answer.body).not.toContain(canary);
    }
    expect((await act('searchPatients', { search: canary }, hostOf('alder'), birch)).body).toContain('"signed_out"');
  });

  test('a role without the right is refused by the database, not by the page', async () => {
    const billing = await cookieOf(people.alder_billing);
    const before = await fingerprint();
    expect((await act('addPatient', details, hostOf('alder'), billing)).body).toContain('"forbidden"');
    expect((await send(`/patients/${clinics.alder.patientId}`, { host: hostOf('alder'), headers: { cookie: billing } })).status).toBe(403);
    expect(await fingerprint()).toBe(before);
  });

  test.each(['null', '', 'http://evil.com', `http://${hostOf('birch')}`, `http://${hostOf('')}`])(
    'an action from the origin "%s" is refused',
    async (origin) => {
      const before = await fingerprint();
      const answer = await act('addPatient', details, hostOf('alder'), alder, origin);
      expect(answer.body).not.toContain('/patients/');
      expect(await fingerprint()).toBe(before);
    },
  );
});
