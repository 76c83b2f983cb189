import type { ReactNode } from 'react';
import { ActButton } from '@/components/form/act-button';
import { Badge } from '@/components/ui/badge';
import { Card } from '@/components/ui/card';
import { features, isFeature } from '@/lib/billing/features';
import { metricLabel, writeAmount, writeShare } from '@/lib/infra/metrics';
import { takeBackOverride } from '@/lib/platform/actions';
import type { Entitlements } from '@/lib/platform/schema';
import { formatDay } from './format';
import { FeatureOverrideForm, LimitOverrideForm } from './override-forms';

const writeLimit = (metric: string, limit: number | null) => (limit === null ? 'unlimited' : writeAmount(metric, limit));

type GrantProps = {
  clinic: string;
  of: string;
  name: string;
  what: ReactNode;
  reason: string;
  expires_at: string | null;
  over: boolean | null;
};

function Grant({ clinic, of, name, what, reason, expires_at, over }: GrantProps) {
  return (
    <div className="mt-2 flex flex-wrap items-start justify-between gap-3 border-l-2 pl-3">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-1.5">
          {what} {over && <Badge>has run out</Badge>}
        </p>
        <p className="wrap-anywhere text-muted-foreground">
          {expires_at ? `Until ${formatDay(expires_at)}. ` : 'For good. '}
          {reason}
        </p>
      </div>
      <ActButton
        label="Take back"
        name={`Take back: ${name}`}
        action={takeBackOverride}
        input={{ clinic, key: of }}
        variant="outline"
        size="sm"
      />
    </div>
  );
}

/** What a clinic may use, what was granted or taken beside its plan, and the forms for it. */
export function EntitlementLists({ clinic, entitlements }: { clinic: string; entitlements: Entitlements }) {
  const { limits, overrides, features: has } = entitlements;
  return (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      <Card className="min-w-0">
        <h2 className="font-semibold">Limits</h2>
        <ul className="mt-3 flex flex-col text-sm">
          {limits.map(({ metric, used, limit, override }) => (
            <li key={metric} className="border-t py-3 first:border-t-0">
              <p className="flex flex-wrap justify-between gap-x-4">
                <span>{metricLabel(metric)}</span>
                <span className="text-muted-foreground tabular-nums">
                  {used === null ? writeLimit(metric, limit) : writeShare(metric, used, limit)}
                </span>
              </p>
              {override && (
                <Grant
                  clinic={clinic}
                  of={`limit:${metric}`}
                  name={metricLabel(metric)}
                  what={`Granted: ${writeLimit(metric, override.limit)}`}
                  {...override}
                />
              )}
            </li>
          ))}
        </ul>
      </Card>
      <Card className="min-w-0">
        <h2 className="mb-4 font-semibold">Grant a limit</h2>
        <LimitOverrideForm clinic={clinic} />
      </Card>
      <Card className="min-w-0">
        <h2 className="font-semibold">Features</h2>
        <p className="mt-3 text-sm">{has.map((key) => (isFeature(key) ? features[key].label : key)).join(', ')}</p>
        {overrides.length > 0 && (
          <div className="mt-4 flex flex-col gap-2 text-sm">
            {overrides.map(({ feature, granted, ...rest }) => {
              const name = isFeature(feature) ? features[feature].label : feature;
              return (
                <Grant
                  key={feature}
                  clinic={clinic}
                  of={`feature:${feature}`}
                  name={name}
                  what={`${granted ? 'Granted' : 'Taken away'}: ${name}`}
                  {...rest}
                />
              );
            })}
          </div>
        )}
      </Card>
      <Card className="min-w-0">
        <h2 className="mb-4 font-semibold">Grant or take a feature</h2>
        <FeatureOverrideForm clinic={clinic} />
      </Card>
    </div>
  );
}
