import pg from 'pg';
import type { Person } from './world';

/** Connects as the database's owner. */
export async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  return client;
}

/** Whom a statement runs as: a person's session, or nobody. */
export type Actor = Person | 'anon';

/** Puts a transaction into the state in which the data API runs an actor's statements; `aal` is what the token says. */
export async function become(sql: pg.Client, actor: Actor, aal = 'aal2'): Promise<void> {
  const role = actor === 'anon' ? 'anon' : 'authenticated';
  const claims = actor === 'anon' ? { role } : { role, sub: actor.userId, session_id: actor.sessionId, aal };
  await sql.query(
    `select set_config('role', $1, true), set_config('request.jwt.claims', $2, true), set_config('request.jwt.claim.sub', $3, true)`,
    [role, JSON.stringify(claims), actor === 'anon' ? '' : actor.userId],
  );
}

/** Runs work as an actor inside the open transaction and undoes all of it. */
export async function as<T>(sql: pg.Client, actor: Actor, work: () => Promise<T>): Promise<T> {
  await sql.query('savepoint actor');
  try {
    await become(sql, actor);
    return await work();
  } finally {
    await sql.query('rollback to savepoint actor');
  }
}

/** Runs work in a transaction that is always rolled back. */
export async function rolledBack<T>(sql: pg.Client, work: () => Promise<T>): Promise<T> {
  await sql.query('begin');
  try {
    return await work();
  } finally {
    await sql.query('rollback');
  }
}

/** The SQLSTATE with which a statement fails; undefined when it succeeds. */
export async function failure(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error instanceof pg.DatabaseError ? error.code : String(error);
  }
}
