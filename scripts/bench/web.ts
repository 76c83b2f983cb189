import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import type pg from 'pg';
import type { Run } from '../stack/lifecycle';
import { freePort } from '../stack/ports';
import { startApp } from '../stack/processes';
import { waitFor } from '../stack/wait';
import { compareRates, gzipped, quantile, rate } from './measure';
import { atMost, type Figure, faster } from './report';

export type Served = { port: number; root: string };
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** Sends one request to a part of a served app. */
export function get(
  served: Served,
  label: string,
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: served.port,
        path: url,
        method,
        agent,
        setHost: false,
        headers: { host: label ? `${label}.${served.root}` : served.root, ...headers },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Serves a build and waits until it answers. */
export async function serveBuild(run: Run, env: Record<string, string>, dist: string, log: string): Promise<Served> {
  const port = await freePort();
  startApp(run, 'start', { ...env, PORT: String(port), NEXT_DIST_DIR: dist }, log);
  const served = { port, root: new URL(env.APP_URL ?? '').host };
  await waitFor(
    'the app to answer',
    () =>
      get(served, 'x', '/api/health').then(
        ({ status }) => status === 200,
        () => false,
      ),
    60_000,
  );
  return served;
}

/** Pages a second of one address. */
function pages(served: Served, label: string, url: string, cookie: string): () => Promise<number> {
  return () =>
    rate(
      async () => {
        const { status } = await get(served, label, url, { cookie });
        if (status !== 200) throw new Error(`${url} answered ${status}`);
      },
      4,
      3,
    );
}

export async function pageFigures(served: Served, bare: Served, label: string, cookie: string): Promise<Figure[]> {
  const list = pages(served, label, '/patients', cookie);
  await list();
  return [
    faster(
      'patient list, to a bare page with as many requests without RLS',
      await compareRates(list, pages(served, '', `/bare/${label}`, cookie)),
      0.85,
    ),
    faster(
      'patient list with middleware, to without',
      await compareRates(list, pages(bare, label, `/clinic/${label}/patients`, cookie)),
      0.9,
    ),
  ];
}

/** From a count's commit until a browser that watches hears of it. */
export async function streamFigure(served: Served, label: string, cookie: string, sql: pg.Client): Promise<Figure> {
  let heard = (_mails: number): void => undefined;
  const stream = request({
    host: '127.0.0.1',
    port: served.port,
    path: '/api/tenant/usage/stream',
    setHost: false,
    headers: { host: `${label}.${served.root}`, cookie },
  });
  stream.on('response', (answer) => {
    answer.setEncoding('utf8').on('data', (text: string) => {
      for (const [, mails] of text.matchAll(/"mails":\{"used":(\d+)/g)) heard(Number(mails));
    });
  });
  const until = (wanted: (mails: number) => boolean) =>
    new Promise<number>((resolve) => {
      heard = (mails) => wanted(mails) && resolve(mails);
    });
  const first = until(() => true);
  stream.end();
  let mails = await first;
  const times: number[] = [];
  for (let n = 0; n < 40; n++) {
    mails += 1;
    const told = until((count) => count === mails);
    await sql.query(`select private.take_usage(id, 'mails', 1) from public.tenants where slug = $1`, [label]);
    const began = performance.now();
    await told;
    times.push(performance.now() - began);
  }
  stream.destroy();
  return atMost('a change of usage reaches a browser, p95 of 40', quantile(times, 0.95), 'ms', 2000);
}

/** The scripts that the dashboard loads first, gzipped. */
export async function scriptFigure(served: Served, label: string, cookie: string): Promise<Figure> {
  const { text } = await get(served, label, '/', { cookie });
  // Browsers that know modules leave out the script that is for the others.
  const modern = text.replace(/<script[^>]*nomodule[^>]*>/gi, '');
  const files = new Set([...modern.matchAll(/\/_next\/static\/[^"'\\ ]+\.js/g)].map(([file]) => file));
  let bytes = 0;
  for (const file of files) bytes += gzipped((await get(served, label, file)).text);
  if (files.size === 0) throw new Error('the dashboard names no scripts');
  return atMost('first-load JavaScript of the dashboard, gzipped', bytes / 1000, 'kB', 185);
}

/** Sign-ups one after the other, as a prospect waits for them. */
export async function provisioningFigure(served: Served): Promise<Figure> {
  const times: number[] = [];
  for (let n = 0; n < 60; n++) {
    const subdomain = `bench-new-${randomUUID().slice(0, 8)}`;
    const body = JSON.stringify({
      companyName: 'Bench Clinic',
      subdomain,
      adminName: 'Bench Owner',
      adminEmail: `${subdomain}@bench.test`,
      adminPassword: 'four green kettles sing',
      acceptedTerms: true,
    });
    const began = performance.now();
    const { status } = await get(served, 'signup', '/api/provision-tenant', { 'content-type': 'application/json' }, 'POST', body);
    times.push(performance.now() - began);
    if (status !== 201) throw new Error(`a sign-up answered ${status}`);
  }
  return atMost('provisioning, p95 of 60', quantile(times, 0.95), 'ms', 2000);
}
