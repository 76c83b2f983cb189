import 'server-only';
import { currentSlug } from '@/lib/access/gate';
import { bearerClient, sessionClient } from '@/lib/infra/supabase';
import { watchUsage } from './live';
import { readUsage } from './queries';
import type { UsageState } from './schema';

/** How often a sign of life is sent, and how often the caller's rights are looked at, in milliseconds. */
const heartbeat = 15_000;
const recheck = 60_000;
/** What one session may keep open; the oldest gives way. */
const perSession = 6;
/** How many messages may wait for a reader who does not read. */
const patience = 64;

type Open = { end: () => void; close: () => void };
/** The open streams of each session, the oldest first. */
const open = new Map<string, Open[]>();

// Who is asked to stop waits for all answers to end, and these never would; browsers ask again elsewhere.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    for (const stream of [...open.values()].flat()) stream.close();
  });
}

const message = ({ usage }: UsageState) => `event: usage\ndata: ${JSON.stringify(usage)}\n\n`;

/**
 * The usage of the caller's clinic as server-sent events: `usage` at once and within two seconds of every change, `end` when the
 * caller may not watch any more. Null for who may not watch at all. Nothing of it counts as activity of the session. When the access
 * token has run out, or the database is away for long, the stream just closes: the browser comes again with a fresh token.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function openUsageStream(signal: AbortSignal): Promise<ReadableStream<Uint8Array> | null> {
  const slug = await currentSlug();
  const { data } = await (await sessionClient()).auth.getSession();
  if (!data.session) return null;
  const db = bearerClient(data.session.access_token);
  const caller = await readUsage(db, slug);
  if (!caller) return null;
  const { tenant_id, session_id } = caller;

  const encoder = new TextEncoder();
  let forget = (): void => undefined;
  let close = (): void => undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (text: string) => {
        if ((controller.desiredSize ?? 0) < -patience) close();
        else controller.enqueue(encoder.encode(text));
      };
      const self: Open = {
        end: () => {
          write('event: end\ndata: now\n\n');
          close();
        },
        close: () => close(),
      };
      const stop = watchUsage({ tenantId: tenant_id, state: caller, send: (fresh) => write(message(fresh)) });
      const beat = setInterval(() => write(': alive\n\n'), heartbeat);
      let failures = 0;
      const check = setInterval(() => {
        readUsage(db, slug).then(
          (now) => {
            failures = 0;
            if (now?.tenant_id !== tenant_id) self.end();
          },
          () => {
            failures += 1;
            if (failures > 1) close();
          },
        );
      }, recheck);
      forget = () => {
        forget = () => undefined;
        stop();
        clearInterval(beat);
        clearInterval(check);
        const others = (open.get(session_id) ?? []).filter((one) => one !== self);
        if (others.length > 0) open.set(session_id, others);
        else open.delete(session_id);
      };
      let closed = false;
      close = () => {
        forget();
        if (!closed) controller.close();
        closed = true;
      };
      const mine = [...(open.get(session_id) ?? []), self];
      open.set(session_id, mine);
      if (mine.length > perSession) mine[0]?.end();
      write(message(caller));
      // Who has left already is told of nothing.
      if (signal.aborted) close();
      else signal.addEventListener('abort', () => close());
    },
    cancel: () => {
      forget();
      close = () => undefined;
    },
  });
}
