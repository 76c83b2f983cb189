import type { Metadata } from 'next';
import { PatientForm } from '@/components/patients/patient-form';
import { PageHeader } from '@/components/ui/page-header';
import { LimitNotice } from '@/components/usage/limit-notice';
import { requirePermission } from '@/lib/access/gate';
import { addPatient } from '@/lib/patients/actions';

export const metadata: Metadata = { title: 'New patient' };

export default async function NewPatientPage() {
  const { facts } = await requirePermission('patients.create');
  return (
    <>
      <PageHeader title="New patient" />
      <div className="mb-6 max-w-3xl empty:hidden">
        <LimitNotice facts={facts} metric="patients" hint="Archived patients do not count." />
      </div>
      <PatientForm action={addPatient} submitLabel="Add patient" cancelHref="/patients" />
    </>
  );
}
