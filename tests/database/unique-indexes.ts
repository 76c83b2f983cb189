import type pg from 'pg';
import { tables } from '../support/tables';

const acrossClinics = new Set([...tables.values()].flatMap((table) => Object.keys(table.acrossClinics ?? {})));

/** Whether PostgreSQL makes the value itself and lets nobody bring one, so that nobody can try one. */
const generated = `exists (
  select 1 from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = i.indrelid and i.indnkeyatts = 1 and a.attnum = i.indkey[0] and i.indisprimary
    and (a.attidentity = 'a' or pg_get_expr(d.adbin, d.adrelid) = 'gen_random_uuid()')
    and not exists (select 1 from unnest(array['anon', 'authenticated']) as r where has_column_privilege(r, i.indrelid, a.attnum, 'INSERT')))`;

/** Unique indexes and exclusion constraints of tenant tables by which one clinic could learn what another has. */
export async function oracles(sql: pg.Client): Promise<string[]> {
  const { rows } = await sql.query<{ table: string; index: string }>(
    `select n.nspname || '.' || c.relname as table, n.nspname || '.' || x.relname as index
     from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute t on t.attrelid = c.oid and t.attname = 'tenant_id' and not t.attisdropped
     where n.nspname in ('public', 'private') and (i.indisunique or i.indisexclusion)
       and not t.attnum = any ((i.indkey::int2[])[0 : i.indnkeyatts - 1]) and not ${generated} order by 1, 2`,
  );
  const found = rows.filter(({ index }) => !acrossClinics.has(index));
  const unused = [...acrossClinics].filter((name) => !rows.some(({ index }) => index === name));
  return [
    ...found.map(
      ({ table, index }) =>
        `${table}: ${index} is unique across clinics, which tells one what another has: put tenant_id into it, or name it with its reason in the table's fixture in tests/tables`,
    ),
    ...unused.map((name) => `${name} is an exception that nothing needs: take it out of its table's fixture in tests/tables`),
  ];
}
