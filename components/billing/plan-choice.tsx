'use client';

import { useState } from 'react';
import { ActButton } from '@/components/form/act-button';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { cn } from '@/components/ui/cn';
import { useHydrated } from '@/components/ui/use-hydrated';
import { choose } from '@/lib/billing/actions';
import type { PlanOffer } from '@/lib/billing/compare';
import { type Interval, intervals } from '@/lib/billing/schema';
import { ChangeDialog, type Moments } from './change-dialog';

const labels: Record<Interval, string> = { month: 'Monthly', year: 'Yearly, two months free' };

type PlanChoiceProps = { offers: Record<Interval, PlanOffer[]>; initial: Interval; moments: Moments; mayChange: boolean };

/** The plans to choose from, by the month or by the year. */
export function PlanChoice({ offers, initial, moments, mayChange }: PlanChoiceProps) {
  const [interval, setInterval] = useState(initial);
  const [chosen, setChosen] = useState<PlanOffer | null>(null);
  const hydrated = useHydrated();
  const act = (offer: PlanOffer) => {
    if (offer.way === 'same') return <p className="flex h-10 items-center font-medium text-primary text-sm">Your plan</p>;
    if (offer.blocked) return <p className="text-muted-foreground text-sm">{offer.blocked}</p>;
    if (!mayChange) return null;
    const label = offer.way === 'checkout' || offer.way === 'free' ? `Choose ${offer.name}` : `Change to ${offer.name}`;
    if (offer.way === 'checkout')
      return <ActButton label={label} action={choose} input={{ plan: offer.plan, interval, way: offer.way }} className="w-full" />;
    return (
      <Button variant="outline" disabled={!hydrated} onClick={() => setChosen(offer)}>
        {label}
      </Button>
    );
  };
  return (
    <div className="flex flex-col gap-4">
      <fieldset className="flex self-start rounded-lg border bg-card p-0.5 text-sm">
        <legend className="sr-only">How to pay</legend>
        {intervals.map((value) => (
          <label
            key={value}
            className="cursor-pointer rounded-md px-4 py-1.5 text-muted-foreground has-checked:bg-muted has-checked:font-medium has-checked:text-foreground has-focus-visible:ring-3 has-focus-visible:ring-ring/50"
          >
            <input
              type="radio"
              name="interval"
              value={value}
              checked={interval === value}
              disabled={!hydrated}
              onChange={() => setInterval(value)}
              className="sr-only"
            />
            {labels[value]}
          </label>
        ))}
      </fieldset>
      <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
        {offers[interval].map((offer) => (
          <li key={offer.plan} className="flex">
            <Card className={cn('flex min-w-0 flex-1 flex-col gap-4', offer.way === 'same' && 'border-primary')}>
              <h3 className="flex flex-wrap items-center gap-2 font-semibold">
                {offer.name}
                {offer.way === 'later' && <Badge>from the next period</Badge>}
              </h3>
              <p className="font-semibold text-xl tabular-nums">{offer.price}</p>
              <ul className="flex flex-1 flex-col gap-1.5 text-sm">
                {offer.limits.map(({ label, value }) => (
                  <li key={label} className="flex justify-between gap-3">
                    <span className="text-muted-foreground">{label}</span>
                    <span className="text-right tabular-nums">{value}</span>
                  </li>
                ))}
              </ul>
              {act(offer)}
            </Card>
          </li>
        ))}
      </ul>
      {chosen && <ChangeDialog offer={chosen} moments={moments} onClose={() => setChosen(null)} />}
    </div>
  );
}
