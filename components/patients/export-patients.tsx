import { ExportButton } from '@/components/form/export-button';

/** Saves the clinic's active or archived patients as a file. */
export function ExportPatients({ archived, label }: { archived: boolean; label?: string }) {
  return (
    <ExportButton
      address="/api/patients/export"
      body={{ archived }}
      fileName={archived ? 'archived-patients.csv' : 'patients.csv'}
      label={label}
    />
  );
}
