import { Agent } from 'node:http';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../support/database';
import { cookieOf, hostOf, send } from '../support/http';
import { repeated } from '../support/size';
import { canary, loadWorld } from '../support/world';

const { people, clinics } = loadWorld();
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(async () => {
  agent.destroy();
  await sql.end();
});

type Side = { host: string; cookie: string; own: string; patient: string; foreign: string[]; paths: string[] };

/** Everything by which one clinic could be recognised in the other's answers. */
async function marks(slug: 'alder' | 'birch'): Promise<string[]> {
  const { rows } = await sql.query('select family_name from public.patients where tenant_id = $1', [clinics[slug].id]);
  return [clinics[slug].id, clinics[slug].patientId, people[`${slug}_owner`].email, ...rows.map(({ family_name }) => family_name)];
}

/** Next answers its own format only under the address that it makes of the headers. */
async function addressFor(side: Omit<Side, 'paths'>, path: string): Promise<string> {
  const { headers } = await send(path, { host: side.host, headers: { cookie: side.cookie, rsc: '1' } });
  return headers.location ?? path;
}

const requests = repeated(1_000, 10_000);

test(`I8 ${requests} interleaved requests of two clinics never mix, as documents and in Next’s own format`, async () => {
  const sides: Side[] = [];
  for (const slug of ['alder', 'birch'] as const) {
    const owner = people[`${slug}_owner`];
    const side = {
      host: hostOf(slug),
      cookie: await cookieOf(owner),
      own: clinics[slug].name,
      patient: slug === 'alder' ? canary : 'birch-patient',
      foreign: await marks(slug === 'alder' ? 'birch' : 'alder'),
    };
    const paths = ['/', '/patients', `/patients/${clinics[slug].patientId}`, '/account'];
    sides.push({ ...side, paths: [...paths, ...(await Promise.all(paths.map((path) => addressFor(side, path))))] });
  }
  const problems = new Set<string>();
  let next = 0;
  async function work(): Promise<void> {
    for (let n = next++; n < requests; n = next++) {
      const side = sides[n % 2];
      if (!side) return;
      const index = Math.floor(n / 2) % side.paths.length;
      const path = side.paths[index] ?? '/';
      const rsc = index >= side.paths.length / 2;
      const headers: Record<string, string> = rsc ? { cookie: side.cookie, rsc: '1' } : { cookie: side.cookie };
      const answer = await send(path, { host: side.host, headers, agent });
      const where = `${side.host}${path}`;
      if (answer.status !== 200) problems.add(`${where} answered ${answer.status}`);
      // Next sends a page's changed parts only: the frame with the clinic's name is in every document.
      if (!rsc && !answer.body.includes(side.own)) problems.add(`${where} lacks its own clinic`);
      if (path.startsWith('/patients') && !answer.body.includes(side.patient)) problems.add(`${where} lacks its own patient`);
      if (side.foreign.some((mark) => answer.body.includes(mark))) problems.add(`${where} holds the other clinic`);
      const caching = String(answer.headers['cache-control']);
      if (!caching.includes('private') || !caching.includes('no-store')) problems.add(`${where} may be cached: ${caching}`);
    }
  }
  await Promise.all(Array.from({ length: 16 }, work));
  expect([...problems]).toEqual([]);
  expect(next).toBeGreaterThanOrEqual(requests);
});
