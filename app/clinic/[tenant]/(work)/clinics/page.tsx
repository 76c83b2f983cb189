import type { Metadata } from 'next';
import { ClinicSwitcher } from '@/components/access/clinic-switcher';
import { PageHeader } from '@/components/ui/page-header';
import { loadOwnClinics } from '@/lib/access/loaders';

export const metadata: Metadata = { title: 'Your clinics' };

export default async function ClinicsPage() {
  const clinics = await loadOwnClinics();
  return (
    <>
      <PageHeader
        title="Your clinics"
        subtitle={clinics.length > 1 ? 'You stay signed in here when you go to another.' : 'You work at this clinic only.'}
      />
      <div className="max-w-2xl">
        <ClinicSwitcher clinics={clinics} />
      </div>
    </>
  );
}
