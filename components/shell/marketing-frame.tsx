import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { LogoMark } from '@/components/ui/logo';
import { env } from '@/lib/infra/env';
import { subdomainOrigin } from '@/lib/infra/hosts';

/** Header and footer of the public pages on the root domain. */
export function MarketingFrame({ children }: { children: ReactNode }) {
  const signUpUrl = subdomainOrigin('signup', env().APP_URL);
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="mx-auto flex w-full max-w-5xl items-center justify-between gap-4 px-5 py-4">
        <a href="/" className="flex items-center gap-2.5 font-semibold text-lg">
          <LogoMark />
          YourCRM
        </a>
        <nav aria-label="Main" className="flex items-center gap-1 sm:gap-2">
          <a href="/pricing" className="hidden rounded-lg px-3 py-2 font-medium text-sm hover:bg-muted sm:block">
            Prices
          </a>
          <a href="/find" className="whitespace-nowrap rounded-lg px-2 py-2 font-medium text-sm hover:bg-muted sm:px-3">
            Sign in
          </a>
          <Button asChild size="sm">
            <a href={signUpUrl}>Sign up</a>
          </Button>
        </nav>
      </header>
      <main className="mx-auto w-full max-w-5xl flex-1 px-5">{children}</main>
      <footer className="mt-16 border-t">
        <nav aria-label="More" className="mx-auto flex w-full max-w-5xl flex-wrap gap-x-6 gap-y-2 px-5 py-6 text-muted-foreground text-sm">
          <a href="/pricing" className="hover:underline">
            Prices
          </a>
          <a href="/find" className="hover:underline">
            Find my clinic
          </a>
          <a href="/terms" className="hover:underline">
            Terms of service
          </a>
          <a href="/privacy" className="hover:underline">
            Privacy policy
          </a>
          <a href="/baa" className="hover:underline">
            Business associate agreement
          </a>
        </nav>
      </footer>
    </div>
  );
}
