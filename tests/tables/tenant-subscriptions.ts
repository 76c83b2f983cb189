import { billingReaders } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.tenant_subscriptions',
  may: { select: billingReaders },
  opens: { 'billing.read': ['select'] },
  acrossClinics: {
    'public.tenant_subscriptions_stripe_customer_id_key': 'Stripe’s own id, which no member sets',
    'public.tenant_subscriptions_stripe_subscription_id_key': 'Stripe’s own id, which no member sets',
  },
} satisfies TenantTable;
