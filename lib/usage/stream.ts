import 'server-only';
import { currentSlug } from '@/lib/access/gate';
import { bearerClient, currentToken } from '@/lib/infra/supabase';
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

/** Notes an open stream, and ends the session's oldest if it has too many; answers how to strike it out. */
function register(session: string, stream: Open): () => void {
  const mine = [...(open.get(session) ?? []), stream];
  open.set(session, mine);
  if (mine.length > perSession) mine[0]?.end();
  return () => {
    const others = (open.get(session) ?? []).filter((one) => one !== stream);
    if (others.length > 0) open.set(session, others);
    else open.delete(session);
  };
}

// Who is asked to stop waits for all answers to end, and these never would; browsers ask again elsewhere.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    for (const stream of [...open.values()].flat()) stream.close();
  });
}

/** Does something again and again; answers how to stop. */
function every(milliseconds: number, run: () => void): () => void {
  const timer = setInterval(run, milliseconds);
  return () => clearInterval(timer);
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
  const token = await currentToken();
  if (!token) return null;
  const db = bearerClient(token);
  const caller = await readUsage(db, slug);
  if (!caller) return null;
  const { tenant_id, session_id } = caller;

  const encoder = new TextEncoder();
  let leave = (): void => undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      let isOpen = true;
      const stops: (() => void)[] = [];
      leave = () => {
        isOpen = false;
        for (const stop of stops.splice(0)) stop();
      };
      const close = () => {
        if (!isOpen) return;
        leave();
        controller.close();
      };
      const write = (text: string) => {
        if (!isOpen) return;
        if ((controller.desiredSize ?? 0) < -patience) close();
        else controller.enqueue(encoder.encode(text));
      };
      const end = () => {
        write('event: end\ndata: now\n\n');
        close();
      };
      let failures = 0;
      const recheckRights = async () => {
        try {
          const now = await readUsage(db, slug);
          failures = 0;
          if (now?.tenant_id !== tenant_id) end();
        } catch {
          // One failure says nothing yet.
          failures += 1;
          if (failures > 1) close();
        }
      };
      write(message(caller));
      stops.push(
        watchUsage({ tenantId: tenant_id, state: caller, send: (fresh) => write(message(fresh)) }),
        every(heartbeat, () => write(': alive\n\n')),
        every(recheck, () => void recheckRights()),
        register(session_id, { end, close }),
      );
      // Who has left already is told of nothing.
      if (signal.aborted) close();
      else signal.addEventListener('abort', close);
    },
    cancel: () => leave(),
  });
}
