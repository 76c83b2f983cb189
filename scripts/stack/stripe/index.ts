import { createEmulator, defineEmulator, filePersistence } from 'emulate';
import { defineOn } from './api';
import { defineCatalogue } from './catalogue';
import { defineCheckout } from './checkout-sessions';
import { serveControls } from './controls';
import { defineCoupons } from './coupons';
import { defineCustomers } from './customers';
import { defineDeletion } from './deletion';
import { defineInvoices } from './invoices';
import { nextDue } from './life';
import { defineMoneyBack } from './money-back';
import { serveInvoicePage, servePaymentPage } from './pages';
import { definePaymentMethods } from './payment-methods';
import { definePortal, servePortal } from './portal';
import { definePortalConfigurations } from './portal-configurations';
import { StripeProblem } from './problem';
import { defineSchedules } from './schedules';
import { defineSetupIntents } from './setup-intents';
import { emptyState, realTime } from './state';
import { defineSubscriptions } from './subscriptions';
import { defineTime } from './time';
import { dueDeliveries, type Endpoint } from './webhooks';
import type { World } from './world';

export type StripeOptions = { port: number; file?: string; endpoint?: Endpoint };

/** The part of Stripe Billing that the product calls, and no more: what is missing answers with Stripe's own error. */
const stripe = (url: string, endpoint: Endpoint | undefined, begun: (world: World) => void) =>
  defineEmulator({
    name: 'stripe',
    stateVersion: 1,
    state: emptyState,
    setup({ app, state }) {
      const world: World = { state, url, listening: endpoint !== undefined, request: null };
      begun(world);
      const define = defineOn(app, world);
      defineCatalogue(define, world);
      defineCoupons(define, world);
      defineCustomers(define, world);
      defineDeletion(define, world);
      definePaymentMethods(define, world);
      defineSetupIntents(define, world);
      defineCheckout(define, world);
      definePortal(define, world);
      definePortalConfigurations(define, world);
      defineInvoices(define, world);
      defineSubscriptions(define, world);
      defineSchedules(define, world);
      defineMoneyBack(define, world);
      defineTime(define, world);
      servePaymentPage(app, world);
      serveInvoicePage(app, world);
      servePortal(app, world);
      serveControls(app, world, endpoint ?? { url: '', secrets: [] });
      app.notFound((c) =>
        c.json(new StripeProblem(`Unrecognized request URL (${c.req.method}: ${c.req.path}).`, { status: 404 }).body(), 404),
      );
      app.onError((error, c) => {
        const problem = error instanceof StripeProblem ? error : new StripeProblem(String(error), { type: 'api_error', status: 500 });
        if (problem !== error) console.error(error);
        return c.json(problem.body(), problem.status);
      });
    },
  });

const tickEvery = 250;

/**
 * Serves the emulator. Time and deliveries are requests like others, so that what they change is kept as well.
 * @param file where everything is kept across restarts; without it nothing is
 */
export async function startStripe({ port, file, endpoint }: StripeOptions): Promise<{ url: string; close: () => Promise<void> }> {
  const url = `http://localhost:${port}`;
  let world: World | undefined;
  const emulator = await createEmulator({
    service: stripe(url, endpoint, (begun) => {
      world = begun;
    }),
    port,
    inspector: false,
    ...(file !== undefined && { persistence: filePersistence(file) }),
  });
  const closing = new AbortController();
  const ticking = (async () => {
    while (!closing.signal.aborted) {
      // A request writes everything to disk: none is made while there is nothing to do.
      if (world && (nextDue(world, null, realTime()) || dueDeliveries(world).length > 0))
        await emulator.request('/emulator/tick', { method: 'POST' }).catch((error: unknown) => console.error(error));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, tickEvery);
        closing.signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  })();
  return {
    url,
    close: async () => {
      closing.abort();
      await ticking;
      await emulator.close();
    },
  };
}
