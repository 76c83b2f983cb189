import { type Doors, takesNothing } from '../support/doors';

export default {
  actions: {
    preview: takesNothing({ plan: 'starter', interval: 'month' }),
    choose: takesNothing({ plan: 'starter', interval: 'month', way: 'checkout' }),
    manage: takesNothing(),
    look: takesNothing(),
    cancel: takesNothing({ reason: 'unused', comment: '' }),
    takeBack: takesNothing(),
    pay: takesNothing(),
  },
  routes: {
    'POST /api/create-checkout-session': { body: { plan: 'starter', interval: 'month' } },
    'GET /api/tenant/billing/invoices': {},
    'POST /api/tenant/billing/payment': { body: {} },
    'PUT /api/tenant/subscription': { body: { plan: 'starter', interval: 'month' } },
    'POST /api/tenant/subscription/cancel': { body: { reason: 'unused' } },
    'POST /api/tenant/subscription/reactivate': { body: {} },
  },
  openRoutes: { anybody: ['POST /api/stripe/webhook'] },
  pages: {
    '/billing': { unmarked: 'the plan, which names nothing of the clinic’s', broken: true },
    '/billing/checkout': { unmarked: 'a form of nothing yet' },
  },
  functions: {
    authenticated: ['begin_billing_act', 'billing_state', 'choose_free', 'plans_over_limits', 'request_billing_sync'],
    service_role: ['store_stripe_event'],
  },
} satisfies Doors;
