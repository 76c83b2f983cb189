import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { boundedFetch } from '@/lib/infra/bounded-fetch';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A server that answers every request in one way. */
async function serve(answer: (response: ServerResponse) => void) {
  const server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('an answer is passed on whole', async () => {
  await using server = await serve((response) => response.writeHead(206, { 'x-kind': 'part' }).end('{"rows":[]}'));
  const answer = await boundedFetch(server.url);
  expect([answer.status, answer.headers.get('x-kind'), await answer.json()]).toEqual([206, 'part', { rows: [] }]);
});

test('nothing waits for a request that has its answer', async () => {
  await using server = await serve((response) => response.end());
  const before = vi.getTimerCount();
  for (let request = 0; request < 20; request += 1) await boundedFetch(server.url);
  // fetch itself keeps a few for its connection, however many the requests.
  expect(vi.getTimerCount()).toBeLessThan(before + 10);
});

test('an answer without a body has none', async () => {
  await using server = await serve((response) => response.writeHead(204).end());
  const answer = await boundedFetch(server.url);
  expect([answer.status, answer.body]).toEqual([204, null]);
});

test.each(['headers', 'body'])('a server that stalls before the end of its %s is given up', async (stalled) => {
  const reached = Promise.withResolvers<void>();
  await using server = await serve((response) => {
    if (stalled === 'body') response.writeHead(200, { 'content-length': '100' }).write('{"rows":');
    reached.resolve();
  });
  const asked = expect(boundedFetch(server.url)).rejects.toMatchObject({ name: 'TimeoutError' });
  await reached.promise;
  await vi.advanceTimersByTimeAsync(10_000);
  await asked;
});

test('a caller who gives up is answered at once', async () => {
  const given = new AbortController();
  await using server = await serve(() => given.abort(new Error('enough')));
  await expect(boundedFetch(server.url, { signal: given.signal })).rejects.toThrow('enough');
});
