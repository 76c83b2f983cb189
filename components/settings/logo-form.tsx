'use client';

import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextField } from '@/components/form/fields';
import { useServerAction } from '@/components/form/use-server-action';
import { ClinicMark } from '@/components/settings/clinic-mark';
import { Button } from '@/components/ui/button';
import type { ClinicFacts } from '@/lib/access/schema';
import { removeLogo, saveLogo } from '@/lib/settings/actions';
import { Section } from './section';

/** The clinic's logo, shown in the header, on the sign-in page and in mails. */
export function LogoForm({ clinic, canChange }: { clinic: ClinicFacts['clinic']; canChange: boolean }) {
  const removal = useServerAction(removeLogo);
  return (
    <Section title="Logo" description="Shown in the header, on the sign-in page and in mails." canChange={canChange}>
      <ActionForm action={saveLogo} className="flex flex-col gap-5">
        <div className="flex flex-wrap items-center gap-5">
          <div className="grid h-16 min-w-16 place-items-center rounded-lg border bg-background px-3">
            <ClinicMark clinic={clinic} />
          </div>
          <TextField
            name="logo"
            label="Image"
            type="file"
            accept="image/png,image/jpeg,image/webp"
            hint="PNG, JPEG or WebP of at most 2 MB."
            className="min-w-0 flex-1 basis-56"
          />
        </div>
        {removal.problem && (
          <p role="alert" className="text-destructive text-sm">
            {removal.problem}
          </p>
        )}
        <div className="flex flex-wrap gap-3">
          <SubmitButton>Save logo</SubmitButton>
          {clinic.logo_hash && (
            <Button variant="outline" disabled={removal.pending} onClick={() => removal.submit({})}>
              Remove logo
            </Button>
          )}
        </div>
      </ActionForm>
    </Section>
  );
}
