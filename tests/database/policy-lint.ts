import type pg from 'pg';

type Policy = { policyname: string; cmd: string; roles: string[]; qual: string | null; with_check: string | null; comment: string | null };

export async function policiesOf(sql: pg.Client, table: string): Promise<Policy[]> {
  const { rows } = await sql.query(
    `select p.policyname, p.cmd, p.roles::text[] as roles, p.qual, p.with_check, obj_description(o.oid, 'pg_policy') as comment
     from pg_policies p join pg_policy o on o.polname = p.policyname and o.polrelid = $1::text::regclass
     where p.schemaname || '.' || p.tablename = $1::text order by 1`,
    [table],
  );
  return rows;
}

const tenantTerm = /(current|permitted)_tenant_id/;

/** What is wrong with a tenant table's row-level security by its catalog entry alone. */
export async function policyFindings(sql: pg.Client, table: string): Promise<string[]> {
  const findings: string[] = [];
  const { rows } = await sql.query('select relrowsecurity, relforcerowsecurity from pg_class where oid = $1::regclass', [table]);
  if (!rows[0].relrowsecurity) findings.push(`${table}: row-level security is off`);
  if (!rows[0].relforcerowsecurity) findings.push(`${table}: row-level security is not forced`);
  for (const policy of await policiesOf(sql, table)) {
    const at = `${table} ${policy.policyname}`;
    if (policy.cmd === 'ALL') findings.push(`${at}: one policy for every command`);
    if (policy.roles.join() !== 'authenticated') findings.push(`${at}: for ${policy.roles.join()}`);
    if (policy.cmd !== 'INSERT' && !tenantTerm.test(policy.qual ?? '')) findings.push(`${at}: using without the tenant`);
    if (['INSERT', 'UPDATE'].includes(policy.cmd) && !tenantTerm.test(policy.with_check ?? ''))
      findings.push(`${at}: check without the tenant`);
    if (policy.cmd === 'UPDATE' && policy.qual !== policy.with_check) findings.push(`${at}: using and check differ`);
    if (!policy.comment) findings.push(`${at}: no comment`);
  }
  return findings;
}
