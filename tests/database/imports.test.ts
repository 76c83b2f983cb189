import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { as, become, connect, failure, rolledBack } from '../support/database';
import { givePlan, loadWorld, type Person } from '../support/world';

const { people, clinics } = loadWorld();
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0].value;
const fields = ['external_id', 'given_name', 'family_name', 'birth_date'];
const start = () => value(`select public.start_patient_import('list.csv', $1, 'ymd') as value`, [fields]) as Promise<string>;
const stage = (id: string, rows: unknown) => value('select public.stage_patient_rows($1, $2) as value', [id, JSON.stringify(rows)]);
const asOwner = () => sql.query(`select set_config('role', 'none', true), set_config('request.jwt.claims', '', true)`);

/** An import that the owner of Alder has staged, and the database's owner again as the caller. */
async function staged(rows: unknown = [[2, ['A-1', 'Ana', 'Lima', '1980-01-02']]]): Promise<string> {
  await become(sql, people.alder_owner);
  const id = await start();
  await stage(id, rows);
  await asOwner();
  return id;
}

test('I4 who may not import cannot start, stage, check, decide or read an import, nor can another clinic', () =>
  rolledBack(sql, async () => {
    const id = await staged();
    const calls = {
      stage: `select public.stage_patient_rows('${id}', '[]')`,
      check: `select public.check_patient_import('${id}')`,
      decide: `select public.decide_patient_import('${id}', false)`,
    };
    for (const person of [people.alder_staff, people.birch_owner]) {
      const codes: Record<string, string | undefined> = {};
      for (const [name, call] of Object.entries(calls)) codes[name] = await as(sql, person, () => failure(sql.query(call)));
      const expected = person === people.birch_owner ? 'P0002' : '42501';
      expect(codes).toEqual({ stage: expected, check: expected, decide: expected });
    }
    expect(await as(sql, people.alder_staff, () => failure(start()))).toBe('42501');
    await sql.query(`update private.patient_import_rows set problem = 'canary' where import_id = $1`, [id]);
    const problems = (person: Person) => as(sql, person, () => value('select public.list_import_problems($1) as value', [id]));
    expect(await problems(people.birch_owner)).toEqual([]);
    expect(await problems(people.alder_owner)).toMatchObject([{ line: 2, problem: 'canary' }]);
    expect(await value('select status as value from public.patient_imports where id = $1', [id])).toBe('uploading');
  }));

test('a plan without imports refuses them', () =>
  rolledBack(sql, async () => {
    await givePlan(sql, clinics.alder.id, 'free');
    expect(await as(sql, people.alder_owner, () => failure(start()))).toBe('YQ002');
  }));

test('only columns of a patient can be mapped, and the three that make one must be', () =>
  rolledBack(sql, async () => {
    const attempt = (list: string[]) =>
      as(sql, people.alder_owner, () => failure(sql.query(`select public.start_patient_import('x.csv', $1, 'ymd')`, [list])));
    expect(await attempt([...fields, 'tenant_id'])).toBe('23514');
    expect(await attempt(['given_name', 'family_name'])).toBe('23514');
    expect(await attempt(fields)).toBeUndefined();
  }));

test('sending the same lines again changes nothing, and a new upload replaces a broken one', () =>
  rolledBack(sql, async () => {
    const first = await staged();
    await become(sql, people.alder_owner);
    expect(await stage(first, [[2, ['B', 'Other', 'Name', '1990-01-01']]])).toBe(1);
    const second = await start();
    await asOwner();
    expect((await sql.query('select id from public.patient_imports where status = $1', ['uploading'])).rows).toEqual([{ id: second }]);
    expect(await value('select count(*)::int as value from private.patient_import_rows where import_id = $1', [first])).toBe(0);
  }));

test('the import writes as the person who decided, in one statement, and only what differs', () =>
  rolledBack(sql, async () => {
    const id = await staged();
    const patient = { external_id: 'A-1', given_name: 'Ana', family_name: 'Lima', birth_date: '1980-01-02' };
    await sql.query(`update public.patient_imports set status = 'checked', rows_new = 1 where id = $1`, [id]);
    await become(sql, people.alder_admin);
    await sql.query('select public.decide_patient_import($1, true)', [id]);
    await asOwner();
    await sql.query(`update private.patient_import_rows set patient = $2, external_id = 'A-1' where import_id = $1`, [id, patient]);
    await sql.query('select private.apply_patient_import($1)', [id]);
    await sql.query('select private.apply_patient_import($1)', [id]);
    const { rows } = await sql.query(
      `select p.created_by, i.status, i.rows_added, i.rows_updated,
         (select array_agg(actor_id) from public.audit_log a where a.record_id = p.id) as actors
       from public.patients p, public.patient_imports i where p.tenant_id = $1 and p.external_id = 'A-1' and i.id = $2`,
      [clinics.alder.id, id],
    );
    const { userId } = people.alder_admin;
    expect(rows).toEqual([{ created_by: userId, status: 'done', rows_added: 1, rows_updated: 0, actors: [userId] }]);
  }));

test('an export needs its permission and a confirmed address, and is in the log', () =>
  rolledBack(sql, async () => {
    const begin = (person: Person) => as(sql, person, () => failure(sql.query('select public.start_patient_export()')));
    await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [people.alder_staff.userId]);
    await sql.query('update public.profiles set email_verified_at = null where user_id = $1', [people.alder_owner.userId]);
    expect([await begin(people.alder_staff), await begin(people.alder_owner)]).toEqual(['42501', 'YP002']);
    await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [people.alder_owner.userId]);
    await become(sql, people.alder_owner);
    await sql.query('select public.start_patient_export()');
    await asOwner();
    expect(
      await value(`select count(*)::int as value from public.audit_log where tenant_id = $1 and action = 'patients.exported'`, [
        clinics.alder.id,
      ]),
    ).toBe(1);
  }));

test('the export refuses at each portion, where policies would only show nothing', () =>
  rolledBack(sql, async () => {
    const portion = (person: Person) =>
      as(sql, person, async () =>
        (await sql.query('select tenant_id from public.export_patients(false)')).rows.map((row) => row.tenant_id),
      );
    await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [people.alder_owner.userId]);
    await become(sql, people.alder_owner);
    await sql.query('select public.start_patient_export()');
    await sql.query('reset role');
    expect(new Set(await portion(people.alder_owner))).toEqual(new Set([clinics.alder.id]));
    expect(await failure(portion(people.alder_staff))).toBe('42501');
    await sql.query('update private.tenant_sessions set ended_at = now() where session_id = $1', [people.alder_owner.sessionId]);
    expect(await failure(portion(people.alder_owner))).toBe('42501');
  }));

test.each([
  ['what is no text', [[2, ['A', 1, 'Lima', '1980-01-02']]]],
  ['more cells than there are fields', [[2, Array(19).fill('x')]]],
  ['a row without end', [[2, ['x'.repeat(200_001)]]]],
])('the staging refuses %s', (_, rows) => rolledBack(sql, async () => expect(await failure(staged(rows))).toBe('23514')));

test('a clinic has five open imports at most', () =>
  rolledBack(sql, async () => {
    for (let n = 0; n < 5; n++) await sql.query(`update public.patient_imports set status = 'checked' where id = $1`, [await staged()]);
    expect(await failure(staged())).toBe('YP003');
  }));

test('a row without an id is refused where a patient of this name and birth date exists, and the browser’s refusals stay', () =>
  rolledBack(sql, async () => {
    await sql.query(
      `insert into public.patients (tenant_id, given_name, family_name, birth_date) values ($1, 'Åsa', 'LINDE', '1980-01-02')`,
      [clinics.alder.id],
    );
    const id = await staged([
      [2, ['', 'Asa', 'Linde', '1980-01-02'], null],
      [3, ['', 'Asa', 'Linde', '1981-01-02'], null],
      [4, ['', 'Asa'], 'This row has 2 cells.'],
      [5, ['', 'ÅSA', 'Linde', '1981-01-02'], null],
    ]);
    await sql.query(`update public.patient_imports set status = 'checking' where id = $1`, [id]);
    await sql.query(
      `update private.patient_import_rows set patient = jsonb_build_object('given_name', cells ->> 1, 'family_name', cells ->> 2, 'birth_date', cells ->> 3)
       where import_id = $1 and problem is null`,
      [id],
    );
    await sql.query('select private.finish_import_check($1)', [id]);
    const { rows } = await sql.query('select line, problem from private.patient_import_rows where import_id = $1 order by line', [id]);
    expect(rows).toEqual([
      { line: 2, problem: expect.stringMatching(/^A patient of this name and birth date exists/) },
      { line: 3, problem: null },
      { line: 4, problem: 'This row has 2 cells.' },
      { line: 5, problem: expect.stringMatching(/^Line 3 has the same name and birth date/) },
    ]);
    expect(
      (await sql.query('select status, rows_checked, rows_refused, rows_new, rows_known from public.patient_imports where id = $1', [id]))
        .rows,
    ).toEqual([{ status: 'checked', rows_checked: 4, rows_refused: 3, rows_new: 1, rows_known: 0 }]);
    // Somebody adds the patient before the decision: the row is left out.
    await sql.query(
      `insert into public.patients (tenant_id, given_name, family_name, birth_date) values ($1, 'Åsa', 'Linde', '1981-01-02')`,
      [clinics.alder.id],
    );
    await sql.query(`update public.patient_imports set status = 'importing' where id = $1`, [id]);
    await sql.query('select private.apply_patient_import($1)', [id]);
    expect(await value('select rows_added as value from public.patient_imports where id = $1', [id])).toBe(0);
  }));

test('giving up on an import that is decided already deletes nothing', () =>
  rolledBack(sql, async () => {
    const id = await staged();
    await sql.query(`update public.patient_imports set status = 'checked' where id = $1`, [id]);
    await sql.query(`select private.fail_patient_import($1, 'internal')`, [id]);
    expect(await value('select count(*)::int as value from private.patient_import_rows where import_id = $1', [id])).toBe(1);
    await sql.query(`update public.patient_imports set status = 'importing' where id = $1`, [id]);
    await sql.query(`select private.fail_patient_import($1, 'internal')`, [id]);
    expect(await value('select count(*)::int as value from private.patient_import_rows where import_id = $1', [id])).toBe(0);
  }));

test('what nobody decides within a day goes, with its rows', () =>
  rolledBack(sql, async () => {
    const id = await staged();
    await sql.query('select private.purge_patient_imports()');
    expect(await value('select status as value from public.patient_imports where id = $1', [id])).toBe('uploading');
    await sql.query(`update public.patient_imports set created_at = now() - interval '25 hours' where id = $1`, [id]);
    await sql.query('select private.purge_patient_imports()');
    expect(await value('select status as value from public.patient_imports where id = $1', [id])).toBe('discarded');
    expect(await value('select count(*)::int as value from private.patient_import_rows where import_id = $1', [id])).toBe(0);
  }));
