'use client';

import { useId, useState } from 'react';
import { ActionForm, SubmitButton, useFieldError } from '@/components/form/action-form';
import { CheckboxField, TextField } from '@/components/form/fields';
import { saveSecondFactorRule } from '@/lib/settings/actions';
import type { ClinicSettings, RoleRule } from '@/lib/settings/queries';
import { secondFactorRules } from '@/lib/settings/schema';
import { addDays, todayIn } from '@/lib/time/days';
import { Section } from './section';

type Rule = keyof typeof secondFactorRules;

function Roles({ roles }: { roles: RoleRule[] }) {
  const error = useFieldError('roles');
  const id = useId();
  return (
    <fieldset aria-describedby={error && id} className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 font-medium text-sm">Roles</legend>
      {roles.map((role) => (
        <CheckboxField key={role.id} name="roles[]" value={role.id} label={role.name} defaultChecked={role.needs_second_factor} />
      ))}
      {error && (
        <p id={id} className="text-destructive text-sm">
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** Time enough for everybody to set it up. */
const inTwoWeeks = () => addDays(todayIn('UTC'), 14);

type SecondFactorRuleFormProps = { settings: ClinicSettings; roles: RoleRule[]; canChange: boolean };

/** Who of the clinic must have a second factor, and from when on. */
export function SecondFactorRuleForm({ settings, roles, canChange }: SecondFactorRuleFormProps) {
  const [rule, setRule] = useState(settings.second_factor as Rule);
  return (
    <Section
      title="Second factor"
      description="Besides the password, a code of an authenticator app. Everybody may set one up; here you say who has to."
      canChange={canChange}
    >
      <ActionForm action={saveSecondFactorRule} className="flex flex-col gap-5">
        <fieldset className="flex min-w-0 flex-col gap-2">
          <legend className="mb-1.5 font-medium text-sm">Who needs one</legend>
          {(Object.keys(secondFactorRules) as Rule[]).map((value) => (
            <label key={value} className="flex items-center gap-3 text-sm">
              <input
                type="radio"
                name="rule"
                value={value}
                checked={rule === value}
                disabled={value === 'roles' && roles.length === 0}
                onChange={() => setRule(value)}
                className="size-4 shrink-0 accent-primary"
              />
              {secondFactorRules[value]}
              {value === 'roles' && roles.length === 0 && ' (your role does not show roles)'}
            </label>
          ))}
        </fieldset>
        {rule === 'roles' && <Roles roles={roles} />}
        {rule !== 'optional' && (
          <TextField
            name="from"
            label="From"
            type="date"
            defaultValue={settings.second_factor === 'optional' ? inTwoWeeks() : (settings.second_factor_from ?? '')}
            hint="Until then people are reminded; from then on they set it up before anything else. Empty: at once."
            className="max-w-60"
          />
        )}
        <SubmitButton className="self-start">Save</SubmitButton>
      </ActionForm>
    </Section>
  );
}
