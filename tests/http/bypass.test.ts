import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyWithoutMiddleware } from '@/scripts/stack/build';
import { stack } from '../support/env';
import { cookieOf, hostOf, send } from '../support/http';
import { type SecondApp, startSecondApp } from '../support/second-app';
import { canary, loadWorld } from '../support/world';

const { people, clinics } = loadWorld();
const id = clinics.alder.patientId;
let withoutMiddleware: SecondApp;

/** The build with its middleware taken out, as if a request had found a way around it. */
beforeAll(async () => {
  withoutMiddleware = await startSecondApp('bare', { NEXT_DIST_DIR: copyWithoutMiddleware('.next-test') });
});
afterAll(async () => {
  await withoutMiddleware.stop();
  rmSync('.next-test-bare', { recursive: true, force: true });
});

const subrequest = Array(5).fill('middleware').join(':');
const paths = ['/', '/patients', `/patients/${id}`, `/patients/${id}/edit`, '/account'];
const shapes = (path: string) => [
  path,
  `/clinic/alder${path}`,
  `${path}.rsc`,
  `${path === '/' ? '/index' : path}.segments/_tree.segment.rsc`,
  `/_next/data/build/clinic/alder${path}.json`,
  `/${path}`,
  path.replace(/\/(?=.)/g, '%2f'),
  `/clinic/%61lder${path}`,
  `${path}?_rsc=1`,
  `${path}?nxtPtenant=alder`,
  `/clinic/x${path}?nxtPtenant=alder`,
  `/./clinic/alder${path}`,
  `/_next/../clinic/alder${path}`,
  `/icon.svg/../clinic/alder${path}`,
  `/icon.svg/clinic/alder${path}`,
];
const headerSets: Record<string, string>[] = [
  {},
  { 'x-middleware-subrequest': subrequest },
  { 'x-middleware-subrequest': 'src/middleware:src/middleware:src/middleware:src/middleware:src/middleware' },
  { rsc: '1' },
  { rsc: '1', 'next-router-prefetch': '1', 'next-router-segment-prefetch': '/_tree' },
  { 'x-middleware-rewrite': `/clinic/alder/patients/${id}`, 'x-middleware-next': '1' },
  { 'x-nextjs-data': '1', 'x-matched-path': `/clinic/alder/patients/${id}`, 'x-invoke-path': `/clinic/alder/patients/${id}` },
];

describe('H2 nothing protected leaks around the middleware', () => {
  test('the allowed reads exist', async () => {
    const cookie = await cookieOf(people.alder_owner);
    expect((await send(`/patients/${id}`, { host: hostOf('alder'), headers: { cookie } })).body).toContain(canary);
    const bare = await send(`/clinic/alder/patients/${id}`, { host: hostOf('alder'), headers: { cookie }, port: withoutMiddleware.port });
    expect(bare.body).toContain(canary);
  });

  test.each([
    ['with middleware', false],
    ['with middleware off', true],
  ] as const)('%s', async (_, bare) => {
    const birch = await cookieOf(people.birch_owner);
    const port = bare ? withoutMiddleware.port : stack.PORT;
    let tried = 0;
    const attempts = [
      ...headerSets.flatMap((headers) => [headers, { ...headers, cookie: birch }]),
      { cookie: await cookieOf(people.removed) },
      { cookie: 'session=base64-e30' },
    ];
    for (const host of ['alder', '']) {
      for (const path of paths) {
        for (const shape of shapes(path)) {
          const answers = await Promise.all(
            attempts.map((headers) => send(shape, { host: hostOf(host), headers, port }).catch(() => null)),
          );
          for (const answer of answers) {
            tried++;
            if (answer?.body.includes(canary)) throw new Error(`${host} ${shape} answered ${answer.status} with protected bytes`);
          }
        }
      }
    }
    expect(tried).toBeGreaterThan(1000);
  });

  test('an upgraded connection gets no page', async () => {
    const cookie = await cookieOf(people.birch_owner);
    for (const port of [stack.PORT, withoutMiddleware.port]) {
      const tries = [`/patients/${id}`, `/clinic/alder/patients/${id}`].map((path) =>
        send(path, {
          host: hostOf('alder'),
          port,
          headers: { upgrade: 'websocket', connection: 'upgrade', cookie },
          deadline: 2_000,
        }).catch(() => null),
      );
      for (const answer of await Promise.all(tries)) expect(answer?.body ?? '').not.toContain(canary);
    }
  });
});
