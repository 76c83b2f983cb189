'use client';

import { Building2, KeyRound, LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react';
import { useTheme } from 'next-themes';
import { useId, useRef } from 'react';
import { tellOtherTabs } from '@/components/access/session-news';
import { useServerAction } from '@/components/form/use-server-action';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { Link } from '@/components/ui/link';
import { useHydrated } from '@/components/ui/use-hydrated';
import type { Destination, FormState } from '@/lib/infra/form-state';

const themes = [
  { value: 'light', label: 'Light', Icon: Sun },
  { value: 'dark', label: 'Dark', Icon: Moon },
  { value: 'system', label: 'As the system', Icon: Monitor },
];

const pages = [
  { href: '/account', label: 'Your account', Icon: KeyRound },
  { href: '/clinics', label: 'Your clinics', Icon: Building2 },
];

const row =
  'flex w-full cursor-default items-center gap-2 rounded-md px-2.5 py-2 text-left outline-none hover:bg-muted focus-visible:bg-muted has-focus-visible:bg-muted disabled:opacity-60 [&_svg]:size-4';

type UserMenuProps = {
  name: string;
  email: string;
  /** What the person is here: their role. */
  position: string;
  /** Whether the person has pages of their own here. */
  hasAccount?: boolean;
  signOut: (input: unknown) => Promise<FormState<Destination>>;
};

/** Who is signed in, the account, the colours and the way out; the browser opens and closes it, scripts or not. */
export function UserMenu({ name, email, position, hasAccount = false, signOut }: UserMenuProps) {
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const isHydrated = useHydrated();
  const { theme, setTheme } = useTheme();
  const { submit, pending, problem } = useServerAction(async (input: unknown) => {
    const answer = await signOut(input);
    // The other tabs ask who is signed in.
    tellOtherTabs();
    return answer;
  });
  return (
    <>
      <Button variant="ghost" className="max-w-56 px-2.5" popoverTarget={id} aria-label={`Your menu, ${name}`}>
        <UserRound aria-hidden />
        <span className="hidden truncate sm:inline">{name}</span>
      </Button>
      <div
        id={id}
        ref={menu}
        popover="auto"
        className="menu w-64 rounded-lg border bg-popover p-1 text-popover-foreground text-sm shadow-lg"
      >
        <div className="px-2.5 py-2">
          <p className="truncate font-medium">{name}</p>
          {email !== name && <p className="truncate text-muted-foreground">{email}</p>}
          <p className="text-muted-foreground">{position}</p>
        </div>
        {hasAccount && (
          <div className="-mx-1 border-t p-1">
            {pages.map(({ href, label, Icon }) => (
              <Link key={href} href={href} className={row} onClick={() => menu.current?.hidePopover()}>
                <Icon aria-hidden /> {label}
              </Link>
            ))}
          </div>
        )}
        <fieldset className="-mx-1 border-t p-1">
          <legend className="sr-only">Colours</legend>
          {themes.map(({ value, label, Icon }) => (
            <label key={value} className={cn(row, 'has-checked:font-medium has-checked:text-primary')}>
              <input
                type="radio"
                name={`${id}-theme`}
                className="sr-only"
                checked={isHydrated && theme === value}
                onChange={() => setTheme(value)}
              />
              <Icon aria-hidden /> {label}
            </label>
          ))}
        </fieldset>
        <div className="-mx-1 border-t p-1">
          <button type="button" className={row} disabled={pending} onClick={() => submit({})}>
            <LogOut aria-hidden /> {pending ? 'One moment …' : 'Sign out'}
          </button>
          {problem && (
            <p role="alert" className="px-2.5 py-2 text-destructive">
              {problem}
            </p>
          )}
        </div>
      </div>
    </>
  );
}
