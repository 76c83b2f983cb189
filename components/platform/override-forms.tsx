'use client';

import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { CheckboxField, SelectField, TextareaField, TextField } from '@/components/form/fields';
import { features, gatedFeatures } from '@/lib/billing/features';
import { limitRows } from '@/lib/billing/plans';
import { metricLabel } from '@/lib/infra/metrics';
import { grantFeature, grantLimit } from '@/lib/platform/actions';

function UntilAndWhy() {
  return (
    <>
      <TextField name="until" type="date" label="Last day (UTC)" hint="Empty: for good." />
      <TextareaField name="reason" label="Why" maxLength={500} required hint="Those who see the clinic’s plan can read this." />
    </>
  );
}

/** Grants a limit in place of the plan's. */
export function LimitOverrideForm({ clinic }: { clinic: string }) {
  return (
    <ActionForm action={grantLimit} className="flex flex-col gap-4">
      <input type="hidden" name="clinic" value={clinic} />
      <SelectField name="metric" label="What">
        {limitRows.map((metric) => (
          <option key={metric} value={metric}>
            {metricLabel(metric)}
            {metric === 'storage_bytes' && ', in bytes'}
          </option>
        ))}
      </SelectField>
      <TextField name="limit" label="Limit" inputMode="numeric" />
      <CheckboxField name="unlimited" label="No limit at all" />
      <UntilAndWhy />
      <SubmitButton variant="outline" className="self-start">
        Grant the limit
      </SubmitButton>
    </ActionForm>
  );
}

/** Grants a feature that the plan has not, or takes one that it has. */
export function FeatureOverrideForm({ clinic }: { clinic: string }) {
  return (
    <ActionForm action={grantFeature} className="flex flex-col gap-4">
      <input type="hidden" name="clinic" value={clinic} />
      <SelectField name="feature" label="Feature">
        {gatedFeatures.map((feature) => (
          <option key={feature} value={feature}>
            {features[feature].label}
          </option>
        ))}
      </SelectField>
      <SelectField name="granted" label="What happens">
        <option value="yes">The clinic gets it</option>
        <option value="no">The clinic loses it</option>
      </SelectField>
      <UntilAndWhy />
      <SubmitButton variant="outline" className="self-start">
        Save
      </SubmitButton>
    </ActionForm>
  );
}
