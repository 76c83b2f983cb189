import pg from 'pg';
import type { Owner } from './populate';

/** The statements that are timed, as the app sends them; $1 is always the clinic. */
export const statements = {
  list: `select id, given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, external_id, updated_at
    from public.patients where tenant_id = $1 and archived = false order by name_key, id limit 26`,
  get: `select id, given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, external_id, updated_at
    from public.patients where tenant_id = $1 and id = $2`,
  open: 'select * from public.open_patient($1)',
  search: `select id, given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, external_id, updated_at
    from public.patients p where p.tenant_id = $1 and p.archived = false
      and p.id in (select w.patient_id from private.patient_words w where w.tenant_id = $1 and w.word >= $2 and w.word < $2 || U&'\\+10FFFF')
    order by p.name_key, p.id limit 26`,
  insert: `insert into public.patients (tenant_id, given_name, family_name, birth_date, mobile_phone, external_id)
    values ($1, 'Bench', 'Inserted', '1980-05-12', '+1 617 555 0100', null)`,
  trigram: `select id, given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, external_id, updated_at
    from public.patients p where p.tenant_id = $1 and p.archived = false and p.name_key like '%' || $2 || '%'
    order by p.name_key, p.id limit 26`,
} as const;

/** A connection that works as a clinic's owner under the policies, as the data API does. */
export async function connectAs(url: string, owner: Owner): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const claims = JSON.stringify({ role: 'authenticated', sub: owner.userId, session_id: owner.sessionId, aal: 'aal1' });
  await client.query(
    `select set_config('request.jwt.claims', $1, false), set_config('request.jwt.claim.sub', $2, false), set_config('role', 'authenticated', false)`,
    [claims, owner.userId],
  );
  return client;
}

/** A connection as the database's owner, whom no policy binds. */
export async function connectAsOwner(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Runs a statement and undoes it. */
export async function undone(client: pg.Client, text: string, values: unknown[]): Promise<void> {
  await client.query('begin');
  await client.query(text, values);
  await client.query('rollback');
}
