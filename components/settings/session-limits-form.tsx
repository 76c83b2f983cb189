'use client';

import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextField } from '@/components/form/fields';
import { saveSessionLimits } from '@/lib/settings/actions';
import type { ClinicSettings } from '@/lib/settings/queries';
import { Section } from './section';

/** How long the people of the clinic stay signed in. */
export function SessionLimitsForm({ settings, canChange }: { settings: ClinicSettings; canChange: boolean }) {
  return (
    <Section
      title="Sessions"
      description="For everybody who works here. Shorter times protect screens that are left alone."
      canChange={canChange}
    >
      <ActionForm action={saveSessionLimits} className="flex flex-col gap-5">
        <div className="grid gap-5 sm:grid-cols-2">
          <TextField
            name="session_idle_minutes"
            label="Minutes without activity"
            type="number"
            min={5}
            max={120}
            defaultValue={settings.session_idle_minutes}
            hint="5 to 120; then one has to sign in again."
          />
          <TextField
            name="session_hours"
            label="Hours at most"
            type="number"
            min={1}
            max={24}
            defaultValue={settings.session_hours}
            hint="1 to 24, however busy somebody is."
          />
        </div>
        <SubmitButton className="self-start">Save limits</SubmitButton>
      </ActionForm>
    </Section>
  );
}
