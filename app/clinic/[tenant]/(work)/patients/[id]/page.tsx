import type { Metadata } from 'next';
import { PatientRecord } from '@/components/patients/patient-record';
import { RecordOpenings } from '@/components/patients/record-openings';
import { loadOpenings, loadPatient } from '@/lib/patients/loaders';

export const metadata: Metadata = { title: 'Patient' };

type Props = { params: Promise<{ id: string }>; searchParams: Promise<{ saved?: string | string[] }> };

export default async function PatientPage({ params, searchParams }: Props) {
  const { scope, patient } = await loadPatient((await params).id);
  const { saved } = await searchParams;
  const openings = await loadOpenings(patient.id);
  const timeZone = scope.facts.clinic.time_zone;
  return (
    <PatientRecord patient={patient} permissions={scope.facts.permissions} timeZone={timeZone} saved={saved}>
      {openings && <RecordOpenings patient={patient.id} openings={openings} timeZone={timeZone} />}
    </PatientRecord>
  );
}
