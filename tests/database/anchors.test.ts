import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anchorAudit, readAnchors } from '@/lib/audit/anchors';
import { connect } from '../support/database';

const slug = 'sumac';
let sql: pg.Client;
let tenant: string;
const query = (text: string, values?: unknown[]) => sql.query(text, values);
beforeAll(async () => {
  sql = await connect();
  const { rows } = await query(`insert into public.tenants (slug, name, time_zone) values ($1, 'Sumac Clinic', 'UTC') returning id`, [
    slug,
  ]);
  tenant = rows[0].id;
  await query('insert into public.tenant_settings (tenant_id) values ($1)', [tenant]);
  for (let n = 0; n < 5; n++) await query(`select private.write_audit($1, 'patients.opened', null)`, [tenant]);
});
afterAll(async () => {
  await query('delete from public.tenants where id = $1', [tenant]);
  await sql.end();
});

const value = async (text: string, values: unknown[] = []) => (await query(text, values)).rows[0]?.value;
const verify = () => value('select private.verify_audit($1) as value', [tenant]);
/** What the command prints, and how it ends. */
const command = () =>
  promisify(execFile)('npm', ['run', '--silent', 'audit:verify', '--', '--tenant', slug]).then(
    ({ stdout }) => [0, stdout],
    ({ code, stdout, stderr }) => [code, `${stdout}${stderr}`],
  );
/** What a superuser can do who switches the triggers off. */
const tamper = async (...statements: string[]) => {
  await query('begin');
  await query('set local session_replication_role = replica');
  for (const statement of statements) await query(statement, [tenant]);
  await query('commit');
};

test('A1 each day’s heads are kept outside the database, and the command finds what the database alone cannot', async () => {
  // Of the sealers, the worker's included, one does it.
  await expect
    .poll(async () => {
      await query('select private.seal_audit()');
      return (await verify()).waiting;
    })
    .toBe(0);
  await anchorAudit(query);
  const directory = process.env.AUDIT_ANCHOR_DIR ?? '';
  const [anchor] = await readAnchors(directory, tenant);
  const head = Number(await value('select max(position) as value from private.audit_chain where tenant_id = $1', [tenant]));
  expect(anchor).toMatchObject({ slug, position: head });
  expect(await readAnchors(directory, '00000000-0000-4000-8000-000000000000')).toEqual([]);
  expect(await command()).toEqual([0, expect.stringContaining(`${head} entries of sumac verified, 1 anchors compared`)]);

  // Nothing has moved: nothing is written twice.
  await anchorAudit(query);
  expect(await readAnchors(directory, tenant)).toHaveLength(1);

  await tamper(
    `delete from public.audit_log l using private.audit_chain c
     where l.tenant_id = $1 and c.tenant_id = $1 and c.entry_id = l.id and c.position > (select max(position) - 2 from private.audit_chain where tenant_id = $1)`,
    'delete from private.audit_chain c where c.tenant_id = $1 and not exists (select 1 from public.audit_log l where l.tenant_id = $1 and l.id = c.entry_id)',
  );
  expect((await verify()).broken).toMatchObject({ why: 'cut', position: head });
  await anchorAudit(query);
  expect(
    await value(`select count(*)::int as value from public.security_events where tenant_id = $1 and rule = 'broken_log'`, [tenant]),
  ).toBe(1);

  await tamper('delete from private.audit_anchors where tenant_id = $1');
  expect((await verify()).broken).toBeNull();
  const [code, output] = await command();
  expect(code).not.toBe(0);
  expect(output).toMatch(/The log is not as it was on 20\d\d-\d\d-\d\d, at position \d+/);
});
