import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { type SecondApp, startSecondApp } from '../tests/support/second-app';

/** What a hostile neighbour of the clinics answers: a page of its own, whatever the path. */
type Hostile = { html: string; headers: Record<string, string | string[]> };

/**
 * The app over TLS on `*.yourcrm.test`, where neighbours are one site to a browser, as in production; siblings of
 * `localhost` are not. `hostile` is a page at `evil.yourcrm.test`, as a taken-over subdomain would serve it.
 */
export type TlsSite = {
  at: (label: string, path?: string) => string;
  hostile: (html: string, headers?: Hostile['headers']) => void;
  /** The Cookie headers that browsers have sent to the hostile names. */
  hostileCookies: () => string[];
  /** How many requests other than GET have reached the app, preflights included. */
  received: () => number;
  stop: () => Promise<void>;
};

/** Chromium resolves the site's names by this argument. */
export const hostRules = '--host-resolver-rules=MAP *.yourcrm.test 127.0.0.1,MAP yourcrm.test 127.0.0.1,MAP *.elsewhere.test 127.0.0.1';

const hostileNames = /^(evil\.yourcrm|www\.elsewhere)\.test(:|$)/;

export async function startTlsSite(): Promise<TlsSite> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'yourcrm.test' }], {
    extensions: [
      { name: 'subjectAltName', altNames: ['yourcrm.test', '*.yourcrm.test', '*.elsewhere.test'].map((value) => ({ type: 2, value })) },
    ],
  });
  let app: SecondApp | undefined;
  let received = 0;
  const cookies: string[] = [];
  let answer: Hostile = { html: '', headers: {} };
  const server: Server = createServer({ cert, key }, (incoming, outgoing) => {
    if (hostileNames.test(incoming.headers.host ?? '')) {
      cookies.push(incoming.headers.cookie ?? '');
      outgoing.writeHead(200, { 'content-type': 'text/html', ...answer.headers });
      outgoing.end(answer.html);
      return;
    }
    const { method, url, headers } = incoming;
    if (method !== 'GET') received++;
    const onward = request(
      {
        host: '127.0.0.1',
        port: app?.port,
        method,
        path: url,
        headers: { ...headers, 'x-forwarded-for': '203.0.113.200' },
        setHost: false,
      },
      (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  app = await startSecondApp('tls', { APP_URL: `https://yourcrm.test:${port}`, TRUSTED_PROXY_HOPS: '1' });
  return {
    at: (label, path = '/') =>
      label.includes('.') ? `https://${label}:${port}${path}` : `https://${label ? `${label}.` : ''}yourcrm.test:${port}${path}`,
    hostile: (html, headers = {}) => {
      answer = { html, headers };
    },
    received: () => received,
    hostileCookies: () => cookies,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await app?.stop();
    },
  };
}
