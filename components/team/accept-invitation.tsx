'use client';

import { PasswordField } from '@/components/access/password-field';
import { useRedeem } from '@/components/access/use-redeem';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextField } from '@/components/form/fields';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { joinClinic, readInvitation } from '@/lib/team/actions';

/** Reads the invitation, and keeps its token for accepting it. */
async function open(token: string) {
  const state = await readInvitation({ token });
  return state.status === 'ok' ? { ...state, data: { ...state.data, token } } : state;
}

/** Accepts an invitation: somebody new sets a name and a password, who has an account proves it. */
export function AcceptInvitation({ clinic }: { clinic: string }) {
  const state = useRedeem(open);
  if (state.status === 'idle') return <p role="status">One moment …</p>;
  if (state.status === 'error') {
    return (
      <>
        <Alert kind="error">{state.message}</Alert>
        <Button asChild variant="outline" className="self-start">
          <a href="/login">Go to sign-in</a>
        </Button>
      </>
    );
  }
  const { email, role, invited_by, has_account, token } = state.data;
  return (
    <>
      <p className="wrap-anywhere text-sm">
        {invited_by ?? 'An administrator'} invites <span className="break-all font-medium">{email}</span> to work at {clinic}, with the role{' '}
        {role}.
      </p>
      <ActionForm action={joinClinic} className="flex flex-col gap-5">
        <input type="hidden" name="token" value={token} />
        {/* For password managers: whose password this is. */}
        <input type="text" name="username" autoComplete="username" defaultValue={email} hidden readOnly />
        {!has_account && <TextField name="fullName" label="Your name" autoComplete="name" maxLength={100} required />}
        {has_account ? (
          <>
            <p className="text-muted-foreground text-sm">You have an account already. Enter its password to join with it.</p>
            <PasswordField name="password" label="Password" />
          </>
        ) : (
          <PasswordField name="password" label="Choose a password" isNew />
        )}
        <SubmitButton className="h-auto min-h-10 whitespace-normal py-2">Join {clinic}</SubmitButton>
      </ActionForm>
      {has_account && (
        <a href="/forgot-password" className="self-start text-primary text-sm underline-offset-4 hover:underline">
          Forgot your password?
        </a>
      )}
    </>
  );
}
