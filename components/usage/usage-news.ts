import type { Usage } from '@/lib/access/schema';

type Listener = (usage: Usage) => void;
/** What tabs say to each other: how usage stands, or, by one that has just been opened, that it would like to know. */
type Word = { usage: Usage } | 'how does it stand?';

const listeners = new Set<Listener>();
let stop: (() => void) | undefined;
/** What was heard last. */
let latest: Usage | undefined;

/** How long to wait after streams that could not be had, in milliseconds: ever longer, and not all browsers at the same time. */
const pause = (tries: number) => Math.min(10_000 * 2 ** tries, 300_000) * (1 + Math.random());

/**
 * Opens the stream and passes on what it brings. Browsers open it again by themselves when it breaks off, and give up when the
 * answer is anything but a stream.
 * @returns whether to try again later: not when the server has said that it is over
 */
function follow(signal: AbortSignal, hear: Listener): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const source = new EventSource('/api/tenant/usage/stream');
    const close = (again: boolean) => {
      source.close();
      resolve(again);
    };
    source.addEventListener('usage', ({ data }: MessageEvent<string>) => hear(JSON.parse(data)));
    source.addEventListener('end', () => close(false));
    source.addEventListener('error', () => source.readyState === EventSource.CLOSED && close(true));
    signal.addEventListener('abort', () => close(false));
  });
}

/** Runs while no other tab of this browser does; browsers keep locks from pages that came without TLS. */
async function alone<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  return navigator.locks ? await navigator.locks.request('usage', { signal }, run) : run();
}

/**
 * Begins to listen. Of all tabs of this browser at a clinic one holds a lock, and with it the stream; it tells the others. When it
 * goes, or its stream cannot be had, it is another one's turn.
 */
function listen(): () => void {
  const ended = new AbortController();
  const channel = new BroadcastChannel('usage');
  const say = (word: Word) => ended.signal.aborted || channel.postMessage(word);
  let leads = false;
  const tell: Listener = (usage) => {
    latest = usage;
    for (const listener of listeners) listener(usage);
  };
  channel.addEventListener('message', ({ data }: MessageEvent<Word>) => {
    if (data !== 'how does it stand?') tell(data.usage);
    else if (leads && latest) say({ usage: latest });
  });
  const lead = async () => {
    leads = true;
    const again = await follow(ended.signal, (usage) => {
      tell(usage);
      say({ usage });
    });
    leads = false;
    return again;
  };
  const keepOn = async () => {
    for (let tries = 0; await alone(ended.signal, lead); tries++) await new Promise((resolve) => setTimeout(resolve, pause(tries)));
  };
  // Rejected when this tab stops listening before it was its turn.
  keepOn().catch(() => undefined);
  say('how does it stand?');
  return () => {
    ended.abort();
    channel.close();
  };
}

/** Runs whenever the clinic's usage changes; answers how to stop listening. */
export function onUsage(listener: Listener): () => void {
  listeners.add(listener);
  stop ??= listen();
  if (latest) listener(latest);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.();
    stop = undefined;
    latest = undefined;
  };
}
