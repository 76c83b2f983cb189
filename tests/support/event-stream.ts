import { request as httpRequest } from 'node:http';
import { waitFor } from '@/scripts/stack/wait';
import { stack } from './env';

/** What a browser would hear of a stream of server-sent events. */
export type EventStream = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** What has come until now. */
  events: { event: string; data: string }[];
  /** Whether the server has ended it. */
  ended: () => boolean;
  close: () => void;
};

/** Opens a stream and waits for its head. */
export function openStream(
  path: string,
  { host, cookie, port = stack.PORT }: { host: string; cookie?: string; port?: number },
): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        headers: { host, accept: 'text/event-stream', ...(cookie && { cookie }) },
        setHost: false,
        agent: false,
      },
      (response) => {
        const events: EventStream['events'] = [];
        let ended = false;
        let rest = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          const parts = `${rest}${chunk}`.split('\n\n');
          rest = parts.pop() ?? '';
          for (const part of parts) {
            const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1] ?? '';
            if (!part.startsWith(':')) events.push({ event: field('event'), data: field('data') });
          }
        });
        for (const end of ['end', 'error', 'close']) {
          response.on(end, () => {
            ended = true;
          });
        }
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          events,
          ended: () => ended,
          close: () => request.destroy(),
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}

/** Waits until a stream has brought as many events. */
export async function heard(stream: EventStream, count: number, patience = 10_000): Promise<void> {
  await waitFor(`${count} events`, async () => stream.events.length >= count, patience);
}
