import { authorizeClinic } from '@/lib/access/gate';
import { answer } from '@/lib/infra/answer';
import { defineRoute } from '@/lib/infra/define-route';
import { assertSameOrigin } from '@/lib/infra/request';
import { countFeatureUse } from '@/lib/usage/commands';
import { featureUseSchema } from '@/lib/usage/schema';

/** Counts that the caller's clinic used a feature; those that leave a line in the log are counted by themselves. */
export const POST = defineRoute({
  name: 'count-feature-use',
  hosts: ['clinic', 'custom'],
  schema: featureUseSchema,
  run: async ({ feature }, _request, facts) => {
    assertSameOrigin(facts);
    await countFeatureUse((await authorizeClinic()).db, feature);
    return answer({ counted: feature });
  },
});
