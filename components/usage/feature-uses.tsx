import { Card } from '@/components/ui/card';
import { features, isFeature } from '@/lib/billing/features';
import { formatNumber } from '@/lib/infra/numbers';

/** Which features the clinic used in the last 30 days, and how often. */
export function FeatureUses({ uses }: { uses: { feature: string; uses: number }[] }) {
  return (
    <Card>
      <h2 className="font-semibold">Features used, 30 days</h2>
      {uses.length === 0 ? (
        <p className="mt-1 text-muted-foreground text-sm">
          Imports, exports, roles of your own and the like are counted here once they are used.
        </p>
      ) : (
        <ul className="mt-3 flex flex-col text-sm">
          {uses.map(({ feature, uses: count }) => (
            <li key={feature} className="flex justify-between gap-4 border-t py-2 first:border-t-0">
              <span>{isFeature(feature) ? features[feature].label : feature}</span>
              <span className="text-muted-foreground tabular-nums">{count === 1 ? 'once' : `${formatNumber(count)} times`}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
