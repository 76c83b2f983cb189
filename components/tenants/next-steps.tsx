import { ArrowRight, Check } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import type { ClinicFacts } from '@/lib/access/schema';
import { formatNumber } from '@/lib/infra/numbers';
import type { PermissionKey } from '@/lib/infra/permission.types';

type Step = { done: boolean; title: string; text: string; href?: string; permission?: PermissionKey };

/** What to do next in a young clinic; done steps stay, ticked. */
export function NextSteps({ facts }: { facts: ClinicFacts }) {
  const patients = facts.usage.patients.used;
  const people = facts.usage.users.used;
  const steps: Step[] = [
    { done: true, title: 'Set up the clinic', text: `You work at your own address as ${facts.role.name.toLowerCase()}.` },
    { done: facts.user.email_verified, title: 'Confirm your e-mail address', text: 'Open the mail we sent you and follow its link.' },
    {
      done: facts.second_factor.enabled,
      title: 'Protect your account',
      text: 'A second factor, so that a stolen password opens nothing.',
      href: '/account',
    },
    {
      done: patients > 0,
      title: 'Add your first patient',
      text: patients > 0 ? `${formatNumber(patients)} active so far.` : 'A name and a birth date are enough to begin.',
      href: '/patients/new',
      permission: 'patients.create',
    },
    {
      done: people > 1,
      title: 'Invite your team',
      text: people > 1 ? `${formatNumber(people)} people, open invitations included.` : 'Each of them gets a role, and a mail with a link.',
      href: '/team/invite',
      permission: 'team.invite',
    },
  ];
  const next = steps.find(({ done }) => !done);
  return (
    <Card>
      <h2 className="font-semibold text-lg">{next ? 'What to do next' : 'All set'}</h2>
      <ol className="mt-4 flex flex-col gap-4">
        {steps.map((step, index) => (
          <li key={step.title} className="flex items-start gap-3">
            <span
              className={`grid size-7 shrink-0 place-items-center rounded-full border text-sm ${step.done ? 'border-primary bg-primary text-primary-foreground' : 'text-muted-foreground'}`}
            >
              {step.done ? <Check aria-label="Done" className="size-4" /> : index + 1}
            </span>
            <div className="min-w-0">
              <p className="font-medium">{step.title}</p>
              <p className="text-muted-foreground text-sm">{step.text}</p>
              {!step.done && step.href && (!step.permission || facts.permissions.includes(step.permission)) && (
                <Button asChild size="sm" className="mt-3">
                  <Link href={step.href}>{step.title}</Link>
                </Button>
              )}
            </div>
          </li>
        ))}
      </ol>
      {facts.permissions.includes('patients.read') && (
        <Link href="/patients" className="mt-6 inline-flex items-center gap-1.5 font-medium text-primary text-sm hover:underline">
          Go to patients <ArrowRight aria-hidden className="size-4" />
        </Link>
      )}
    </Card>
  );
}
