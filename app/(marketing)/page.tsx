import { Globe, ShieldCheck, UsersRound } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { env } from '@/lib/infra/env';
import { subdomainOrigin } from '@/lib/infra/hosts';

const points = [
  { Icon: Globe, title: 'Your own address', text: 'Choose a name and work at it seconds later. Nothing to install, nobody to call.' },
  {
    Icon: UsersRound,
    title: 'Patients at hand',
    text: 'Find anyone by name, phone, birth date or number while they are still on the line.',
  },
  {
    Icon: ShieldCheck,
    title: 'Only yours',
    text: 'The database itself keeps each clinic’s records apart, and every change is written down.',
  },
];

export default function LandingPage() {
  return (
    <>
      <section className="flex flex-col items-start gap-6 py-14 sm:py-24">
        <h1 className="max-w-2xl font-semibold text-4xl leading-tight sm:text-5xl">The CRM your clinic sets up in a minute</h1>
        <p className="max-w-xl text-lg text-muted-foreground">
          Patients, contact details and consent in one calm place, at an address of your own. Fourteen days of Professional are free, and no
          card is asked for.
        </p>
        <Button asChild size="lg">
          <a href={subdomainOrigin('signup', env().APP_URL)}>Set up your clinic</a>
        </Button>
        <p className="text-muted-foreground text-sm">Already a customer? Open your clinic’s own address to sign in.</p>
      </section>
      <section aria-label="What you get" className="grid gap-4 sm:grid-cols-3">
        {points.map(({ Icon, title, text }) => (
          <Card key={title} className="flex flex-col gap-2">
            <Icon aria-hidden className="size-5 text-primary" />
            <h2 className="font-semibold">{title}</h2>
            <p className="text-muted-foreground text-sm leading-relaxed">{text}</p>
          </Card>
        ))}
      </section>
    </>
  );
}
