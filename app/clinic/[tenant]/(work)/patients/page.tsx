import type { Metadata } from 'next';
import { PatientBrowser } from '@/components/patients/patient-browser';
import type { SearchParams } from '@/lib/infra/search-params';
import { listAddress } from '@/lib/patients/list-address';
import { loadPatientList } from '@/lib/patients/loaders';

export const metadata: Metadata = { title: 'Patients' };

type Props = { searchParams: Promise<SearchParams> };

export default async function PatientsPage({ searchParams }: Props) {
  const parameters = await searchParams;
  const { scope, query, page } = await loadPatientList(parameters);
  return (
    <PatientBrowser
      key={listAddress(query)}
      initialQuery={query}
      initialPage={page}
      timeZone={scope.facts.clinic.time_zone}
      permissions={scope.facts.permissions}
      slowed={parameters.slowed === '1'}
    />
  );
}
