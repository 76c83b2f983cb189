import { TextField } from '@/components/form/fields';

/** The six digits of an authenticator app. */
export function CodeField() {
  return (
    <TextField
      name="code"
      label="Code"
      inputMode="numeric"
      autoComplete="one-time-code"
      maxLength={7}
      required
      hint="The six digits that your authenticator app shows now."
      className="[&_input]:tracking-widest"
    />
  );
}
