'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { askSessionState } from '@/lib/access/actions';
import type { SessionState } from '@/lib/access/schema';

/** How many seconds before the end the person is warned. */
const warning = 60;
const leave = () => window.location.replace('/login?ended=time');

type Deadlines = { idle: number; total: number };
const deadlinesOf = (state: SessionState): Deadlines => ({
  idle: Date.now() + state.idle_seconds * 1000,
  total: Date.now() + state.total_seconds * 1000,
});

type SessionClock = {
  /** Seconds left, within the last minute; null before. */
  left: number | null;
  /** Whether the end is the latest one, which nothing prolongs. */
  final: boolean;
  dismissed: boolean;
  dismiss: () => void;
  prolonged: (state: SessionState) => void;
};

/**
 * Watches when the session runs out. The database decides: before each warning, when the tab comes back and when another
 * tab has news, it is asked, which is no activity. At the end the page is left, and nothing of it stays on the screen.
 */
export function useSessionClock(initial: SessionState): SessionClock {
  const [dismissed, setDismissed] = useState(false);
  const deadlines = useRef<Deadlines | null>(null);
  const news = useRef<BroadcastChannel | null>(null);
  const [view, setView] = useState<{ left: number | null; final: boolean }>({ left: null, final: false });

  const show = useCallback(() => {
    if (!deadlines.current) return 0;
    const { idle, total } = deadlines.current;
    const left = Math.ceil((Math.min(idle, total) - Date.now()) / 1000);
    setView({ left: left <= warning ? Math.max(left, 0) : null, final: total <= idle });
    return left;
  }, []);

  const asking = useRef(false);
  const ask = useCallback(async () => {
    if (asking.current) return;
    asking.current = true;
    const answer = await askSessionState().catch(() => null);
    asking.current = false;
    if (answer?.status === 'ok' && answer.data) deadlines.current = deadlinesOf(answer.data);
    // Where nobody answers, the time known so far counts.
    if ((answer?.status === 'ok' && !answer.data) || show() <= 0) leave();
  }, [show]);

  useEffect(() => {
    deadlines.current = deadlinesOf(initial);
    const channel = new BroadcastChannel('session');
    news.current = channel;
    channel.onmessage = () => void ask();
    // Once at the warning, and once more at the end: another tab may have been busy.
    let asked = false;
    const tick = setInterval(() => {
      const left = show();
      if (left <= 0 || (left <= warning && !asked)) void ask();
      asked = left <= warning;
    }, 1000);
    const back = () => document.visibilityState === 'visible' && void ask();
    // A page from the browser's memory shows what was on it; the server decides again.
    const restored = (event: PageTransitionEvent) => event.persisted && window.location.reload();
    document.addEventListener('visibilitychange', back);
    window.addEventListener('pageshow', restored);
    return () => {
      clearInterval(tick);
      channel.close();
      document.removeEventListener('visibilitychange', back);
      window.removeEventListener('pageshow', restored);
    };
  }, [initial, ask, show]);

  const prolonged = useCallback(
    (state: SessionState) => {
      deadlines.current = deadlinesOf(state);
      show();
      news.current?.postMessage('prolonged');
    },
    [show],
  );

  return { ...view, dismissed, dismiss: () => setDismissed(true), prolonged };
}
