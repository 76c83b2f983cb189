import { Pencil } from 'lucide-react';
import type { ReactNode } from 'react';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import type { PermissionKey } from '@/lib/infra/permission.types';
import type { Patient } from '@/lib/patients/queries';
import { ageOn, todayIn } from '@/lib/time/days';
import { formatDate, formatMoment } from '@/lib/time/format';
import { ArchiveButton } from './archive-button';
import { sexLabels } from './labels';

const savedMessages: Record<string, string> = {
  added: 'The patient has been added.',
  changed: 'The changes have been saved.',
  archived: 'The patient is archived and no longer in the list.',
  restored: 'The patient is back in the list.',
};

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted-foreground text-sm">{label}</dt>
      <dd className="whitespace-pre-line break-words">{children || <span className="text-muted-foreground">Not given</span>}</dd>
    </div>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card>
      <h2 className="mb-4 font-semibold">{title}</h2>
      <dl className="grid gap-4 sm:grid-cols-2">{children}</dl>
    </Card>
  );
}

type PatientRecordProps = {
  patient: Patient;
  permissions: PermissionKey[];
  timeZone: string;
  saved?: string | string[];
  children?: ReactNode;
};

/** A patient's full record. */
export function PatientRecord({ patient, permissions, timeZone, saved, children }: PatientRecordProps) {
  const message = typeof saved === 'string' ? savedMessages[saved] : undefined;
  const age = ageOn(patient.birth_date, todayIn(timeZone));
  const consents = [patient.consent_email && 'E-mail', patient.consent_sms && 'Text message', patient.consent_phone && 'Phone call'].filter(
    Boolean,
  );
  const place = [[patient.postal_code, patient.city].filter(Boolean).join(' '), patient.region, patient.country];
  const address = [patient.address_line1, patient.address_line2, ...place].filter(Boolean).join('\n');
  return (
    <>
      {message && <SavedMessage>{message}</SavedMessage>}
      <PageHeader
        title={`${patient.given_name} ${patient.family_name}`}
        subtitle={
          <span className="flex flex-wrap items-center gap-2">
            {formatDate(patient.birth_date)} · {age} {age === 1 ? 'year' : 'years'} · {sexLabels[patient.sex as keyof typeof sexLabels]}
            {patient.archived && <Badge>Archived</Badge>}
          </span>
        }
        actions={
          <>
            {permissions.includes('patients.update') && (
              <Button asChild variant="outline">
                <Link href={`/patients/${patient.id}/edit`}>
                  <Pencil aria-hidden /> Edit
                </Link>
              </Button>
            )}
            {permissions.includes('patients.archive') && (
              <ArchiveButton id={patient.id} version={patient.version} archived={patient.archived} />
            )}
          </>
        }
      />
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Group title="Contact">
          <Fact label="Mobile phone">{patient.mobile_phone && <a href={`tel:${patient.mobile_phone}`}>{patient.mobile_phone}</a>}</Fact>
          <Fact label="Other phone">{patient.home_phone && <a href={`tel:${patient.home_phone}`}>{patient.home_phone}</a>}</Fact>
          <Fact label="E-mail">{patient.email && <a href={`mailto:${patient.email}`}>{patient.email}</a>}</Fact>
          <Fact label="May be contacted by">{consents.join(', ') || 'No consent given'}</Fact>
        </Group>
        <Group title="Details">
          <Fact label="Address">{address}</Fact>
          <Fact label="External id">{patient.external_id}</Fact>
          <Fact label="Remarks">{patient.remarks}</Fact>
          <Fact label="Last changed">{formatMoment(patient.updated_at, timeZone)}</Fact>
        </Group>
        {children}
      </div>
      <Link href="/patients" className="mt-6 inline-block text-primary text-sm underline-offset-4 hover:underline">
        Back to the list
      </Link>
    </>
  );
}
