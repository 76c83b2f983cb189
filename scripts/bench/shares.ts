import { gzipped, median } from './measure';
import type { Owner } from './populate';
import { connectAs } from './statements';
import { get, type Served } from './web';

/** Where the milliseconds of a page's whole answer go, at one connection; bytes of its document. */
type Shares = {
  page: string;
  whole: number;
  middleware: number;
  gate: number;
  query: number;
  gateway: number;
  rendering: number;
  bytes: number;
  packed: number;
};

type Subject = {
  served: Served;
  /** The same build without its middleware. */
  bare: Served;
  label: string;
  cookie: string;
  token: string;
  env: Record<string, string>;
  url: string;
  owner: Owner;
};

/** The functions that a page asks, one after the other, with what it hands in. */
const pages: Record<string, { query?: { name: string; body: object; sql: string } }> = {
  '/patients': {
    query: {
      name: 'list_patients',
      body: { p_search: '', p_archived: false, p_sort: 'name', p_descending: false, p_backwards: false, p_limit: 25 },
      sql: `select public.list_patients(p_search => '', p_archived => false, p_sort => 'name', p_descending => false, p_backwards => false, p_limit => 25)`,
    },
  },
  '/': {},
};

const rounds = 200;
/** Until all of them are compiled and have what they keep. */
const unmeasured = 60;

/** What several works take, in milliseconds, round by round; in each round all of them, in an order that turns. */
async function timeRounds<Name extends string>(works: Record<Name, () => Promise<unknown>>): Promise<Record<Name, number>[]> {
  const names = Object.keys(works) as Name[];
  const found: Record<Name, number>[] = [];
  for (let round = -unmeasured; round < rounds; round++) {
    const times = {} as Record<Name, number>;
    for (const place of names.keys()) {
      const name = names[(place + round + unmeasured) % names.length] as Name;
      const began = performance.now();
      await works[name]();
      times[name] = performance.now() - began;
    }
    if (round >= 0) found.push(times);
  }
  return found;
}

/** Measures where the time of the patient list and of the dashboard goes. */
export async function shares({ served, bare, label, cookie, token, env, url, owner }: Subject): Promise<Shares[]> {
  const member = await connectAs(url, owner);
  const nothing = async () => undefined;
  /** Asks a function of the data API, as the app does. */
  const ask = (name: string, body: object) => async () => {
    const answer = await fetch(`${env.SUPABASE_URL}/rest/v1/rpc/${name}`, {
      method: 'POST',
      headers: { apikey: env.SUPABASE_PUBLISHABLE_KEY ?? '', authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${name} answered ${answer.status}: ${text.slice(0, 200)}`);
  };
  const open = (to: Served, path: string) => async () => {
    const { status } = await get(to, label, path, { cookie });
    if (status !== 200) throw new Error(`${path} answered ${status}`);
  };
  const results: Shares[] = [];
  for (const [page, { query }] of Object.entries(pages)) {
    const times = await timeRounds({
      whole: open(served, page),
      past: open(bare, `/clinic/${label}${page === '/' ? '' : page}`),
      gate: () => member.query('select public.gate($1)', [label]),
      gateAsked: ask('gate', { p_slug: label }),
      query: query ? () => member.query(query.sql) : nothing,
      queryAsked: query ? ask(query.name, query.body) : nothing,
    });
    const { text } = await get(served, label, page, { cookie });
    const typical = (share: (time: (typeof times)[number]) => number) => median(times.map(share));
    results.push({
      page,
      whole: typical(({ whole }) => whole),
      middleware: typical(({ whole, past }) => whole - past),
      gate: typical(({ gate }) => gate),
      query: typical(({ query }) => query),
      gateway: typical((time) => time.gateAsked - time.gate + (time.queryAsked - time.query)),
      // Gate and query are asked beside each other.
      rendering: typical(({ past, gateAsked, queryAsked }) => past - Math.max(gateAsked, queryAsked)),
      bytes: Buffer.byteLength(text),
      packed: gzipped(text),
    });
  }
  await member.end();
  return results;
}

/** Prints them as the table that docs/benchmarks.md keeps. */
export function printShares(list: Shares[]): void {
  const columns = ['whole', 'middleware', 'gate', 'query', 'gateway', 'rendering'] as const;
  console.log(`\n| page, one connection, medians of ${rounds} | ${columns.join(' | ')} | document | gzipped |`);
  console.log(`| --- |${' --- |'.repeat(columns.length + 2)}`);
  for (const one of list) {
    const times = columns.map((name) => `${one[name].toFixed(1)} ms`);
    console.log(`| ${one.page} | ${times.join(' | ')} | ${(one.bytes / 1000).toFixed(0)} kB | ${(one.packed / 1000).toFixed(1)} kB |`);
  }
}
