import type { Metadata } from 'next';
import { PatientRecord } from '@/components/patients/patient-record';
import { loadPatient } from '@/lib/patients/loaders';

export const metadata: Metadata = { title: 'Patient' };

type Props = { params: Promise<{ id: string }>; searchParams: Promise<{ saved?: string | string[] }> };

export default async function PatientPage({ params, searchParams }: Props) {
  const { scope, patient } = await loadPatient((await params).id);
  const { saved } = await searchParams;
  return <PatientRecord patient={patient} permissions={scope.facts.permissions} timeZone={scope.facts.clinic.time_zone} saved={saved} />;
}
