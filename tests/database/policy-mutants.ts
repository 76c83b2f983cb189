import type pg from 'pg';
import { rolledBack } from '../support/database';
import type { World } from '../support/world';
import { type CatalogTable, probe } from './isolation-probes';
import { policiesOf, policyFindings } from './policy-lint';

type Mutant = { name: string; statements: string[] };

/** Ways to weaken one boolean expression of a policy. */
function weakened(expression: string): Record<string, string> {
  const variants: Record<string, string> = { true: 'true' };
  const permissionGone = expression.replace(/permitted_tenant_id\([^)]*\)/, 'current_tenant_id()');
  const tenantGone = expression.replace(
    /\((tenant_id|id) = (\( ?SELECT private\.(current|permitted)_tenant_id\([^)]*\)[^)]*\))\)/,
    '($2 is not null)',
  );
  if (tenantGone !== expression) variants['tenant term gone'] = tenantGone;
  if (permissionGone !== expression) variants['permission term gone'] = permissionGone;
  return variants;
}

/** Every mutant of a table: each policy weakened in each way, opened to public, and row-level security switched off. */
async function mutantsOf(sql: pg.Client, table: string): Promise<Mutant[]> {
  const mutants: Mutant[] = [
    { name: 'RLS off', statements: [`alter table ${table} disable row level security`] },
    { name: 'not forced', statements: [`alter table ${table} no force row level security`] },
  ];
  for (const policy of await policiesOf(sql, table)) {
    const alter = (what: string) => `alter policy ${policy.policyname} on ${table} ${what}`;
    mutants.push({ name: `${policy.policyname}: to public`, statements: [alter('to public')] });
    for (const [name, text] of Object.entries(policy.qual ? weakened(policy.qual) : {})) {
      mutants.push({ name: `${policy.policyname}: using ${name}`, statements: [alter(`using (${text})`)] });
    }
    for (const [name, text] of Object.entries(policy.with_check ? weakened(policy.with_check) : {})) {
      mutants.push({ name: `${policy.policyname}: check ${name}`, statements: [alter(`with check (${text})`)] });
    }
    if (policy.cmd === 'UPDATE') {
      mutants.push({
        name: `${policy.policyname}: check gone`,
        statements: [
          `drop policy ${policy.policyname} on ${table}`,
          `create policy ${policy.policyname} on ${table} for update to authenticated using (${policy.qual})`,
          `comment on policy ${policy.policyname} on ${table} is 'mutant'`,
        ],
      });
    }
  }
  return mutants;
}

/**
 * The mutants of a table that nothing notices.
 * @throws {Error} when the untouched table has findings: beside them a mutant's own could not be told
 */
export async function unnoticedMutants(sql: pg.Client, world: World, table: CatalogTable): Promise<string[]> {
  // What a reading of the policies shows need not be tried as everybody.
  const findings = async () => {
    const read = await policyFindings(sql, table.name);
    return read.length > 0 ? read : probe(sql, world, table);
  };
  const before = await rolledBack(sql, findings);
  if (before.length > 0) throw new Error(`Mend the table itself first: ${before.join('; ')}`);
  const unnoticed: string[] = [];
  for (const mutant of await mutantsOf(sql, table.name)) {
    const after = await rolledBack(sql, async () => {
      for (const statement of mutant.statements) await sql.query(statement);
      return findings();
    });
    if (after.length === 0) unnoticed.push(mutant.name);
  }
  return unnoticed;
}
