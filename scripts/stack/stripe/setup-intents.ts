import { z } from 'zod';
import type { Define } from './api';
import { bankOf } from './cards';
import { customerOf } from './customers';
import { expand, flag, merged, metadata, page, text } from './parameters';
import { attach, findCard } from './payment-methods';
import { missing, StripeProblem } from './problem';
import { idOf, refId, type SetupIntent, timeOf } from './state';
import { change, emit, paged, type World } from './world';

/** Saves a card for later: at once, or after its holder has confirmed. */
function confirm(world: World, intent: SetupIntent, id: string): void {
  const method = findCard(world, id);
  const bank = bankOf(method);
  if (bank.says === 'ask') {
    change(world, intent, 'setup_intent.requires_action', (waiting) => {
      waiting.payment_method = method.id;
      waiting.status = 'requires_action';
      waiting.next_action = { type: 'redirect_to_url', redirect_to_url: { url: `${world.url}/setup/${intent.id}`, return_url: null } };
    });
    return;
  }
  try {
    attach(world, method, refId(intent.customer));
  } catch (error) {
    change(world, intent, 'setup_intent.setup_failed', (failed) => {
      failed.last_setup_error = { type: 'card_error', code: 'card_declined' };
    });
    throw error instanceof StripeProblem ? error.afterAttempt() : error;
  }
  succeed(world, intent, method.id);
}

function succeed(world: World, intent: SetupIntent, method: string): void {
  change(world, intent, 'setup_intent.succeeded', (done) => {
    done.payment_method = method;
    done.status = 'succeeded';
    done.next_action = null;
    done.last_setup_error = null;
  });
}

/** What the page of the bank does when the holder confirms. */
export function confirmSetup(world: World, id: string): void {
  const intent = world.state.setup_intent[id];
  const method = world.state.payment_method[refId(intent?.payment_method)];
  if (!intent || !method || intent.status !== 'requires_action') throw missing('setupintent', id);
  attach(world, method, refId(intent.customer));
  world.state.confirmedCards.push(method.id);
  succeed(world, intent, method.id);
}

export function defineSetupIntents(define: Define, world: World): void {
  const { setup_intent } = world.state;
  const found = (id: string) => {
    const intent = setup_intent[id];
    if (!intent) throw missing('setupintent', id);
    return intent;
  };
  define(
    'post',
    '/v1/setup_intents',
    z.strictObject({
      customer: text,
      payment_method: text.optional(),
      payment_method_types: z.array(z.literal('card')).optional(),
      usage: z.enum(['off_session', 'on_session']).optional(),
      confirm: flag.optional(),
      metadata: metadata.optional(),
      ...expand,
    }),
    (params) => {
      const customer = customerOf(world, params.customer);
      if (params.confirm && !params.payment_method)
        throw new StripeProblem('You cannot confirm without a payment method.', { code: 'parameter_missing', param: 'payment_method' });
      const id = idOf('setup_intent');
      const intent: SetupIntent = {
        id,
        object: 'setup_intent',
        allowed_payment_method_types: null,
        application: null,
        automatic_payment_methods: null,
        cancellation_reason: null,
        client_secret: `${id}_secret_${idOf('setup_intent').slice(5)}`,
        created: timeOf(world.state, customer.id),
        customer: customer.id,
        customer_account: null,
        description: null,
        excluded_payment_method_types: null,
        flow_directions: null,
        last_setup_error: null,
        latest_attempt: null,
        livemode: false,
        mandate: null,
        metadata: merged(null, params.metadata),
        next_action: null,
        on_behalf_of: null,
        payment_method: null,
        payment_method_configuration_details: null,
        payment_method_options: null,
        payment_method_types: ['card'],
        single_use_mandate: null,
        status: params.payment_method ? 'requires_confirmation' : 'requires_payment_method',
        usage: params.usage ?? 'off_session',
      };
      setup_intent[id] = intent;
      emit(world, 'setup_intent.created', intent);
      if (params.confirm && params.payment_method) confirm(world, intent, params.payment_method);
      return intent;
    },
  );
  define('get', '/v1/setup_intents', z.strictObject({ customer: text.optional(), ...page }), (params) =>
    paged(
      Object.values(setup_intent).filter(({ customer }) => params.customer === undefined || refId(customer) === params.customer),
      params,
      '/v1/setup_intents',
    ),
  );
  define('get', '/v1/setup_intents/:id', z.strictObject(expand), (_, part) => found(part('id')));
  define('post', '/v1/setup_intents/:id/confirm', z.strictObject({ payment_method: text, ...expand }), ({ payment_method }, part) => {
    const intent = found(part('id'));
    if (intent.status === 'succeeded')
      throw new StripeProblem('This SetupIntent has already succeeded.', { code: 'setup_intent_unexpected_state' });
    confirm(world, intent, payment_method);
    return intent;
  });
}
