import type pg from 'pg';
import { z } from 'zod';
import type { Owner } from './populate';
import { connectAs, statements } from './statements';

/** One step of a plan, as PostgreSQL writes it in JSON. */
type Step = {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'Subplan Name'?: string;
  Filter?: string;
  Plans?: Step[];
};
const logged = z.object({ 'Query Text': z.string(), Plan: z.custom<Step>((value) => typeof value === 'object') });

function stepsOf(step: Step): Step[] {
  return [step, ...(step.Plans ?? []).flatMap(stepsOf)];
}

/** Tables of a few rows that are the same for every clinic, and are read whole. */
const catalogs = new Set([
  'plans',
  'plan_prices',
  'plan_limits',
  'plan_features',
  'permissions',
  'system_roles',
  'system_role_permissions',
]);

/** What a plan must not do: read a clinic's table from end to end, hash a subplan, or use an index without the clinic. */
function findings(step: Step, tenantTables: Set<string>, indexTables: Map<string, string>): string[] {
  return stepsOf(step).flatMap((each) => {
    const table = each['Relation Name'] ?? indexTables.get(each['Index Name'] ?? '');
    const found: string[] = [];
    const { Plans: _inner, ...own } = each;
    if (JSON.stringify(own).includes('hashed SubPlan')) found.push('a hashed subplan');
    if (table && each['Node Type'] === 'Seq Scan' && !catalogs.has(table)) found.push(`a sequential scan of ${table}`);
    if (!table || !tenantTables.has(table)) return found;
    // A session is what tells the clinic: it is looked up by its own id.
    const key = table === 'tenant_sessions' ? /\b(tenant_id|session_id|user_id)\b/ : /\btenant_id\b/;
    if (/Index/.test(each['Node Type']) && !key.test(each['Index Cond'] ?? '')) {
      found.push(`${each['Index Name']} without tenant_id: ${each['Index Cond'] ?? 'no condition'}`);
    }
    return found;
  });
}

/** `first` is what the same transaction has to do before. */
type Question = { name: string; first?: string; text: string; values?: unknown[] };

/** Everything that the pages ask of the database, as the app sends it. */
function questions(owner: Owner, patient: string): Question[] {
  const list = (name: string, argument: string): Question => ({ name, text: `select public.list_patients(${argument})` });
  return [
    { name: 'the gate', text: `select public.gate('bench-1')` },
    { name: 'a list', text: statements.list, values: [owner.tenantId] },
    { name: 'a record', text: statements.get, values: [owner.tenantId, patient] },
    { name: 'opening a record', text: statements.open, values: [patient] },
    { name: 'reading a record', text: 'select * from public.read_patient($1)', values: [patient] },
    { name: 'the log', text: 'select public.list_audit()' },
    { name: 'the log of a person', text: 'select public.list_audit(p_actor => $1)', values: [owner.userId] },
    { name: 'the log of an action', text: `select public.list_audit(p_action => 'patients.opened')` },
    { name: 'the log of what happens all day', text: `select public.list_audit(p_action => 'patients.insert')` },
    { name: 'the log of a record', text: 'select public.list_audit(p_record => $1)', values: [patient] },
    { name: 'the log of a day', text: `select public.list_audit(p_from => current_date - 3, p_to => current_date - 2)` },
    { name: 'the filters of the log', text: 'select public.audit_filters()' },
    { name: 'the alerts', text: 'select public.list_alerts()' },
    { name: 'a search', text: statements.search, values: [owner.tenantId, 'x-1-5'] },
    list('the list by name', ''),
    list('the list by birth date', `p_sort => 'birth_date', p_descending => true`),
    list('the list by last change', `p_sort => 'updated'`),
    list('the archive', 'p_archived => true'),
    list('a later page', `p_cursor => '${patient}'`),
    list('an earlier page', `p_cursor => '${patient}', p_backwards => true`),
    list('a search of one word', `p_search => 'garci'`),
    list('a search of two words', `p_search => 'garci ana'`),
    list('a search by number', `p_search => '617 555'`),
    { name: 'the settings', text: 'select * from public.tenant_settings where tenant_id = $1', values: [owner.tenantId] },
    {
      name: 'the imports',
      text: 'select * from public.patient_imports where tenant_id = $1 order by created_at desc limit 10',
      values: [owner.tenantId],
    },
    { name: 'the sessions', text: 'select public.list_sessions()' },
    {
      name: 'the export',
      first: 'select public.start_patient_export()',
      text: 'select count(*) from public.export_patients(false, null, 1000)',
    },
    { name: 'an insert', text: statements.insert, values: [owner.tenantId] },
    {
      name: 'a change',
      text: `update public.patients set remarks = 'x' where tenant_id = $1 and id = $2`,
      values: [owner.tenantId, patient],
    },
  ];
}

/**
 * Has every question explained while it runs, the statements inside functions and triggers included.
 * @returns what is wrong, a line each; none when all plans keep the rules
 */
export async function judgePlans(sql: pg.Client, url: string, owner: Owner): Promise<string[]> {
  const { rows: tables } = await sql.query(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
     where c.relkind = 'r' and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relname <> 'tenants'`,
  );
  const tenantTables = new Set<string>(tables.map(({ name }) => name));
  const { rows: indexes } = await sql.query('select indexname, tablename from pg_indexes');
  const indexTables = new Map<string, string>(indexes.map(({ indexname, tablename }) => [indexname, tablename]));
  const { rows: patients } = await sql.query(
    'select id from public.patients where tenant_id = $1 order by name_key, id offset 1000 limit 1',
    [owner.tenantId],
  );

  const client = await connectAs(url, owner);
  const seen: { text: string; plan: Step }[] = [];
  client.on('notice', (notice) => {
    const json = /plan:\s*(\{[\s\S]*\})/.exec(notice.message ?? '')?.[1];
    if (!json) return;
    const { 'Query Text': text, Plan } = logged.parse(JSON.parse(json));
    seen.push({ text, plan: Plan });
  });
  // Only a superuser may load it; the role of the policies comes back with the reset.
  await client.query('reset role');
  await client.query(`load 'auto_explain'`);
  for (const setting of ['log_min_duration = 0', 'log_nested_statements = on', "log_format = 'json'", "log_level = 'notice'"]) {
    await client.query(`set auto_explain.${setting}`);
  }
  await client.query('set role authenticated');

  const problems: string[] = [];
  // As planned for the values at hand, and as PostgreSQL plans statements that it keeps.
  const modes = ['force_custom_plan', 'force_generic_plan'];
  for (const { mode, name, first, text, values } of modes.flatMap((mode) =>
    questions(owner, patients[0].id).map((each) => ({ mode, ...each })),
  )) {
    await client.query(`set plan_cache_mode = ${mode}`);
    seen.length = 0;
    await client.query('begin');
    if (first) await client.query(first);
    await client.query(text, values);
    await client.query('rollback');
    const plans = seen.splice(0);
    if (plans.length === 0) problems.push(`${name}: no plan was seen`);
    const wrong = new Set(
      plans.flatMap(({ text: inner, plan }) =>
        findings(plan, tenantTables, indexTables).map((what) => `${what} in: ${inner.replace(/\s+/g, ' ').slice(0, 160)}`),
      ),
    );
    problems.push(...[...wrong].map((what) => `${name}: ${what}`));
    console.log(`${wrong.size === 0 ? '✓' : '✗'} ${name} (${plans.length} plans, ${mode})`);
  }
  await client.end();
  return problems;
}
