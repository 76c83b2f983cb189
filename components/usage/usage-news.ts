import type { Usage } from '@/lib/access/schema';

type Listener = (usage: Usage) => void;
const listeners = new Set<Listener>();
let stop: (() => void) | undefined;
/** What was heard last, for parts of the page that are there only now. */
let latest: Usage | undefined;

/** Opens the stream and passes on what it brings, until the signal or the server ends it. */
function follow(signal: AbortSignal, onUsage: Listener): Promise<void> {
  return new Promise((resolve) => {
    const source = new EventSource('/api/tenant/usage/stream');
    const close = () => {
      source.close();
      resolve();
    };
    source.addEventListener('usage', ({ data }: MessageEvent<string>) => onUsage(JSON.parse(data)));
    source.addEventListener('end', close);
    signal.addEventListener('abort', close);
  });
}

/**
 * Begins to listen. Of all tabs of this browser at a clinic one holds a lock, and with it the stream; it tells the others. When it is
 * closed the next one gets the lock.
 */
function listen(): () => void {
  const ended = new AbortController();
  const channel = new BroadcastChannel('usage');
  const tell: Listener = (usage) => {
    latest = usage;
    for (const listener of listeners) listener(usage);
  };
  channel.addEventListener('message', ({ data }: MessageEvent<Usage>) => tell(data));
  const lead = () =>
    follow(ended.signal, (usage) => {
      tell(usage);
      channel.postMessage(usage);
    });
  // Browsers keep locks from pages that came without TLS: there each tab has a stream of its own.
  if (!navigator.locks) void lead();
  // Rejected when this tab stops listening before it was its turn.
  else navigator.locks.request('usage', { signal: ended.signal }, lead).catch(() => undefined);
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
