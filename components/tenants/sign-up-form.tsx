'use client';

import { useState } from 'react';
import { PasswordField } from '@/components/access/password-field';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { CheckboxField, TextField } from '@/components/form/fields';
import { signUp } from '@/lib/tenants/actions';
import { proposeSubdomain } from '@/lib/tenants/subdomain';
import { SubdomainField } from './subdomain-field';

/** The whole sign-up on one page; the subdomain follows the clinic's name until the person writes their own. */
export function SignUpForm({ rootHost, rootUrl }: { rootHost: string; rootUrl: string }) {
  const [subdomain, setSubdomain] = useState('');
  const [isOwn, setIsOwn] = useState(false);

  return (
    <ActionForm action={signUp} className="flex flex-col gap-5">
      <TextField
        name="companyName"
        label="Clinic name"
        autoComplete="organization"
        maxLength={100}
        required
        onChange={(event) => !isOwn && setSubdomain(proposeSubdomain(event.currentTarget.value))}
      />
      <SubdomainField
        value={subdomain}
        rootHost={rootHost}
        onChange={(value) => {
          setIsOwn(value !== '');
          setSubdomain(value);
        }}
      />
      <TextField name="adminName" label="Your name" autoComplete="name" maxLength={100} required />
      <TextField name="adminEmail" label="E-mail" type="email" autoComplete="email" maxLength={254} required />
      <PasswordField name="adminPassword" label="Password" isNew />
      <CheckboxField
        name="acceptedTerms"
        required
        label={
          <>
            I accept the <LegalLink href={`${rootUrl}/terms`}>terms of service</LegalLink>, the{' '}
            <LegalLink href={`${rootUrl}/privacy`}>privacy policy</LegalLink> and the{' '}
            <LegalLink href={`${rootUrl}/baa`}>business associate agreement</LegalLink>.
          </>
        }
      />
      <input type="hidden" name="timeZone" value={Intl.DateTimeFormat().resolvedOptions().timeZone} suppressHydrationWarning />
      <SubmitButton size="lg">Create clinic</SubmitButton>
    </ActionForm>
  );
}

function LegalLink({ href, children }: { href: string; children: string }) {
  return (
    <a href={href} target="_blank" rel="noreferrer" className="text-primary underline underline-offset-3">
      {children}
    </a>
  );
}
