'use client';

import { type ReactNode, useEffect } from 'react';
import { Alert } from '@/components/ui/alert';

/** Says once what has been saved: its parameter leaves the address, so that a reload does not say it again. */
export function SavedMessage({ children }: { children: ReactNode }) {
  useEffect(() => window.history.replaceState(window.history.state, '', window.location.pathname), []);
  return (
    <Alert kind="success" className="mb-6">
      {children}
    </Alert>
  );
}
