import { StripeProblem } from './problem';
import { listOf, lookUp, refId, type State } from './state';
import type { World } from './world';

/** What an object holds only when it is asked for. */
function included(state: State, holder: { object?: string; id?: string }, key: string): object | undefined {
  const of = (customer: string | { id: string } | null | undefined) => refId(customer) === holder.id;
  switch (`${holder.object}.${key}`) {
    case 'customer.subscriptions':
      return listOf(
        Object.values(state.subscription).filter(({ customer, status }) => of(customer) && status !== 'canceled'),
        `/v1/customers/${holder.id}/subscriptions`,
      );
    case 'customer.tax_ids':
      return listOf(
        Object.values(state.tax_id).filter(({ customer }) => of(customer)),
        `/v1/customers/${holder.id}/tax_ids`,
      );
    case 'invoice.payments':
      return listOf(
        Object.values(state.invoice_payment).filter(({ invoice }) => refId(invoice) === holder.id),
        `/v1/invoice_payments?invoice=${holder.id}`,
      );
    case 'invoice.confirmation_secret': {
      const payment = Object.values(state.invoice_payment).find(({ invoice }) => refId(invoice) === holder.id);
      const intent = state.payment_intent[refId(payment?.payment.payment_intent)];
      return intent?.client_secret ? { client_secret: intent.client_secret, type: 'payment_intent' } : undefined;
    }
    default:
      return undefined;
  }
}

function expandOne(state: State, holder: Record<string, unknown>, [key = '', ...rest]: string[], path: string): void {
  const found = holder[key];
  if (found === null) return;
  const refuse = () => {
    throw new StripeProblem(`This property cannot be expanded (${path}).`);
  };
  const replaced = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replaced);
    const object = typeof value === 'string' ? structuredClone(lookUp(state, value)) : value;
    if (typeof object !== 'object' || object === null) return refuse();
    if (rest.length > 0) expandOne(state, object as Record<string, unknown>, rest, path);
    return object;
  };
  holder[key] = replaced(found === undefined ? structuredClone(included(state, holder, key)) : found);
}

/** A copy of an object with what the paths name in place of its ids. https://docs.stripe.com/expand */
export function expanded({ state }: World, object: object, paths: string[]): object {
  const copy = structuredClone(object) as Record<string, unknown>;
  for (const path of paths) {
    const steps = path.split('.');
    if (steps.length > 4) throw new StripeProblem(`You cannot expand more than 4 levels of a property (${path}).`);
    expandOne(state, copy, steps, path);
  }
  return copy;
}
