import type { ReactNode } from 'react';
import { SessionGuard } from '@/components/access/session-guard';
import { StepUpProvider } from '@/components/access/step-up-provider';
import { PlanBanner } from '@/components/billing/plan-banner';
import { ClinicMark } from '@/components/settings/clinic-mark';
import { Alert } from '@/components/ui/alert';
import { Link } from '@/components/ui/link';
import { signOut } from '@/lib/access/actions';
import type { WorkingFacts } from '@/lib/access/schema';
import type { PermissionKey } from '@/lib/infra/permission.types';
import { formatDay } from '@/lib/time/format';
import { UserMenu } from './user-menu';
import { WorkFrame } from './work-frame';

const links: { href: string; label: string; permission?: PermissionKey }[] = [
  { href: '/', label: 'Dashboard' },
  { href: '/patients', label: 'Patients', permission: 'patients.read' },
  { href: '/team', label: 'Team', permission: 'team.read' },
  { href: '/billing', label: 'Plan', permission: 'billing.read' },
  { href: '/activity', label: 'Activity', permission: 'audit.read' },
  { href: '/settings', label: 'Settings', permission: 'settings.read' },
];

/** The frame of a clinic's working pages. */
export function AppFrame({ facts, children, banner = true }: { facts: WorkingFacts; children: ReactNode; banner?: boolean }) {
  const { clinic, user, role, permissions, session, second_factor } = facts;
  return (
    <StepUpProvider>
      <WorkFrame
        home={
          <>
            <ClinicMark clinic={clinic} />
            <span className="max-w-56 truncate">{clinic.name}</span>
          </>
        }
        links={links.filter(({ permission }) => !permission || permissions.includes(permission))}
        menu={<UserMenu name={user.full_name} email={user.email} position={role.name} hasAccount signOut={signOut} />}
      >
        {banner && permissions.includes('billing.read') && <PlanBanner plan={facts.plan} timeZone={clinic.time_zone} />}
        {second_factor.due && !second_factor.enabled && (
          <Alert kind="notice" className="mb-6">
            From {formatDay(second_factor.due, clinic.time_zone)} on your clinic requires a second factor.{' '}
            <Link href="/account" className="font-medium underline underline-offset-4">
              Set it up
            </Link>{' '}
            before then.
          </Alert>
        )}
        {children}
      </WorkFrame>
      <SessionGuard session={session} />
    </StepUpProvider>
  );
}
