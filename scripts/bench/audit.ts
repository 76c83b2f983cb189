import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { comparePair, compareRates, rate } from './measure';
import type { Owner } from './populate';
import { type Figure, faster, slower } from './report';
import { connectAs, statements, undone } from './statements';

type Side = { sql: pg.Client; url: string; owner: Owner };

const kinds = ['list', 'get', 'search', 'insert'] as const;
const titles = { list: 'list', get: 'get by id', search: 'prefix search', insert: 'insert' };

/** Each statement under policies that ask for a permission, against policies that ask for the clinic alone. */
export async function permissionFigures(asking: Side, plain: Side): Promise<Figure[]> {
  const { rows } = await plain.sql.query(
    `select c.oid::regclass as table, p.polname as name, p.polcmd as command,
       pg_get_expr(p.polqual, p.polrelid) as using, pg_get_expr(p.polwithcheck, p.polrelid) as checked
     from pg_policy p join pg_class c on c.oid = p.polrelid where c.relname in ('patients', 'patient_words')`,
  );
  const alterPolicies = async (written: (expression: string) => string) => {
    for (const { table, name, using, checked } of rows) {
      const part = (word: string, expression: string | null) => (expression ? ` ${word} (${written(expression)})` : '');
      await plain.sql.query(`alter policy ${name} on ${table}${part('using', using)}${part('with check', checked)}`);
    }
  };
  await alterPolicies((expression) => expression.replace(/permitted_tenant_id\('[^']*'(::text)?\)/g, 'permitted_tenant_id()'));
  const [subject, baseline] = [await connectAs(asking.url, asking.owner), await connectAs(plain.url, plain.owner)];
  const tenant = asking.owner.tenantId;
  const found = await asking.sql.query('select id, external_id from public.patients where tenant_id = $1 order by md5(id::text) limit 1', [
    tenant,
  ]);
  const values = { list: [], get: [found.rows[0].id], search: [found.rows[0].external_id.toLowerCase()], insert: [] };
  const figures: Figure[] = [];
  for (const kind of kinds) {
    const run = (client: pg.Client) => () => undone(client, statements[kind], [tenant, ...values[kind]]);
    figures.push(
      slower(`${titles[kind]} with its permission, to without`, await comparePair(run(subject), run(baseline), { rounds: 9 }), 1.1),
    );
  }
  await Promise.all([subject.end(), baseline.end()]);
  await alterPolicies((expression) => expression);
  return figures;
}

async function sealEachSecond(sql: pg.Client, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    await sql.query('select private.seal_audit()');
    await setTimeout(1000, undefined, { signal: until }).catch(() => undefined);
  }
}

/** What the log costs members at work: one write, one opening, and the rate of fifty writers of one clinic while it is being sealed. */
export async function auditFigures(logged: Side, plain: Side): Promise<Figure[]> {
  for (const operation of ['insert', 'update', 'delete'])
    await plain.sql.query(`alter table public.patients disable trigger patients_audit_${operation}`);
  // The trigger that keeps the key as it is goes with it.
  await plain.sql.query('alter table public.patients drop column if exists mark_key cascade');
  const tenant = logged.owner.tenantId;
  const { rows } = await logged.sql.query('select id from public.patients where tenant_id = $1 limit 1', [tenant]);
  const patient = rows[0].id;
  const [subject, baseline] = [await connectAs(logged.url, logged.owner), await connectAs(plain.url, plain.owner)];
  const update = `update public.patients set mobile_phone = '+1 617 555 0199' where tenant_id = $1 and id = $2`;
  const figures = [
    slower(
      'an insert with its line in the log, to without',
      await comparePair(
        () => undone(subject, statements.insert, [tenant]),
        () => undone(baseline, statements.insert, [tenant]),
      ),
      1.5,
    ),
    slower(
      'an update with its line in the log, to without',
      await comparePair(
        () => undone(subject, update, [tenant, patient]),
        () => undone(baseline, update, [tenant, patient]),
      ),
      1.5,
    ),
  ];
  figures.push(
    slower(
      'opening a record, which writes a line, to reading what a list shows of it',
      await comparePair(
        () => undone(subject, statements.open, [patient]),
        () => undone(subject, statements.get, [tenant, patient]),
      ),
      3,
    ),
  );
  await Promise.all([subject.end(), baseline.end()]);

  // The history of a million lines was written at once: the sealer begins after it, as if it had kept up.
  for (const side of [logged, plain])
    await side.sql.query('update private.audit_sealer set below = pg_snapshot_xmin(pg_current_snapshot())');
  const writers = async (side: Side, sealing: boolean) => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => connectAs(side.url, side.owner)));
    const writing = new AbortController();
    const sealer = sealing ? sealEachSecond(side.sql, writing.signal) : undefined;
    const done = await rate(async (worker) => void (await clients[worker]?.query(statements.insert, [tenant])), clients.length, 3);
    writing.abort();
    await sealer;
    await side.sql.query(`delete from public.patients where tenant_id = $1 and family_name = 'Inserted'`, [tenant]);
    // What is left of it is no work of the next writers.
    await side.sql.query('select private.seal_audit()');
    await side.sql.query('vacuum public.patients, private.patient_words');
    await Promise.all(clients.map((client) => client.end()));
    return done;
  };
  const rates = await compareRates(
    () => writers(logged, true),
    () => writers(plain, false),
  );
  figures.push(faster('fifty writers of one clinic with the log and its sealing, to without', rates, 0.8));
  return figures;
}
