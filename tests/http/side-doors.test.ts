import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../support/database';
import { stack } from '../support/env';
import { bind, canary, createClinic, createPerson, loadWorld, openSession, type Person } from '../support/world';

const { people, clinics } = loadWorld();
const secrets = [canary, clinics.alder.patientId, people.alder_staff.email, people.alder_staff.userId];
/** Finds the canary without naming it: what a client sends may stand in the gateway's log. */
const word = canary.slice(0, 8);
let sql: pg.Client;
/** The owner of a clinic of this file's own: whatever the functions do, they do it there. */
let outsider: Person;
let yew: string;
let actors: [string, Person | null][];
beforeAll(async () => {
  sql = await connect();
  outsider = await createPerson(stack, 'owner@yew.test');
  yew = await createClinic(sql, 'yew', 'Yew Clinic', outsider);
  await bind(sql, yew, outsider);
  await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [outsider.userId]);
  actors = [
    ['another clinic’s owner', outsider],
    ['a removed member', people.removed],
    ['somebody without a clinic', people.stranger],
    ['nobody', null],
  ];
});
afterAll(() => sql.end());

async function ask(path: string, person: Person | null, init: RequestInit = {}): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${stack.SUPABASE_URL}/rest/v1/${path}`, {
    ...init,
    headers: {
      apikey: stack.SUPABASE_PUBLISHABLE_KEY,
      authorization: `Bearer ${person?.accessToken ?? stack.SUPABASE_PUBLISHABLE_KEY}`,
      'content-type': 'application/json',
      ...init.headers,
    },
  });
  return { status: answer.status, text: `${await answer.text()} ${answer.headers.get('content-range') ?? ''}` };
}

const leaks = (text: string) => secrets.filter((secret) => text.includes(secret));

const names = async (query: string): Promise<string[]> => (await sql.query(query)).rows.map(({ name }) => name);
const tables = () =>
  names(
    `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p') order by 1`,
  );
/** What of a table the data API may show at all. */
const shown = (table: string) =>
  `(select coalesce(string_agg(t.attname, ',') filter (where has_column_privilege('authenticated', ${table}.oid, t.attnum, 'select')), '*')
    from pg_attribute t where t.attrelid = ${table}.oid and t.attnum > 0 and not t.attisdropped)`;
const selections = () =>
  names(
    `select c.relname || '?select=' || ${shown('c')} as name from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p') order by 1`,
  );
/** Every pair of tables that a query can join by a foreign key, in both directions. */
const embeds = () =>
  names(
    `select distinct x.name from pg_constraint k
     join pg_class a on a.oid = k.conrelid join pg_class b on b.oid = k.confrelid,
     lateral (values (format('%s?select=%s,%s(%s)', a.relname, ${shown('a')}, b.relname, ${shown('b')})), (format('%s?select=%s,%s(%s)', b.relname, ${shown('b')}, a.relname, ${shown('a')}))) as x (name)
     where k.contype = 'f' and a.relnamespace = 'public'::regnamespace and b.relnamespace = 'public'::regnamespace order by 1`,
  );

describe('I5 no side door of the data API shows another clinic', () => {
  test('tables and views, as JSON, as CSV, counted, ordered, and joined', async () => {
    const paths = [
      ...(await tables()).map((name) => `${name}?select=*`),
      ...(await selections()).flatMap((path) => [path, `${path}&order=created_at.desc&limit=1000`]),
      ...(await embeds()),
      `patients?select=id,family_name&family_name=like.${word}*`,
      `patients?select=id,family_name&or=(family_name.like.${word}*,tenant_id.eq.${clinics.alder.id})`,
      `patients?tenant_id=eq.${clinics.alder.id}&select=count`,
    ];
    const headerSets: Record<string, string>[] = [
      {},
      { accept: 'text/csv' },
      { prefer: 'count=exact' },
      { accept: 'application/vnd.pgrst.object+json' },
    ];
    expect((await ask('patients?select=family_name', people.alder_owner)).text).toContain(canary);
    expect((await ask('patients?select=remarks', people.alder_owner)).status).toBe(403);
    let answered = 0;
    for (const [who, person] of actors)
      for (const path of paths)
        for (const headers of headerSets) {
          const { status, text } = await ask(path, person, { headers });
          expect(leaks(text), `${who}: ${path} ${JSON.stringify(headers)}`).toEqual([]);
          if (status < 300) answered++;
        }
    // A gateway that refuses everything would prove nothing.
    expect(answered).toBeGreaterThan(100);
  });

  test('a count of another clinic’s rows is a count of none', async () => {
    const counted = (person: Person) =>
      ask(`patients?select=id&tenant_id=eq.${clinics.alder.id}`, person, { headers: { prefer: 'count=exact' } });
    expect((await counted(people.alder_owner)).text).not.toMatch(/\/0$/);
    expect((await counted(outsider)).text).toMatch(/^\[\] .*\/0$/);
  });

  test('every function, with the ids, names and words of another clinic', async () => {
    const { rows } = await sql.query<{ name: string; args: { name: string; type: string }[]; required: number }>(
      `select p.proname as name, coalesce(json_agg(json_build_object('name', a.name, 'type', format_type(a.type, null)) order by a.n)
         filter (where a.name is not null), '[]') as args, p.pronargs - p.pronargdefaults as required
       from pg_proc p left join lateral unnest(p.proargnames[1:p.pronargs], p.proargtypes::oid[]) with ordinality as a (name, type, n) on true
       where p.pronamespace = 'public'::regnamespace group by p.oid, p.proname order by 1`,
    );
    expect(rows.length).toBeGreaterThan(30);
    const guesses: Record<string, unknown[]> = {
      uuid: [clinics.alder.patientId, clinics.alder.id],
      text: ['alder', word],
      'text[]': [['given_name', 'family_name', 'birth_date']],
      boolean: [false, true],
      integer: [1],
      bigint: [1],
      smallint: [15],
      date: ['1980-05-12'],
      jsonb: [{}],
    };
    const found = await ask('rpc/list_patients', people.alder_owner, { method: 'POST', body: '{}' });
    expect(found.text).toContain(canary);
    let answered = 0;
    for (const [who, person] of actors)
      for (const { name, args, required } of rows) {
        // Some of them end the session: the clinic's owner comes with a fresh one to each.
        const actor = person === outsider ? await openSession(stack, outsider.email) : person;
        if (person === outsider && actor) await bind(sql, yew, actor);
        const bodies = [args, args, args.slice(0, required)].map((asked, turn) =>
          Object.fromEntries(asked.map(({ name: argument, type }) => [argument, guesses[type]?.[turn % guesses[type].length] ?? 'x'])),
        );
        for (const body of bodies) {
          const sent = JSON.stringify(body);
          const posted = await ask(`rpc/${name}`, actor, { method: 'POST', body: sent });
          const got = await ask(`rpc/${name}?${new URLSearchParams(body as Record<string, string>)}`, actor);
          // A refusal may repeat what was sent, never more than that.
          const text = `${posted.text} ${got.text}`;
          expect(
            leaks(text).filter((secret) => !sent.includes(secret)),
            `${who}: ${name} ${sent}`,
          ).toEqual([]);
          if (person === outsider && posted.status < 300) answered++;
        }
      }
    expect(answered).toBeGreaterThan(30);
  });
});
