import { TextField } from '@/components/form/fields';

const hints = {
  app: 'The six digits that your authenticator app shows now.',
  any: 'The six digits that your authenticator app shows now, or one of your recovery codes.',
  reset: 'The six digits that your authenticator app shows now, or a recovery code, which takes the app off your account.',
} as const;

/** A proof of the second factor: a code of the authenticator app, or where `accepts` says so a recovery code too. */
export function CodeField({ accepts = 'app', autoFocus }: { accepts?: keyof typeof hints; autoFocus?: boolean }) {
  return (
    <TextField
      name="code"
      label="Code"
      inputMode={accepts === 'app' ? 'numeric' : 'text'}
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={accepts === 'app' ? 7 : 24}
      autoFocus={autoFocus}
      required
      hint={hints[accepts]}
      className="[&_input]:tracking-widest"
    />
  );
}
