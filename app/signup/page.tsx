import type { Metadata } from 'next';
import { SignUpForm } from '@/components/tenants/sign-up-form';
import { Card } from '@/components/ui/card';
import { LogoMark } from '@/components/ui/logo';
import { env } from '@/lib/infra/env';
import { requireSignUpHost } from '@/lib/tenants/gate';

export const metadata: Metadata = { title: 'Sign up' };

export default async function SignUpPage() {
  await requireSignUpHost();
  const { APP_URL } = env();
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-lg flex-col justify-center gap-6 px-4 py-10">
      <header className="flex flex-col gap-3">
        <a href={APP_URL} className="flex items-center gap-2.5 self-start font-semibold text-lg">
          <LogoMark />
          YourCRM
        </a>
        <h1 className="font-semibold text-2xl">Set up your clinic</h1>
        <p className="text-muted-foreground">Fourteen days of Professional, free. No card needed.</p>
      </header>
      <Card>
        <SignUpForm rootHost={new URL(APP_URL).host} rootUrl={APP_URL} />
      </Card>
      <p className="text-center text-muted-foreground text-sm">
        Already signed up?{' '}
        <a href={`${APP_URL}/find`} className="text-primary underline underline-offset-4">
          Find my clinic
        </a>
      </p>
    </main>
  );
}
