import type { ReactNode } from 'react';
import { StepUpProvider } from '@/components/access/step-up-provider';
import { AppFrame } from '@/components/shell/app-frame';
import { Alert } from '@/components/ui/alert';
import { Link } from '@/components/ui/link';
import type { WorkingFacts } from '@/lib/access/schema';

/** The frame of the pages about the plan: the app's at work, a bare one under a hold. */
export function BillingFrame({ working, children }: { working: WorkingFacts | null; children: ReactNode }) {
  if (working)
    return (
      <AppFrame facts={working} banner={false}>
        {children}
      </AppFrame>
    );
  return (
    <StepUpProvider>
      <main className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-6 sm:py-8">
        <Alert kind="notice" className="mb-6">
          This clinic is on hold.{' '}
          <Link href="/on-hold" className="font-medium underline underline-offset-4">
            See why, and what you can do
          </Link>
        </Alert>
        {children}
      </main>
    </StepUpProvider>
  );
}
