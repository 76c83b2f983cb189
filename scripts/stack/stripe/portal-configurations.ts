import { z } from 'zod';
import type { Define } from './api';
import { expand, flag, merged, metadata, page } from './parameters';
import { idOf, type PortalConfiguration, realTime } from './state';
import { emit, paged, type World } from './world';

const off = z.strictObject({ enabled: z.literal('false') });
const on = z.strictObject({ enabled: z.literal('true') });

/** What the portal lets customers do. This one keeps cards, address and tax ids; that it changes plans is refused. */
export function definePortalConfigurations(define: Define, world: World): void {
  const configurations = world.state.portal_configuration;
  const shape = z.strictObject({
    features: z.strictObject({
      customer_update: on.extend({ allowed_updates: z.array(z.enum(['name', 'address', 'tax_id'])) }),
      invoice_history: on,
      payment_method_update: on,
      subscription_cancel: off,
      subscription_update: off,
    }),
    metadata: metadata.optional(),
    ...expand,
  });
  define('post', '/v1/billing_portal/configurations', shape, ({ features, metadata: sent }) => {
    const now = realTime();
    const made: PortalConfiguration = {
      id: idOf('portal_configuration'),
      object: 'billing_portal.configuration',
      active: true,
      application: null,
      business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
      created: now,
      default_return_url: null,
      features: {
        customer_update: { enabled: true, allowed_updates: features.customer_update.allowed_updates },
        invoice_history: { enabled: true },
        payment_method_update: { enabled: true, payment_method_configuration: null },
        subscription_cancel: {
          cancellation_reason: { enabled: false, feedback_options: null, options: [] },
          enabled: false,
          mode: 'at_period_end',
          proration_behavior: 'none',
        },
        subscription_pause: { duration: { interval_options: [], type: 'preset' }, enabled: false },
        subscription_update: {
          billing_cycle_anchor: null,
          default_allowed_updates: [],
          enabled: false,
          proration_behavior: 'none',
          schedule_at_period_end: { conditions: [] },
          trial_update_behavior: 'end_trial',
        },
      },
      is_default: false,
      livemode: false,
      login_page: { enabled: false, url: null },
      metadata: merged(null, sent),
      name: null,
      updated: now,
    };
    configurations[made.id] = made;
    emit(world, 'billing_portal.configuration.created', made);
    return made;
  });
  define('get', '/v1/billing_portal/configurations', z.strictObject({ active: flag.optional(), ...page }), (params) =>
    paged(
      Object.values(configurations).filter(({ active }) => params.active === undefined || active === params.active),
      params,
      '/v1/billing_portal/configurations',
    ),
  );
}
