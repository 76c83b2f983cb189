'use client';

import { useAction } from '@/components/form/use-action';
import { Button } from '@/components/ui/button';
import { signOut } from '@/lib/access/actions';

export function SignOutButton() {
  const { start, pending, problem } = useAction(signOut);
  return (
    <>
      <Button variant="outline" disabled={pending} onClick={start}>
        Sign out
      </Button>
      {problem && <p role="alert">{problem}</p>}
    </>
  );
}
