import { type Metric, metricKeys, writeAmount } from '@/lib/infra/metrics';
import { formatMoney } from '@/lib/infra/numbers';
import type { PlanLabel } from './schema';

/** What a plan offers, as the price page and later the billing page show it. Amounts in minor units, null limits are unlimited. */
export type Plan = {
  key: string;
  name: string;
  /** The order of the catalogue: who has more has a higher one. */
  position: number;
  prices: { month: number; year: number };
  limits: Record<string, number | null>;
  features: string[];
};

/** The limits that a comparison shows, in order. */
export const limitRows = metricKeys.filter((metric) => metric !== 'mails');

/** A plan's limit as a person reads it. */
export function writeLimit(plan: Plan, metric: Metric): string {
  const limit = plan.limits[metric];
  return limit === null || limit === undefined ? 'unlimited' : writeAmount(metric, limit);
}

/** A price in whole dollars, which all of the catalogue's are, or with cents. */
export function formatPrice(minor: number, currency: string | null = null): string {
  return formatMoney(minor, currency ?? 'usd');
}

const per = { month: 'a month', year: 'a year' } as const;

/** What a plan costs in words; one without a price costs nothing. */
export function writePrice({ amount, interval, currency }: Pick<PlanLabel, 'amount' | 'interval' | 'currency'>): string {
  return amount === null || interval === null ? 'Free of charge' : `${formatPrice(amount, currency)} ${per[interval]}`;
}
