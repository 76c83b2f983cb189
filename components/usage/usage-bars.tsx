import { cn } from '@/components/ui/cn';
import type { Usage } from '@/lib/access/schema';
import { metricLabel, writeShare } from '@/lib/infra/metrics';

const words = { near: 'nearly full', full: 'full' };

function Bar({ metric, used, limit }: { metric: string; used: number; limit: number | null }) {
  const share = limit === null ? 0 : limit === 0 ? 100 : Math.min(100, (used / limit) * 100);
  const level = limit === null || share < 80 ? undefined : share < 100 ? 'near' : 'full';
  return (
    <div>
      <div className="flex flex-wrap justify-between gap-x-3 text-sm">
        <span>{metricLabel(metric)}</span>
        <span className="text-muted-foreground tabular-nums">
          {writeShare(metric, used, limit)}
          {level && (
            <span className={cn('font-medium', level === 'full' ? 'text-destructive' : 'text-warning-foreground')}>, {words[level]}</span>
          )}
        </span>
      </div>
      {limit !== null && (
        <div aria-hidden className="mt-1.5 h-1.5 overflow-hidden rounded-full bg-muted">
          <div
            className={cn('h-full', level === 'full' ? 'bg-destructive' : level === 'near' ? 'bg-warning' : 'bg-primary')}
            style={{ width: `${share}%` }}
          />
        </div>
      )}
    </div>
  );
}

/** How much of each limit is used: in a warning colour from 80 %, in another when nothing is left. */
export function UsageBars({ usage, metrics }: { usage: Usage; metrics: readonly (keyof Usage)[] }) {
  return metrics.map((metric) => <Bar key={metric} metric={metric} {...usage[metric]} />);
}
