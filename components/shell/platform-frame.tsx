import type { ReactNode } from 'react';
import { UserMenu } from '@/components/shell/user-menu';
import { WorkFrame } from '@/components/shell/work-frame';
import { LogoMark } from '@/components/ui/logo';
import { signOutOfPlatform } from '@/lib/platform/actions';

const links = [
  { href: '/', label: 'Overview' },
  { href: '/clinics', label: 'Clinics' },
  { href: '/billing', label: 'Billing' },
];

/** The frame of the platform's pages. */
export function PlatformFrame({ email, children }: { email: string; children: ReactNode }) {
  return (
    <WorkFrame
      home={
        <>
          <LogoMark />
          <span>Platform</span>
        </>
      }
      links={links}
      menu={<UserMenu name={email} email={email} position="Platform administrator" signOut={signOutOfPlatform} />}
    >
      {children}
    </WorkFrame>
  );
}
