import type { ReactNode } from 'react';
import { SessionGuard } from '@/components/access/session-guard';
import type { ClinicFacts } from '@/lib/access/schema';
import { ClinicMark } from './clinic-mark';
import { MainNavigation } from './main-navigation';
import { UserMenu } from './user-menu';

/** Header, navigation and main area of a clinic's working pages. */
export function AppFrame({ facts, children }: { facts: ClinicFacts; children: ReactNode }) {
  return (
    <>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50 focus:rounded-lg focus:bg-card focus:px-3 focus:py-2"
      >
        Skip to content
      </a>
      <header className="border-b bg-card">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-6 px-4 sm:px-6">
          <a href="/" className="flex h-14 min-w-0 flex-1 items-center gap-2.5 font-semibold sm:flex-none">
            <ClinicMark clinic={facts.clinic} />
            <span className="max-w-56 truncate">{facts.clinic.name}</span>
          </a>
          <MainNavigation permissions={facts.permissions} />
          <UserMenu name={facts.user.full_name} email={facts.user.email} role={facts.role.name} />
        </div>
      </header>
      <main id="main" className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-6 sm:py-8">
        {children}
      </main>
      <SessionGuard session={facts.session} />
    </>
  );
}
