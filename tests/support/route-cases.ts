import type { Ids } from './action-cases';

type RouteCase = { method: 'GET' | 'POST' | 'PUT'; body?: object; foreign?: (ids: Ids) => object };

/** The routes that ask for a permission, and what each takes; `foreign` names another clinic's ids where a route takes any. */
export const routeCases: Record<string, RouteCase> = {
  '/api/activity/export': { method: 'POST', body: {}, foreign: ({ patient }) => ({ record: patient }) },
  '/api/create-checkout-session': { method: 'POST', body: { plan: 'starter', interval: 'month' } },
  '/api/patients/export': { method: 'POST', body: { archived: false } },
  '/api/tenant/billing/invoices': { method: 'GET' },
  '/api/tenant/billing/payment': { method: 'POST', body: {} },
  '/api/tenant/subscription': { method: 'PUT', body: { plan: 'starter', interval: 'month' } },
  '/api/tenant/subscription/cancel': { method: 'POST', body: { reason: 'unused' } },
  '/api/tenant/subscription/reactivate': { method: 'POST', body: {} },
};

/** The routes that ask for none: every member has them, or everybody. A logo's address is tried by hand, it is no JSON. */
export const openRoutes = {
  members: [
    '/api/analytics/feature-usage',
    '/api/tenant/check-limit',
    '/api/tenant/current',
    '/api/tenant/usage/current',
    '/api/tenant/usage/stream',
  ],
  anybody: ['/api/health', '/api/provision-tenant', '/api/stripe/webhook', '/api/subdomain-availability', '/logo/[hash]'],
};

/** Routes of the build that no list has, and listed ones that the build has not, each with the remedy. */
export function unlistedRoutes(routes: string[]): string[] {
  const listed = [...Object.keys(routeCases), ...openRoutes.members, ...openRoutes.anybody];
  return [
    ...routes
      .filter((route) => !listed.includes(route))
      .map(
        (route) =>
          `app${route}/route.ts has no case: ask for its permission by authorizeClinic(…) and add it to routeCases in tests/support/route-cases.ts, or name it there as open`,
      ),
    ...listed
      .filter((route) => !routes.includes(route))
      .map((route) => `${route} is no route any more: take it out of tests/support/route-cases.ts`),
  ];
}
