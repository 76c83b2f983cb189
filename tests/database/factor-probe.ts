import { createHash } from 'node:crypto';
import type pg from 'pg';
import { become, failure } from '../support/database';
import type { Person } from '../support/world';

/** The recovery codes of everybody whom a probe gives a second factor. */
export const recoveryCodes = Array.from({ length: 10 }, (_, n) => `AAAABBBBCCCCDDD${n}`);

/** What tests of second factors ask and do, within the open transaction of a connection. */
export class FactorProbe {
  private readonly sql: () => pg.Client;

  constructor(sql: () => pg.Client) {
    this.sql = sql;
  }

  value = async (text: string, values: unknown[] = []) => (await this.sql().query(text, values)).rows[0]?.value;

  private leave = async () => {
    await this.sql().query('reset role');
    await this.sql().query(`select set_config('request.jwt.claims', '', true), set_config('request.jwt.claim.sub', '', true)`);
  };

  /** A statement as a person, for good within the test's transaction; answers the SQLSTATE of a refusal. */
  act = async (person: Person, text: string, values: unknown[] = []): Promise<string | undefined> => {
    await this.sql().query('savepoint act');
    await become(this.sql(), person, 'aal1');
    const code = await failure(this.sql().query(text, values));
    if (code) await this.sql().query('rollback to savepoint act');
    await this.leave();
    return code;
  };

  /** A question as a person, whose effects stay within the test's transaction. */
  ask = async (person: Person, text: string, values: unknown[] = []) => {
    await become(this.sql(), person, 'aal1');
    const answer = await this.value(text, values);
    await this.leave();
    return answer;
  };

  /** Gives a person a second factor by their own session, as the app does after the first code. */
  enable = async (person: Person): Promise<boolean> => {
    const factor = await this.value(
      `insert into auth.mfa_factors (user_id, friendly_name, status, secret) values ($1, gen_random_uuid()::text, 'verified', 'secret') returning id as value`,
      [person.userId],
    );
    const hashes = recoveryCodes.map((code) => createHash('sha256').update(code).digest('hex'));
    return this.value('select private.enable_second_factor($1, $2, $3) as value', [person.sessionId, factor, JSON.stringify(hashes)]);
  };
}
