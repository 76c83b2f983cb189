import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { as, connect, failure, rolledBack } from '../support/database';
import { canary, givePlan, loadWorld, type Person } from '../support/world';

const { people, clinics } = loadWorld();
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

type Page = { rows: { id: string; family_name: string }[]; has_more: boolean; total: number };
const list = (person: Person, args: string) =>
  as(sql, person, async () => (await sql.query(`select public.list_patients(${args}) as page`)).rows[0].page as Page);
const add = (given: string, family: string, extra = '') =>
  sql.query(
    `insert into public.patients (tenant_id, given_name, family_name, birth_date, mobile_phone, email, external_id)
     values ($1, $2, $3, '1975-12-01', '+1 (617) 555-0142', 'j.muller@example.org', 'KX-9/77${extra}')`,
    [clinics.alder.id, given, family],
  );

test.each([
  'mull',
  'Müller',
  'jos',
  'jose mull',
  'smith',
  'müller-sm',
  '617 555 0142',
  '+1 617',
  '6175550142',
  '1975-12',
  'KX-9',
  'kx977',
  'j.muller@ex',
])('a patient is found by "%s"', (words) =>
  rolledBack(sql, async () => {
    await add('José', 'Müller-Smith');
    const found = await list(people.alder_staff, `p_search => '${words}'`);
    expect(found.rows.map(({ family_name }) => family_name)).toContain('Müller-Smith');
    expect(found.total).toBeGreaterThan(0);
    expect((await list(people.birch_owner, `p_search => '${words}'`)).rows.map(({ family_name }) => family_name)).not.toContain(
      'Müller-Smith',
    );
  }),
);

test('a search that matches nothing, and signs that mean something to SQL, find nobody', () =>
  rolledBack(sql, async () => {
    for (const words of ['zzz', '%', '_', "''; drop table public.patients; --", '\\', '(', '[[:alpha:]]']) {
      expect((await list(people.alder_staff, `p_search => '${words}'`)).rows, words).toEqual([]);
    }
  }));

test.each([
  ['1850-01-01', undefined],
  ['today', undefined],
  ['1849-12-31', '23514'],
  ['infinity', '23514'],
  ['2199-01-01', '23514'],
])('of a patient born on %s the database says %s', (day, code) =>
  rolledBack(sql, async () => {
    const change = () => sql.query('update public.patients set birth_date = $2 where tenant_id = $1', [clinics.alder.id, day]);
    expect(await failure(as(sql, people.alder_staff, change))).toBe(code);
  }),
);

test('a changed name is found by the new one only', () =>
  rolledBack(sql, async () => {
    await add('Ann', 'Oldname');
    await sql.query(`update public.patients set family_name = 'Newname' where family_name = 'Oldname'`);
    expect((await list(people.alder_staff, `p_search => 'oldname'`)).rows).toEqual([]);
    expect((await list(people.alder_staff, `p_search => 'newname'`)).rows).toHaveLength(1);
  }));

test.each([
  ['name', false],
  ['name', true],
  ['birth_date', false],
  ['birth_date', true],
  ['updated', true],
] as const)('pages by %s (descending: %s) show everybody once, forwards and back', (sort, descending) =>
  rolledBack(sql, async () => {
    await sql.query(
      `insert into public.patients (tenant_id, given_name, family_name, birth_date)
         select $1, 'G' || n % 3, 'F' || n % 7, date '1950-01-01' + n % 5 from generate_series(1, 60) n`,
      [clinics.alder.id],
    );
    const args = `p_sort => '${sort}', p_descending => ${descending}, p_limit => 10`;
    const forwards: string[][] = [];
    let cursor = '';
    for (;;) {
      const page = await list(people.alder_staff, `${args}${cursor}`);
      forwards.push(page.rows.map(({ id }) => id));
      if (!page.has_more) break;
      cursor = `, p_cursor => '${page.rows.at(-1)?.id}'`;
    }
    const all = forwards.flat();
    expect(new Set(all).size).toBe(all.length);
    const { rows } = await sql.query('select count(*)::int as n from public.patients where tenant_id = $1 and not archived', [
      clinics.alder.id,
    ]);
    expect(all).toHaveLength(rows[0].n);
    const second = forwards[1] ?? [];
    const back = await list(people.alder_staff, `${args}, p_cursor => '${second[0]}', p_backwards => true`);
    expect(back.rows.map(({ id }) => id)).toEqual(forwards[0]);
  }),
);

test('a cursor of another clinic shows nothing of it', () =>
  rolledBack(sql, async () => {
    expect((await list(people.birch_owner, `p_cursor => '${clinics.alder.patientId}'`)).rows).toEqual([]);
    expect(JSON.stringify(await list(people.birch_owner, ''))).not.toContain(canary);
    expect(JSON.stringify(await list(people.alder_owner, ''))).toContain(canary);
  }));

test('the list stays on its indexes at 100,000 patients', () =>
  rolledBack(sql, async () => {
    await givePlan(sql, clinics.alder.id, 'enterprise');
    await sql.query(
      `insert into public.patients (tenant_id, given_name, family_name, birth_date)
       select $1, 'Given' || n % 500, 'Family' || n, date '1940-01-01' + n % 25000 from generate_series(1, 100000) n`,
      [clinics.alder.id],
    );
    await sql.query('analyze public.patients');
    const plan = await as(sql, people.alder_staff, async () => {
      const { rows } = await sql.query(
        `explain (costs off) select id from public.patients p
         where p.tenant_id = '${clinics.alder.id}' and p.archived = false
           and (p.name_key, p.id) > (select c.name_key, c.id from public.patients c where c.tenant_id = '${clinics.alder.id}' and c.id = '${clinics.alder.patientId}')
         order by p.name_key, p.id limit 26`,
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    expect(plan).toMatch(/Index (Only )?Scan using patients_name_idx/);
    expect(plan).toMatch(/Index Cond: .*tenant_id.*ROW\(p?\.?name_key/s);
    expect(plan).not.toMatch(/Seq Scan|Sort/);
    expect((await list(people.alder_staff, `p_search => 'family9999'`)).rows.length).toBeGreaterThan(1);
  }));

test('archiving needs its own permission', () =>
  rolledBack(sql, async () => {
    const archive = (person: Person) =>
      as(sql, person, () => failure(sql.query('update public.patients set archived_at = now() where id = $1', [clinics.alder.patientId])));
    expect(await archive(people.alder_staff)).toBeUndefined();
    expect(await archive(people.alder_practitioner)).toBe('42501');
  }));

test('every change leaves one audit row with the fields’ names and none of their values', () =>
  rolledBack(sql, async () => {
    await sql.query(`update public.patients set remarks = 'very private', city = 'Bonn' where id = $1`, [clinics.alder.patientId]);
    const { rows } = await sql.query(
      'select action, changed_fields, audit_log::text as text from public.audit_log where record_id = $1 order by id desc',
      [clinics.alder.patientId],
    );
    expect(rows[0]).toMatchObject({ action: 'patients.update', changed_fields: ['city', 'remarks'] });
    expect(rows[0].text).not.toMatch(/very private|Bonn/);
    expect(rows.filter(({ action }) => action === 'patients.update')).toHaveLength(1);
  }));
