'use client';

import { useEffect, useState } from 'react';
import type { Usage } from '@/lib/access/schema';
import { UsageBars } from './usage-bars';
import { onUsage } from './usage-news';

type LiveUsageProps = { usage: Usage; metrics: readonly (keyof Usage)[] };

/** How much of each limit is used, following every change while the page is open; as it was loaded where the stream cannot be had. */
export function LiveUsage({ usage, metrics }: LiveUsageProps) {
  const [loaded, setLoaded] = useState(usage);
  const [shown, setShown] = useState(usage);
  if (loaded !== usage) {
    // The page was loaded anew around this.
    setLoaded(usage);
    setShown(usage);
  }
  useEffect(() => onUsage(setShown), []);
  return <UsageBars usage={shown} metrics={metrics} />;
}
