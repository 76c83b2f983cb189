import type { Metadata } from 'next';
import { VerificationNotice } from '@/components/access/verification-notice';
import { PlanCard } from '@/components/billing/plan-card';
import { NextSteps } from '@/components/tenants/next-steps';
import { PageHeader } from '@/components/ui/page-header';
import { requireClinic } from '@/lib/access/gate';

export const metadata: Metadata = { title: 'Dashboard' };

export default async function DashboardPage() {
  const { facts } = await requireClinic();
  return (
    <>
      <PageHeader title={`Welcome, ${facts.user.full_name}`} subtitle={facts.clinic.name} />
      <div className="flex flex-col gap-6">
        {!facts.user.email_verified && <VerificationNotice email={facts.user.email} />}
        <div className="grid items-start gap-6 lg:grid-cols-[2fr_1fr]">
          <NextSteps facts={facts} />
          <PlanCard facts={facts} />
        </div>
      </div>
    </>
  );
}
