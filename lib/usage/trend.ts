import type { Usage } from '@/lib/access/schema';

/** How a metric went, day by day, and what it is expected to be at the end of the month; null where nothing can be said yet. */
export type Trend = { metric: keyof Usage; days: { day: string; used: number }[]; monthEnd: number | null };
