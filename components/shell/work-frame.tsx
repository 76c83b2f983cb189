import type { ReactNode } from 'react';
import { MainNavigation, type NavigationLink } from './main-navigation';

type WorkFrameProps = { home: ReactNode; links: NavigationLink[]; menu: ReactNode; children: ReactNode };

/** Header, navigation and main area of the pages that people work in. */
export function WorkFrame({ home, links, menu, children }: WorkFrameProps) {
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
            {home}
          </a>
          <MainNavigation links={links} />
          {menu}
        </div>
      </header>
      <main id="main" className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-6 sm:py-8">
        {children}
      </main>
    </>
  );
}
