import type Stripe from 'stripe';
import { stripeApiVersion } from '@/lib/infra/stripe';
import { missing } from './problem';
import { idOf, listOf, realTime, type State, type StripeEvent } from './state';

/** What every operation works on. */
export type World = {
  state: State;
  /** Where pages of the emulator are, such as the payment page. */
  url: string;
  /** Whether somebody listens to webhooks. */
  listening: boolean;
  /** The request that is answered; null while time passes by itself. */
  request: { id: string; idempotency_key: string | null } | null;
};

/** Older events give way, as Stripe's do after thirty days. */
const keptEvents = 500;

/** Notes that something happened, and queues it for the webhook. */
export function emit(world: World, type: Stripe.Event.Type, object: object, previous?: Record<string, unknown>): void {
  const { state } = world;
  const event: StripeEvent = {
    id: idOf('event'),
    object: 'event',
    api_version: stripeApiVersion,
    created: realTime(),
    data: { object: structuredClone(object), ...(previous && { previous_attributes: previous }) },
    livemode: false,
    pending_webhooks: world.listening ? 1 : 0,
    request: world.request ?? { id: null, idempotency_key: null },
    type,
  };
  state.event[event.id] = event;
  if (world.listening) state.deliveries.push({ event: event.id, attempts: 0, next_at: Date.now(), failure: null });
  const waiting = new Set(state.deliveries.map((delivery) => delivery.event));
  const ids = Object.keys(state.event);
  for (const id of ids.slice(0, Math.max(ids.length - keptEvents, 0))) if (!waiting.has(id)) delete state.event[id];
}

/** Whether events of a type say what stood there before. */
const tellsBefore = (type: string) => type.endsWith('.updated') || type === 'charge.refunded';

/** Alters an object, and notes with the event what stood there before; nothing is noted when nothing changed. */
export function change<T extends object>(world: World, object: T, type: Stripe.Event.Type, alter: (object: T) => void): void {
  const before = structuredClone(object);
  alter(object);
  const keys = new Set([...Object.keys(before), ...Object.keys(object)]) as Set<keyof T & string>;
  const previous: Record<string, unknown> = {};
  for (const key of keys) if (JSON.stringify(before[key]) !== JSON.stringify(object[key])) previous[key] = before[key] ?? null;
  if (Object.keys(previous).length > 0) emit(world, type, object, tellsBefore(type) ? previous : undefined);
}

type Page = { limit?: number; starting_after?: string; ending_before?: string };

/** A page of objects, which come oldest first and are answered newest first. https://docs.stripe.com/api/pagination */
export function paged<T extends { id: string }>(all: T[], { limit = 10, starting_after, ending_before }: Page, url: string) {
  const newest = all.toReversed();
  const at = (id: string) => {
    const place = newest.findIndex((object) => object.id === id);
    if (place < 0) throw missing('object', id, 'starting_after');
    return place;
  };
  if (ending_before !== undefined) {
    const before = newest.slice(0, at(ending_before));
    return { ...listOf(before.slice(-limit), url), has_more: before.length > limit };
  }
  const rest = starting_after === undefined ? newest : newest.slice(at(starting_after) + 1);
  return { ...listOf(rest.slice(0, limit), url), has_more: rest.length > limit };
}
