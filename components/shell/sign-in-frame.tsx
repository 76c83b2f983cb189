import type { ReactNode } from 'react';
import { ClinicMark } from '@/components/settings/clinic-mark';
import { Card } from '@/components/ui/card';
import type { ClinicName } from '@/lib/access/schema';

/** The frame of the signed-out pages of a clinic: its name, one card, one thing to do. */
export function SignInFrame({
  clinic,
  title,
  children,
}: {
  clinic: Pick<ClinicName, 'name' | 'logo_hash'>;
  title: string;
  children: ReactNode;
}) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center gap-6 px-4 py-10">
      <header className="flex min-w-0 items-center gap-3">
        <ClinicMark clinic={clinic} />
        <p className="min-w-0 break-words font-semibold">{clinic.name}</p>
      </header>
      <Card className="flex flex-col gap-5">
        <h1 className="font-semibold text-xl">{title}</h1>
        {children}
      </Card>
    </main>
  );
}
