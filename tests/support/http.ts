import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect as tcpConnect } from 'node:net';
import { createServerClient } from '@supabase/ssr';
import { stack } from './env';
import { type Action, readActions } from './manifest';
import type { Person } from './world';

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string };

type Options = {
  host: string;
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  port?: number;
  deadline?: number;
  agent?: Agent;
};

/** Sends one request to the app on the loopback address with any Host header. */
export function send(
  path: string,
  { host, method = 'GET', headers = {}, body, port = stack.PORT, deadline = 30_000, agent }: Options,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method, headers: { host, ...headers }, setHost: false, agent: agent ?? false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }),
        );
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server may close a connection in the moment in which it is used again; such a request was not begun.
      // https://nodejs.org/api/http.html#requestreusedsocket
      if (request.reusedSocket && error.code === 'ECONNRESET') resolve(send(path, { host, method, headers, body, port, deadline, agent }));
      else reject(error);
    });
    request.setTimeout(deadline, () => request.destroy(new Error(`no answer within ${deadline} ms`)));
    request.end(body);
  });
}

let known: Map<string, Action> | undefined;
/** A server action of the build. */
export function actionOf(name: string): Action {
  known ??= new Map(readActions().map((action) => [action.name, action]));
  const action = known.get(name);
  if (!action) throw new Error(`the build has no action ${name}`);
  return action;
}

type ActionCall = { page?: string; host: string; cookie?: string; origin?: string; port?: number; headers?: Record<string, string> };

/** An action's argument as React sends it: JSON, or beside its files in parts. */
async function encoded(input: unknown): Promise<{ body: string | Buffer; type: string }> {
  const files = Object.entries(input ?? {}).filter((entry): entry is [string, File] => entry[1] instanceof File);
  if (files.length === 0) return { body: JSON.stringify([input]), type: 'text/plain;charset=UTF-8' };
  const form = new FormData();
  const references = files.map(([name], place) => [name, `$B${(place + 1).toString(16)}`]);
  for (const [place, [, file]] of files.entries()) form.append(String(place + 1), file);
  form.append('0', JSON.stringify([{ ...(input as object), ...Object.fromEntries(references) }]));
  const request = new Response(form);
  return { body: Buffer.from(await request.arrayBuffer()), type: request.headers.get('content-type') ?? '' };
}

/** Calls a server action past its page, as a browser would; only a page that carries it knows it. */
export async function callAction(name: string, input: unknown, { page, host, cookie, origin, port, headers }: ActionCall): Promise<Answer> {
  const action = actionOf(name);
  const { body, type } = await encoded(input);
  return send(page ?? action.page, {
    host,
    port,
    method: 'POST',
    headers: {
      ...(cookie && { cookie }),
      origin: origin ?? `http://${host}`,
      'next-action': action.id,
      'content-type': type,
      accept: 'text/x-component',
      ...headers,
    },
    body,
  });
}

/** Sends bytes as they are and answers the status line's code; 0 when the server just closes. */
export function sendRaw(lines: string[]): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const socket = tcpConnect(stack.PORT, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    const done = () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), body: text });
    socket.on('close', done);
    socket.on('error', done);
  });
}

/** A host of the app with its port: `alder` → alder.localhost:3000, '' → the root. */
export function hostOf(label: string): string {
  const root = new URL(stack.APP_URL).host;
  return label ? `${label}.${root}` : root;
}

/** The session cookie of a person, as the app writes it. */
export async function cookieOf(person: Person): Promise<string> {
  const jar = new Map<string, string>();
  const client = createServerClient(stack.SUPABASE_URL, stack.SUPABASE_PUBLISHABLE_KEY, {
    cookieOptions: { name: 'session' },
    cookies: {
      getAll: () => [...jar].map(([name, value]) => ({ name, value })),
      setAll: (list) => {
        for (const { name, value } of list) jar.set(name, value);
      },
    },
  });
  await client.auth.setSession({ access_token: person.accessToken, refresh_token: person.refreshToken });
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
}
