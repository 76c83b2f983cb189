import { writeExcess } from '@/lib/infra/errors';
import { metricLabel } from '@/lib/infra/metrics';
import { obstacle, type Way, wayTo } from './changes';
import { featureKeys, features } from './features';
import { formatPrice, limitRows, type Plan, writeLimit, writePrice } from './plans';
import type { BillingState, Excess, Interval } from './schema';

/** A plan as it is offered to a clinic that has one. */
export type PlanOffer = {
  plan: string;
  name: string;
  interval: Interval;
  price: string;
  way: Way;
  limits: { label: string; value: string }[];
  /** Why it cannot be chosen now; null when it can. */
  blocked: string | null;
  gains: string[];
  losses: string[];
};

const shown = ['users', 'patients', 'locations', 'storage_bytes'] as const;

const more = (mine: number | null | undefined, theirs: number | null | undefined) =>
  (theirs ?? Number.POSITIVE_INFINITY) > (mine ?? Number.POSITIVE_INFINITY);

/** What somebody gains and loses who goes from one plan to another. */
function differences(from: Plan, to: Plan): { gains: string[]; losses: string[] } {
  const gains: string[] = [];
  const losses: string[] = [];
  for (const metric of limitRows) {
    const [mine, theirs] = [from.limits[metric], to.limits[metric]];
    if (mine === theirs) continue;
    (more(mine, theirs) ? gains : losses).push(`${metricLabel(metric)}: ${writeLimit(to, metric)} instead of ${writeLimit(from, metric)}`);
  }
  for (const feature of featureKeys) {
    const { label, ready } = features[feature];
    if (!ready || from.features.includes(feature) === to.features.includes(feature)) continue;
    (to.features.includes(feature) ? gains : losses).push(label);
  }
  return { gains, losses };
}

/** Why a way is closed now. */
function blockedBy(state: BillingState, way: Way): string | null {
  if (way === 'now' || way === 'later' || way === 'checkout') return obstacle(state)?.message ?? null;
  return way === 'end' && state.ends_at ? 'Free follows when your plan ends.' : null;
}

/** Every plan of the catalogue, as it is offered to a clinic. */
export function offersFor(state: BillingState, plans: Plan[], excess: Excess, interval: Interval): PlanOffer[] {
  const current = plans.find(({ key }) => key === state.plan.key);
  return plans.map((plan) => {
    const amount = plan.prices[interval];
    const over = excess[plan.key] ?? [];
    const way = wayTo(state, { plan: plan.key, position: plan.position, interval });
    return {
      plan: plan.key,
      name: plan.name,
      interval,
      price: amount === 0 ? formatPrice(0) : writePrice({ amount, interval, currency: null }),
      way,
      limits: shown.map((metric) => ({ label: metricLabel(metric), value: writeLimit(plan, metric) })),
      blocked: blockedBy(state, way) ?? (over.length > 0 && way !== 'same' ? writeExcess(over) : null),
      ...(current ? differences(current, plan) : { gains: [], losses: [] }),
    };
  });
}
