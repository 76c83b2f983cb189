import type { Ids } from './action-cases';
import type { Route } from './manifest';

type RouteCase = { body?: object; foreign?: (ids: Ids) => object };

/** The routes that ask for a permission, and what each takes; `foreign` names another clinic's ids where a route takes any. */
export const routeCases: Record<string, RouteCase> = {
  'POST /api/activity/export': { body: {}, foreign: ({ patient }) => ({ record: patient }) },
  'POST /api/create-checkout-session': { body: { plan: 'starter', interval: 'month' } },
  'POST /api/patients/export': { body: { archived: false } },
  'GET /api/tenant/billing/invoices': {},
  'POST /api/tenant/billing/payment': { body: {} },
  'PUT /api/tenant/subscription': { body: { plan: 'starter', interval: 'month' } },
  'POST /api/tenant/subscription/cancel': { body: { reason: 'unused' } },
  'POST /api/tenant/subscription/reactivate': { body: {} },
};

/** The routes that ask for none: every member has them, or everybody. A logo's address is tried by hand, it is no JSON. */
export const openRoutes = {
  members: [
    'POST /api/analytics/feature-usage',
    'POST /api/tenant/check-limit',
    'GET /api/tenant/current',
    'GET /api/tenant/usage/current',
    'GET /api/tenant/usage/stream',
  ],
  anybody: [
    'GET /api/health',
    'POST /api/provision-tenant',
    'POST /api/stripe/webhook',
    'GET /api/subdomain-availability',
    'GET /logo/[hash]',
  ],
};

/** Routes of the build that no list has, and listed ones that the build has not, each with the remedy. */
export function unlistedRoutes(routes: Pick<Route, 'name' | 'file'>[]): string[] {
  const listed = [...Object.keys(routeCases), ...openRoutes.members, ...openRoutes.anybody];
  return [
    ...routes
      .filter(({ name }) => !listed.includes(name))
      .map(
        ({ name, file }) =>
          `${file}: ${name} has no case: ask for its permission by authorizeClinic(…) and add it to routeCases in tests/support/route-cases.ts, or name it there as open`,
      ),
    ...listed
      .filter((route) => !routes.some(({ name }) => name === route))
      .map((route) => `${route} is no route any more: take it out of tests/support/route-cases.ts`),
  ];
}
