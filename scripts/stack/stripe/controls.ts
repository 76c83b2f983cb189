import type { EmulatorContext } from 'emulate';
import { z } from 'zod';
import { passTime } from './life';
import { closeDispute, openDispute } from './money-back';
import { confirmSetup } from './setup-intents';
import { realTime, refId } from './state';
import { deliverDue, type Endpoint, post } from './webhooks';
import type { World } from './world';

type App = EmulatorContext<object>['app'];

const delivery = z.object({ events: z.array(z.string()) });

/**
 * What is no part of Stripe's API: time that passes, what banks and card holders do, and how a test wants its events delivered:
 * `hold` them, `release` them, `drop` them, or `deliver` some in an order of one's own, as often as they are named.
 */
export function serveControls(app: App, world: World, endpoint: Endpoint): void {
  const { state } = world;
  app.get('/health', (c) => c.json({ status: 'ok' }));
  app.post('/emulator/tick', async (c) => {
    // What time does must not keep events from being delivered.
    try {
      passTime(world, null, realTime());
    } catch (error) {
      console.error(error);
    }
    await deliverDue(world, endpoint);
    return c.json({ waiting: state.deliveries.length });
  });
  app.get('/emulator/deliveries', (c) => c.json(state.deliveries.map((one) => ({ ...one, type: state.event[one.event]?.type }))));
  app.post('/emulator/hold', (c) => {
    state.held = true;
    return c.json({});
  });
  app.post('/emulator/release', (c) => {
    state.held = false;
    for (const one of state.deliveries) one.next_at = Date.now();
    return c.json({ waiting: state.deliveries.length });
  });
  app.post('/emulator/drop', (c) => {
    const dropped = state.deliveries.map(({ event }) => event);
    state.deliveries = [];
    return c.json({ dropped });
  });
  app.post('/emulator/deliver', async (c) => {
    const failures: string[] = [];
    for (const id of delivery.parse(await c.req.json()).events) {
      const event = state.event[id];
      const failure = event ? await post(event, endpoint) : 'no such event';
      if (failure === null) state.deliveries = state.deliveries.filter((one) => one.event !== id);
      else failures.push(`${id}: ${failure}`);
    }
    return c.json({ failures });
  });
  app.post('/emulator/charges/:id/dispute', (c) => {
    const charge = state.charge[c.req.param('id')];
    return charge ? c.json(openDispute(world, charge)) : c.json({}, 404);
  });
  app.post('/emulator/disputes/:id/:verdict', (c) => {
    const dispute = state.dispute[c.req.param('id')];
    if (!dispute) return c.json({}, 404);
    closeDispute(world, dispute, c.req.param('verdict') === 'won' ? 'won' : 'lost');
    return c.json({ id: dispute.id, charge: refId(dispute.charge) });
  });
  app.post('/emulator/setup_intents/:id/confirm', (c) => {
    confirmSetup(world, c.req.param('id'));
    return c.json({});
  });
}
