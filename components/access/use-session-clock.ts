'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { askSessionState } from '@/lib/access/actions';
import type { SessionState } from '@/lib/access/schema';
import { onNews, tellOtherTabs } from './session-news';

/** How many seconds before the end the person is warned, and how much earlier the database is asked whether that is so. */
const warning = 60;
const lead = 5;
/** An answer that does not come in so many seconds counts as none. */
const patience = 5;

/** The home page's gate knows where a person belongs now, and why. */
const leave = () => window.location.replace('/');

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
 * Watches when the session runs out. The database decides: before the warning, when the tab comes back and when another tab
 * has news, it is asked, which is no activity. At the end the page is left, and nothing of it stays on the screen; so it is
 * when the session has ended elsewhere, or another person has signed in since.
 */
export function useSessionClock(initial: SessionState): SessionClock {
  const [dismissed, setDismissed] = useState(false);
  const [view, setView] = useState<{ left: number | null; final: boolean }>({ left: null, final: false });
  const deadlines = useRef(deadlinesOf(initial));

  /** Seconds left; what is shown follows. */
  const show = useCallback((confirmed: boolean) => {
    const { idle, total } = deadlines.current;
    const left = Math.ceil((Math.min(idle, total) - Date.now()) / 1000);
    setView({ left: confirmed && left <= warning ? Math.max(left, 0) : null, final: total <= idle });
    return left;
  }, []);

  useEffect(() => {
    let asking = false;
    let leaving = false;
    let confirmed = false;
    deadlines.current = deadlinesOf(initial);

    function go() {
      if (leaving) return;
      leaving = true;
      clearInterval(tick);
      leave();
    }
    async function ask() {
      if (asking || leaving) return;
      asking = true;
      const silence = new Promise<null>((resolve) => setTimeout(() => resolve(null), patience * 1000));
      const answer = await Promise.race([askSessionState().catch(() => null), silence]);
      asking = false;
      confirmed = true;
      if (answer?.status === 'ok') {
        if (answer.data?.id !== initial.id) return go();
        deadlines.current = deadlinesOf(answer.data);
      }
      // Where nobody answers, the time known so far counts.
      if (show(true) <= 0) go();
    }

    const stopListening = onNews(() => void ask());
    const tick = setInterval(() => {
      const left = show(confirmed);
      if (left > warning + lead) confirmed = false;
      else if (!confirmed || left <= 0) void ask();
    }, 1000);
    const back = () => document.visibilityState === 'visible' && void ask();
    // A page from the browser's memory shows what was on it; the server decides again.
    const restored = (event: PageTransitionEvent) => event.persisted && window.location.reload();
    document.addEventListener('visibilitychange', back);
    window.addEventListener('pageshow', restored);
    return () => {
      clearInterval(tick);
      stopListening();
      document.removeEventListener('visibilitychange', back);
      window.removeEventListener('pageshow', restored);
    };
  }, [initial, show]);

  const prolonged = useCallback(
    (state: SessionState) => {
      deadlines.current = deadlinesOf(state);
      show(false);
      tellOtherTabs();
    },
    [show],
  );

  return { ...view, dismissed, dismiss: () => setDismissed(true), prolonged };
}
