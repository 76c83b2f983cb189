import { Badge } from '@/components/ui/badge';
import { Card } from '@/components/ui/card';
import { type Fact, Facts } from '@/components/ui/facts';
import { Link } from '@/components/ui/link';
import { metricLabel, writeShare } from '@/lib/infra/metrics';
import { formatNumber } from '@/lib/infra/numbers';
import { type Clinic, clinicStatuses, holdKinds } from '@/lib/platform/schema';
import { formatDay, formatMoment } from './format';
import { HoldForm } from './hold-form';

function Members({ members, total }: { members: Clinic['members']; total: number }) {
  return (
    <>
      {total > members.length && (
        <p className="mt-1 text-muted-foreground text-sm">
          The first {formatNumber(members.length)} of {formatNumber(total)}.
        </p>
      )}
      <ul className="mt-4 flex flex-col text-sm">
        {members.map((member) => (
          <li key={member.email} className="flex flex-wrap justify-between gap-x-6 gap-y-1 border-t py-3 first:border-0">
            <div className="min-w-0">
              <p className="break-words font-medium">{member.full_name}</p>
              <p className="break-all text-muted-foreground">{member.email}</p>
            </div>
            <div className="flex flex-col items-start gap-1 sm:items-end">
              <p className="flex flex-wrap gap-1.5">
                {member.role}
                {member.status !== 'active' && <Badge>{member.status}</Badge>}
                {!member.verified && <Badge>e-mail not confirmed</Badge>}
              </p>
              <p className="text-muted-foreground">
                {member.last_seen_at ? `Last seen ${formatMoment(member.last_seen_at)}` : 'Has not signed in yet'}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

function Holds({ holds }: { holds: Clinic['holds'] }) {
  if (holds.length === 0) return <p className="text-muted-foreground text-sm">This clinic has never been on hold.</p>;
  return (
    <ul className="flex flex-col gap-3 text-sm">
      {holds.map((hold) => (
        <li key={hold.id} className="border-l-2 pl-3">
          <p className="flex flex-wrap items-center gap-1.5 font-medium">
            {holdKinds[hold.kind]} <Badge>{hold.lifted_at ? 'lifted' : 'open'}</Badge>
          </p>
          <p className="break-words">{hold.reason}</p>
          <p className="text-muted-foreground">Since {formatMoment(hold.placed_at)}</p>
          {hold.lifted_at && (
            <p className="break-words text-muted-foreground">
              Lifted {formatMoment(hold.lifted_at)}
              {hold.lift_reason && `: ${hold.lift_reason}`}
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

/** One clinic as the platform sees it. */
export function ClinicDetails({ clinic, address }: { clinic: Clinic; address: string }) {
  const held = clinic.holds.some(({ kind, lifted_at }) => kind === 'admin' && !lifted_at);
  const facts: Fact[] = [
    ['Address', address],
    ['Signed up', formatMoment(clinic.created_at)],
    ['Contact', clinic.contact_email ?? 'none'],
    ['Time zone', clinic.time_zone],
    ['Currency', clinic.currency.toUpperCase()],
    ['Language', clinic.locale],
    ...clinic.domains.map(({ host, verified_at }): Fact => [host, verified_at ? 'domain' : 'domain, not verified']),
    ...clinic.agreements.map(
      ({ document, version, accepted_at }): Fact => [`Accepted: ${document}`, `version ${version}, ${formatDay(accepted_at)}`],
    ),
  ];
  return (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      <Card>
        <h2 className="font-semibold">Facts</h2>
        <Facts rows={facts} />
      </Card>
      <Card>
        <h2 className="font-semibold">Plan and usage</h2>
        <Facts
          rows={[
            ['Plan', clinic.plan],
            ['Status', clinicStatuses[clinic.status]],
            ...(clinic.status === 'trialing' && clinic.trial_ends_at ? [['Trial ends', formatMoment(clinic.trial_ends_at)] as Fact] : []),
            ...clinic.usage.map(({ metric, used, limit }): Fact => [metricLabel(metric), writeShare(metric, used, limit)]),
          ]}
        />
        <Link
          href={`/clinics/${clinic.id}/entitlements`}
          className="mt-3 inline-block font-medium text-primary text-sm underline-offset-4 hover:underline"
        >
          Limits and features
        </Link>
      </Card>
      <Card>
        <h2 className="font-semibold">People</h2>
        <Members members={clinic.members} total={clinic.members_total} />
      </Card>
      <div className="flex flex-col gap-6">
        <Card className="flex flex-col gap-5">
          <h2 className="font-semibold">Holds</h2>
          <Holds holds={clinic.holds} />
          {clinic.status !== 'cancelled' && <HoldForm clinic={clinic.id} held={held} />}
        </Card>
        <Card>
          <h2 className="font-semibold">Activity</h2>
          <p className="mt-1 text-muted-foreground text-sm">
            Who did what, without the records themselves. Your looking is noted there too.
          </p>
          <Link
            href={`/clinics/${clinic.id}/audit`}
            className="mt-3 inline-block font-medium text-primary text-sm underline-offset-4 hover:underline"
          >
            Open the activity log
          </Link>
        </Card>
      </div>
    </div>
  );
}
