import 'server-only';
import { describeError, logger } from '@/lib/infra/logger';
import { unwrap } from '@/lib/infra/supabase';
import { serviceClient } from '@/lib/infra/supabase-service';
import { type UsageState, usageNews } from './schema';

/** One that watches a clinic's usage; `send` is called with what is otherwise than before. */
export type Watcher = { tenantId: string; state: UsageState; send: (state: UsageState) => void };

/** How often the database is asked for all clinics that are watched in this process, in milliseconds. */
const pause = 1000;
const watchers = new Set<Watcher>();
let running = false;

/** What this process knows of each watched clinic; where its watchers know different things, it asks for the clinic as if it knew nothing. */
function known(): Record<string, string> {
  const digests: Record<string, string> = {};
  for (const { tenantId, state } of watchers) {
    const before = digests[tenantId];
    digests[tenantId] = before === undefined || before === state.digest ? state.digest : '';
  }
  return digests;
}

async function lookOnce(): Promise<void> {
  // Who comes while the question is under way knows better than its answer.
  const asked = [...watchers];
  const news = usageNews.parse(unwrap(await serviceClient().rpc('usage_news', { p_known: JSON.stringify(known()) })));
  for (const watcher of asked) {
    const fresh = news[watcher.tenantId];
    if (!fresh || fresh.digest === watcher.state.digest) continue;
    watcher.state = fresh;
    watcher.send(fresh);
  }
}

async function keepLooking(): Promise<void> {
  while (watchers.size > 0) {
    await lookOnce().catch((error: unknown) => logger.warn(describeError(error), 'usage could not be looked up'));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  running = false;
}

/** Has a watcher told of changes; answers how to stop. One question a second goes to the database, however many watch. */
export function watchUsage(watcher: Watcher): () => void {
  watchers.add(watcher);
  if (!running) {
    running = true;
    void keepLooking();
  }
  return () => {
    watchers.delete(watcher);
  };
}
