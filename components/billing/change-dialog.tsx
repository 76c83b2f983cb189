'use client';

import { useEffect, useRef } from 'react';
import { useServerAction } from '@/components/form/use-server-action';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { choose, preview } from '@/lib/billing/actions';
import type { PlanOffer } from '@/lib/billing/compare';
import { formatPrice } from '@/lib/billing/plans';
import type { ChangePreview } from '@/lib/billing/stripe-queries';

/** When what changes: the end of what is paid for, or of the trial, as a date; null where it does not matter. */
export type Moments = { periodEnd: string | null; trialEnd: string | null; inTrial: boolean; present: string };

function Costs({ costs }: { costs: ChangePreview }) {
  return (
    <div className="rounded-lg border p-3">
      <ul className="flex flex-col gap-1.5">
        {costs.lines.map(({ text, amount }) => (
          <li key={`${text} ${amount}`} className="flex justify-between gap-4">
            <span className="min-w-0 text-muted-foreground">{text}</span>
            <span className="shrink-0 tabular-nums">{formatPrice(amount, costs.currency)}</span>
          </li>
        ))}
      </ul>
      <p className="mt-2 flex justify-between gap-4 border-t pt-2 font-medium">
        <span>{costs.due > 0 ? 'You pay now' : 'Nothing to pay now'}</span>
        <span className="tabular-nums">{formatPrice(costs.due, costs.currency)}</span>
      </p>
    </div>
  );
}

function List({ title, items }: { title: string; items: string[] }) {
  if (items.length === 0) return null;
  return (
    <div>
      <p className="font-medium">{title}</p>
      <ul className="mt-1 list-disc pl-5 text-muted-foreground">
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </div>
  );
}

function explain({ way, name, price }: PlanOffer, { periodEnd, trialEnd, inTrial, present }: Moments): string {
  switch (way) {
    case 'now':
      return inTrial ? `Your trial goes on until ${trialEnd}. Then ${name} begins, ${price}.` : `${name} begins at once, ${price}.`;
    case 'later':
      return `You keep ${present} until ${periodEnd}. Then ${name} begins, ${price}.`;
    case 'end':
      return `You keep ${present} until ${periodEnd}. Then the clinic is on Free, and nothing more is charged.`;
    default:
      return inTrial || trialEnd ? 'The trial ends, and the clinic is on Free at once.' : 'The clinic is on Free at once.';
  }
}

/** What a change of plan means and costs, before it is made. */
export function ChangeDialog({ offer, moments, onClose }: { offer: PlanOffer; moments: Moments; onClose: () => void }) {
  const { submit, pending, problem } = useServerAction(choose);
  const asking = useServerAction(preview);
  const needsCosts = offer.way === 'now' && !moments.inTrial;
  const asked = useRef(false);
  useEffect(() => {
    if (!needsCosts || asked.current) return;
    asked.current = true;
    asking.submit({ plan: offer.plan, interval: offer.interval });
  });
  const costs = asking.state.status === 'ok' ? asking.state.data : null;
  const leave = () => !pending && onClose();
  return (
    <Dialog title={`Change to ${offer.name}?`} onClose={leave}>
      <div className="mt-2 flex flex-col gap-4 text-sm">
        <p>{explain(offer, moments)}</p>
        <div role="status">
          {needsCosts && !costs && !asking.problem && <p>Working out what it costs …</p>}
          {costs && <Costs costs={costs} />}
        </div>
        <List title="You get" items={offer.gains} />
        <List title="You give up" items={offer.losses} />
        {(problem ?? asking.problem) && (
          <p role="alert" className="text-destructive">
            {problem ?? asking.problem}
          </p>
        )}
      </div>
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button variant="outline" disabled={pending} onClick={leave}>
          Leave it as it is
        </Button>
        <Button
          disabled={pending || (needsCosts && !costs)}
          onClick={() =>
            submit({ plan: offer.plan, interval: offer.interval, way: offer.way, ...(costs && { prorationDate: costs.prorationDate }) })
          }
        >
          {pending ? 'One moment …' : costs && costs.due > 0 ? `Pay ${formatPrice(costs.due, costs.currency)}` : `Change to ${offer.name}`}
        </Button>
      </div>
    </Dialog>
  );
}
