'use client';

import type { ReactNode } from 'react';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { CheckboxField, SelectField, TextareaField, TextField } from '@/components/form/fields';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import type { Destination, FormState } from '@/lib/infra/form-state';
import type { Patient } from '@/lib/patients/queries';
import { sexLabels } from './labels';

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card>
      <fieldset className="grid gap-5 sm:grid-cols-2">
        <legend className="mb-4 font-semibold">{title}</legend>
        {children}
      </fieldset>
    </Card>
  );
}

type PatientFormProps = {
  action: (input: unknown) => Promise<FormState<Destination>>;
  patient?: Patient;
  submitLabel: string;
  cancelHref: string;
};

/** A patient's details, for a new record and for an existing one. */
export function PatientForm({ action, patient, submitLabel, cancelHref }: PatientFormProps) {
  const text = (name: keyof Patient) => ({ name, defaultValue: String(patient?.[name] ?? '') });
  const box = (name: 'consent_email' | 'consent_sms' | 'consent_phone') => ({ name, defaultChecked: patient?.[name] ?? false });
  return (
    <ActionForm
      action={action}
      className="flex max-w-3xl flex-col gap-6 [&_label:has(+[required])]:after:ml-0.5 [&_label:has(+[required])]:after:text-destructive [&_label:has(+[required])]:after:content-['*']"
    >
      {patient && (
        <>
          <input type="hidden" name="id" value={patient.id} />
          <input type="hidden" name="version" value={patient.version} />
        </>
      )}
      <Group title="Person">
        <TextField {...text('given_name')} label="First name" autoComplete="off" required />
        <TextField {...text('family_name')} label="Last name" autoComplete="off" required />
        <TextField {...text('birth_date')} label="Birth date" type="date" required min="1850-01-01" />
        <SelectField name="sex" label="Sex" defaultValue={patient?.sex ?? 'unknown'}>
          {Object.entries(sexLabels).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        <TextField {...text('external_id')} label="External id" autoComplete="off" hint="The number in another system, if there is one." />
      </Group>
      <Group title="Contact">
        <TextField {...text('mobile_phone')} label="Mobile phone" type="tel" autoComplete="off" />
        <TextField {...text('home_phone')} label="Other phone" type="tel" autoComplete="off" />
        <TextField {...text('email')} label="E-mail" type="email" autoComplete="off" className="sm:col-span-2" />
      </Group>
      <Group title="Address">
        <TextField {...text('address_line1')} label="Street and number" autoComplete="off" className="sm:col-span-2" />
        <TextField {...text('address_line2')} label="Apartment, floor" autoComplete="off" className="sm:col-span-2" />
        <TextField {...text('postal_code')} label="Postal code" autoComplete="off" />
        <TextField {...text('city')} label="City" autoComplete="off" />
        <TextField {...text('region')} label="State or region" autoComplete="off" />
        <TextField {...text('country')} label="Country" autoComplete="off" hint="Two letters, such as US." />
      </Group>
      <Group title="Consent">
        <p className="text-muted-foreground text-sm sm:col-span-2">The patient agrees to be contacted by:</p>
        <CheckboxField {...box('consent_email')} label="E-mail" />
        <CheckboxField {...box('consent_sms')} label="Text message" />
        <CheckboxField {...box('consent_phone')} label="Phone call" />
      </Group>
      <Group title="Other">
        <TextareaField {...text('remarks')} label="Remarks" className="sm:col-span-2" />
      </Group>
      <div className="flex flex-wrap gap-3">
        <SubmitButton>{submitLabel}</SubmitButton>
        <Button asChild variant="ghost">
          <Link href={cancelHref}>Cancel</Link>
        </Button>
      </div>
    </ActionForm>
  );
}
