import type { Metadata } from 'next';
import { PatientForm } from '@/components/patients/patient-form';
import { PageHeader } from '@/components/ui/page-header';
import { requirePermission } from '@/lib/access/gate';
import { editPatient } from '@/lib/patients/actions';
import { loadPatient } from '@/lib/patients/loaders';

export const metadata: Metadata = { title: 'Edit patient' };

export default async function EditPatientPage({ params }: { params: Promise<{ id: string }> }) {
  await requirePermission('patients.update');
  const { patient } = await loadPatient((await params).id);
  return (
    <>
      <PageHeader title={`Edit ${patient.given_name} ${patient.family_name}`} />
      <PatientForm action={editPatient} patient={patient} submitLabel="Save changes" cancelHref={`/patients/${patient.id}`} />
    </>
  );
}
