'use client';

import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { TextField } from '@/components/form/fields';
import { cn } from '@/components/ui/cn';
import { minimumPasswordLength, type PasswordStrength, passwordStrength } from '@/lib/access/password';

const words: Record<PasswordStrength, string> = { 0: 'Too short', 1: 'Weak', 2: 'Fair', 3: 'Good', 4: 'Strong' };
const colours: Record<PasswordStrength, string> = {
  0: 'bg-destructive',
  1: 'bg-destructive',
  2: 'bg-warning',
  3: 'bg-primary',
  4: 'bg-primary',
};

function StrengthMeter({ password }: { password: string }) {
  const strength = passwordStrength(password);
  const shown = Math.max(strength, 1);
  const isTooLong = strength === 0 && password.length >= minimumPasswordLength;
  return (
    <div>
      <div className="mt-1 flex gap-1" aria-hidden>
        {[1, 2, 3, 4].map((step) => (
          <span key={step} className={cn('h-1 flex-1 rounded-full', step <= shown && password ? colours[strength] : 'bg-border')} />
        ))}
      </div>
      <p className="mt-1.5">
        <span aria-live="polite">{password ? `Strength: ${isTooLong ? 'Too long' : words[strength]}. ` : ''}</span>
        At least {minimumPasswordLength} characters; a few unrelated words work well.
      </p>
    </div>
  );
}

type PasswordFieldProps = { name: string; label: string; isNew?: boolean };

/** A password that can be shown, pasted and kept by a password manager; a new one is rated while it is typed. */
export function PasswordField({ name, label, isNew = false }: PasswordFieldProps) {
  const [visible, setVisible] = useState(false);
  const [value, setValue] = useState('');
  const Icon = visible ? EyeOff : Eye;
  return (
    <div className="relative">
      <TextField
        name={name}
        label={label}
        type={visible ? 'text' : 'password'}
        autoComplete={isNew ? 'new-password' : 'current-password'}
        spellCheck={false}
        autoCapitalize="none"
        required
        className="[&_input]:pr-11"
        onChange={(event) => setValue(event.currentTarget.value)}
        hint={isNew ? <StrengthMeter password={value} /> : undefined}
      />
      <button
        type="button"
        onClick={() => setVisible(!visible)}
        aria-label={`${visible ? 'Hide' : 'Show'} ${label.toLowerCase()}`}
        className="absolute top-6.5 right-0 grid size-10 place-items-center rounded-lg text-muted-foreground outline-none hover:text-foreground focus-visible:ring-3 focus-visible:ring-ring/50"
      >
        <Icon aria-hidden className="size-4" />
      </button>
    </div>
  );
}
