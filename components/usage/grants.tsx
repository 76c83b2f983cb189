import { features, isFeature } from '@/lib/billing/features';
import { metricLabel, writeAmount } from '@/lib/infra/metrics';
import { formatDay } from '@/lib/time/format';
import type { Grants } from '@/lib/usage/schema';

/** What the clinic may use beside its plan, until when and why; nothing where there is nothing. */
export function GrantList({ grants, timeZone }: { grants: Grants; timeZone: string }) {
  const lines = [
    ...grants.limits.map(({ metric, max_value, ...rest }) => ({
      ...rest,
      what: `${metricLabel(metric)}: ${max_value === null ? 'unlimited' : writeAmount(metric, max_value)}`,
    })),
    ...grants.features.map(({ feature, granted, ...rest }) => ({
      ...rest,
      what: `${isFeature(feature) ? features[feature].label : feature}${granted ? '' : ': switched off'}`,
    })),
  ];
  if (lines.length === 0) return null;
  return (
    <div className="text-sm">
      <h3 className="font-medium">Beside your plan</h3>
      <ul className="mt-1 flex flex-col gap-1 text-muted-foreground">
        {lines.map(({ what, reason, expires_at }) => (
          <li key={what} className="wrap-anywhere">
            <span className="text-foreground">{what}</span>
            {expires_at && `, until ${formatDay(expires_at, timeZone)}`}. {reason}
          </li>
        ))}
      </ul>
    </div>
  );
}
