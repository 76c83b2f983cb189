'use client';

import { useEffect, useState } from 'react';

/**
 * The secret behind the # of this page's address, which no server sees; it is taken out of the address at once.
 * Undefined until scripts have run, null when there is none.
 */
export function useFragment(): string | null | undefined {
  const [fragment, setFragment] = useState<string | null>();
  useEffect(() => {
    const value = window.location.hash.slice(1);
    if (value) window.history.replaceState(null, '', window.location.pathname);
    // Strict mode runs effects twice; the second run finds the address already clean.
    setFragment((earlier) => earlier ?? (value || null));
  }, []);
  return fragment;
}
