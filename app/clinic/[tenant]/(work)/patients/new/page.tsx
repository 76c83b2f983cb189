import type { Metadata } from 'next';
import { PageHeader } from '@/components/layout/page-header';
import { PatientForm } from '@/components/patients/patient-form';
import { requirePermission } from '@/lib/access/gate';
import { addPatient } from '@/lib/patients/actions';

export const metadata: Metadata = { title: 'New patient' };

export default async function NewPatientPage() {
  await requirePermission('patients.create');
  return (
    <>
      <PageHeader title="New patient" />
      <PatientForm action={addPatient} submitLabel="Add patient" cancelHref="/patients" />
    </>
  );
}
