import type { Doors } from '../support/doors';

export default {
  openRoutes: {
    members: [
      'POST /api/analytics/feature-usage',
      'POST /api/tenant/check-limit',
      'GET /api/tenant/usage/current',
      'GET /api/tenant/usage/stream',
    ],
  },
  pages: {
    '/features/[feature]': { address: () => '/features/custom_roles', unmarked: 'what every member has' },
    '/usage': { unmarked: 'what every member has' },
  },
  functions: {
    authenticated: ['check_limit', 'count_feature_use', 'current_usage', 'usage_history'],
    service_role: ['usage_news'],
  },
} satisfies Doors;
