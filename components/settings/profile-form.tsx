'use client';

import { Lock } from 'lucide-react';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { SelectField, TextField } from '@/components/form/fields';
import type { ClinicFacts } from '@/lib/access/schema';
import { saveProfile } from '@/lib/settings/actions';
import type { ClinicSettings } from '@/lib/settings/queries';
import { currencies, languages } from '@/lib/settings/schema';
import { Section } from './section';
import { TimeZoneField } from './time-zone-field';

type ProfileFormProps = { clinic: ClinicFacts['clinic']; settings: ClinicSettings; address: string; canChange: boolean };

/** Who the clinic is and how it is reached; its address on the web is shown, and locked. */
export function ProfileForm({ clinic, settings, address, canChange }: ProfileFormProps) {
  const text = (name: keyof ClinicSettings) => ({ name, defaultValue: String(settings[name] ?? ''), autoComplete: 'off' });
  const options = (list: Record<string, string>) =>
    Object.entries(list).map(([value, label]) => (
      <option key={value} value={value}>
        {label}
      </option>
    ));
  return (
    <Section title="Clinic profile" description="Patients see it on what your clinic sends them." canChange={canChange}>
      <ActionForm action={saveProfile} className="flex flex-col gap-5">
        <div className="grid gap-5 sm:grid-cols-2">
          <TextField name="name" label="Name of the clinic" defaultValue={clinic.name} required className="sm:col-span-2" />
          <div className="flex flex-col gap-1.5 sm:col-span-2">
            <p className="font-medium text-sm">Address on the web</p>
            <p className="flex min-w-0 items-center gap-2 text-sm">
              <Lock aria-hidden className="size-4 shrink-0 text-muted-foreground" />
              <span className="break-all">{address}</span>
            </p>
            <p className="text-muted-foreground text-sm">It was chosen at sign-up and stays, because links and bookmarks lead to it.</p>
          </div>
          <TextField {...text('contact_email')} label="E-mail for patients" type="email" />
          <TextField {...text('contact_phone')} label="Phone" type="tel" />
          <TextField {...text('website')} label="Website" inputMode="url" className="sm:col-span-2" />
          <TextField {...text('address_line1')} label="Street" />
          <TextField {...text('address_line2')} label="Second line" />
          <TextField {...text('city')} label="City" />
          <TextField {...text('region')} label="State or region" />
          <TextField {...text('postal_code')} label="Postal code" />
          <TextField {...text('country')} label="Country code" maxLength={2} hint="Two letters, such as US." />
          <TimeZoneField value={clinic.time_zone} />
          <SelectField name="currency" label="Currency" defaultValue={clinic.currency}>
            {options(currencies)}
          </SelectField>
          <SelectField
            name="locale"
            label="Language"
            defaultValue={clinic.locale}
            hint="For what your patients receive. The screens are in English."
          >
            {options(languages)}
          </SelectField>
        </div>
        <SubmitButton className="self-start">Save profile</SubmitButton>
      </ActionForm>
    </Section>
  );
}
