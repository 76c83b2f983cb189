import { z } from 'zod';
import type { Define } from './api';
import { customerOf } from './customers';
import { refId, timeOf } from './state';
import { end } from './subscribing';
import { emit, type World } from './world';

/** Deletes a customer, whose subscriptions end with them. https://docs.stripe.com/api/customers/delete */
export function defineDeletion(define: Define, world: World): void {
  const { state } = world;
  define('delete', '/v1/customers/:id', z.strictObject({}), (_, part) => {
    const customer = customerOf(world, part('id'), 'id');
    const at = timeOf(state, customer.id);
    for (const subscription of Object.values(state.subscription))
      if (refId(subscription.customer) === customer.id && !['canceled', 'incomplete_expired'].includes(subscription.status))
        end(world, subscription, at);
    emit(world, 'customer.deleted', customer);
    delete state.customer[customer.id];
    return { id: customer.id, object: 'customer', deleted: true };
  });
}
