'use client';

import { KeyRound, LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTheme } from 'next-themes';
import { tellOtherTabs } from '@/components/access/session-news';
import { useServerAction } from '@/components/form/use-server-action';
import { Button } from '@/components/ui/button';
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from '@/components/ui/dropdown-menu';
import type { Destination, FormState } from '@/lib/infra/form-state';

const themes = [
  { value: 'light', label: 'Light', Icon: Sun },
  { value: 'dark', label: 'Dark', Icon: Moon },
  { value: 'system', label: 'As the system', Icon: Monitor },
];

type UserMenuProps = {
  name: string;
  email: string;
  /** What the person is here: their role. */
  position: string;
  /** The page of the person's own account, where there is one. */
  account?: string;
  signOut: (input: unknown) => Promise<FormState<Destination>>;
};

export function UserMenu({ name, email, position, account, signOut }: UserMenuProps) {
  const router = useRouter();
  const { theme, setTheme } = useTheme();
  const { submit, pending, problem } = useServerAction(async (input: unknown) => {
    const answer = await signOut(input);
    // The other tabs ask who is signed in.
    tellOtherTabs();
    return answer;
  });
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" className="max-w-56 px-2.5" aria-label={`Your menu, ${name}`}>
          <UserRound aria-hidden />
          <span className="hidden truncate sm:inline">{name}</span>
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <div className="max-w-64 px-2.5 py-2 text-sm">
          <p className="truncate font-medium">{name}</p>
          {email !== name && <p className="truncate text-muted-foreground">{email}</p>}
          <p className="text-muted-foreground">{position}</p>
        </div>
        <DropdownMenuSeparator />
        {account && (
          <>
            <DropdownMenuItem onSelect={() => router.push(account)}>
              <KeyRound aria-hidden /> Your account
            </DropdownMenuItem>
            <DropdownMenuSeparator />
          </>
        )}
        {themes.map(({ value, label, Icon }) => (
          <DropdownMenuItem
            key={value}
            role="menuitemradio"
            aria-checked={theme === value}
            onSelect={() => setTheme(value)}
            className="aria-checked:font-medium aria-checked:text-primary"
          >
            <Icon aria-hidden /> {label}
          </DropdownMenuItem>
        ))}
        <DropdownMenuSeparator />
        <DropdownMenuItem
          onSelect={(event) => {
            event.preventDefault();
            submit({});
          }}
        >
          <LogOut aria-hidden /> {pending ? 'One moment …' : 'Sign out'}
        </DropdownMenuItem>
        {problem && (
          <p role="alert" className="max-w-64 px-2.5 py-2 text-destructive text-sm">
            {problem}
          </p>
        )}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
