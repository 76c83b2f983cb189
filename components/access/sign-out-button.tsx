'use client';

import { useTransition } from 'react';
import { Button } from '@/components/ui/button';
import { signOut } from '@/lib/access/actions';

export function SignOutButton() {
  const [pending, startTransition] = useTransition();
  return (
    <Button variant="outline" disabled={pending} onClick={() => startTransition(async () => void (await signOut()))}>
      Sign out
    </Button>
  );
}
