import { clinicRoute } from '@/lib/access/clinic-route';
import { countFeatureUse } from '@/lib/usage/commands';
import { featureUseSchema } from '@/lib/usage/schema';

/** Counts that the caller's clinic used a feature; those that leave a line in the log are counted by themselves. */
export const POST = clinicRoute('count-feature-use', 'member', featureUseSchema, async ({ db }, { feature }) => {
  await countFeatureUse(db, feature);
  return { counted: feature };
});
