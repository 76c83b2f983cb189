import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { become, failure } from '../support/database';
import { loadWorld, type Person } from '../support/world';

const alder = loadWorld().clinics.alder.id;
const keys = ['owner', 'admin', 'practitioner', 'staff', 'billing', 'bare'] as const;

/** What tests of Alder's team ask and do, within the open transaction of a connection. */
export class TeamProbe {
  readonly roleIds = {} as Record<(typeof keys)[number], string>;
  private readonly sql: pg.Client;

  private constructor(sql: pg.Client) {
    this.sql = sql;
  }

  static async on(sql: pg.Client): Promise<TeamProbe> {
    const probe = new TeamProbe(sql);
    for (const key of keys) probe.roleIds[key] = await probe.roleOf(key);
    return probe;
  }

  value = async (text: string, values: unknown[] = []) => (await this.sql.query(text, values)).rows[0]?.value;

  roleOf = (key: string, tenant = alder): Promise<string> =>
    this.value('select id as value from public.roles where tenant_id = $1 and key = $2', [tenant, key]);

  membershipOf = (person: Person): Promise<string> =>
    this.value('select id as value from public.memberships where tenant_id = $1 and user_id = $2', [alder, person.userId]);

  confirm = (person: Person) => this.sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [person.userId]);

  roleHeldBy = (person: Person): Promise<string | undefined> =>
    this.value(
      `select r.key || case m.status when 'active' then '' else ' ' || m.status end as value
       from public.memberships m join public.roles r on r.id = m.role_id where m.tenant_id = $1 and m.user_id = $2`,
      [alder, person.userId],
    );

  /** Runs a statement as a person for good, within the test's transaction; answers the SQLSTATE of a refusal. */
  act = async (person: Person, text: string, values: unknown[] = []): Promise<string | undefined> => {
    await this.sql.query('savepoint act');
    await become(this.sql, person);
    const code = await failure(this.sql.query(text, values));
    if (code) await this.sql.query('rollback to savepoint act');
    await this.sql.query('reset role');
    return code;
  };

  invite = async (person: Person, emails: string[], role: string) => {
    await this.confirm(person);
    return this.act(person, 'select public.invite_people($1, $2)', [JSON.stringify(emails), role]);
  };

  /** Gives the open invitation of an address a token, as its mail does. */
  tokenFor = async (email: string): Promise<string> => {
    const token = randomBytes(32).toString('base64url');
    const { rows } = await this.sql.query('select tenant_id, id from public.invitations where email = $1', [email]);
    await this.sql.query('select private.issue_invitation_token($1, $2, $3)', [
      rows[0].tenant_id,
      rows[0].id,
      createHash('sha256').update(token).digest(),
    ]);
    return token;
  };

  accept = (token: string, slug = 'alder') => this.value(`select public.accept_invitation($1, $2, 'New Person') as value`, [slug, token]);

  statusOf = (email: string) => this.value('select status as value from public.invitations where email = $1', [email]);
}
