'use client';

import { useServerAction } from '@/components/form/use-server-action';
import { Button } from '@/components/ui/button';
import { signOut } from '@/lib/access/actions';

export function SignOutButton() {
  const { submit, pending, problem } = useServerAction(signOut);
  return (
    <>
      <Button variant="outline" disabled={pending} onClick={() => submit({})}>
        Sign out
      </Button>
      {problem && <p role="alert">{problem}</p>}
    </>
  );
}
