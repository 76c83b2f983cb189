'use client';

import { useState } from 'react';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextField } from '@/components/form/fields';
import { Button } from '@/components/ui/button';
import { saveBrand } from '@/lib/settings/actions';
import { contrastOnLight, leastContrast, readableShade, textOn } from '@/lib/settings/brand';
import { Section } from './section';

/** What the colour looks like in one theme. */
function Sample({ theme, color }: { theme: 'light' | 'dark'; color: string }) {
  const shade = readableShade(color, theme);
  return (
    <div
      className="flex flex-1 basis-48 items-center gap-4 rounded-lg border p-4"
      style={{ background: theme === 'light' ? '#fff' : '#16201f' }}
    >
      <span className="rounded-lg px-3 py-2 font-medium text-sm" style={{ background: shade, color: textOn(shade) }}>
        Button
      </span>
      <span className="font-medium text-sm" style={{ color: shade }}>
        Link
      </span>
    </div>
  );
}

/** The clinic's colour, with its contrast as one chooses. */
export function BrandForm({ color, canChange }: { color: string | null; canChange: boolean }) {
  const [value, setValue] = useState(color ?? '');
  const valid = /^#[0-9a-f]{6}$/i.test(value);
  const contrast = valid ? contrastOnLight(value) : null;
  const nearest = valid ? readableShade(value, 'light') : null;
  return (
    <Section
      title="Colour"
      description="Buttons and links of your clinic, its sign-in page and its mails. A lighter shade is made for the dark theme."
      canChange={canChange}
    >
      <ActionForm action={saveBrand} className="flex flex-col gap-5">
        <div className="flex flex-wrap items-end gap-3">
          <TextField
            name="brand_color"
            label="Colour"
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            placeholder="#0b7174"
            maxLength={7}
            autoComplete="off"
            className="w-40"
          />
          <input
            type="color"
            aria-label="Pick a colour"
            value={valid ? value : '#0b7174'}
            onChange={(event) => setValue(event.currentTarget.value)}
            className="h-10 w-14 rounded-lg border bg-card p-1"
          />
        </div>
        {valid && contrast !== null && (
          <>
            <p role="status" className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
              {contrast >= leastContrast
                ? `Reads well: its contrast to white is ${contrast}.`
                : `Too light: its contrast to white is ${contrast}, texts need ${leastContrast}.`}
              {contrast < leastContrast && nearest && (
                <Button variant="link" size="text" onClick={() => setValue(nearest)}>
                  Use {nearest}
                </Button>
              )}
            </p>
            <div aria-hidden className="flex flex-wrap gap-3">
              <Sample theme="light" color={value} />
              <Sample theme="dark" color={value} />
            </div>
          </>
        )}
        <div className="flex flex-wrap gap-3">
          <SubmitButton>Save colour</SubmitButton>
          {value && (
            <Button variant="outline" onClick={() => setValue('')}>
              Use the standard colour
            </Button>
          )}
        </div>
      </ActionForm>
    </Section>
  );
}
