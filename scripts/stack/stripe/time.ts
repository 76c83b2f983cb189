import { z } from 'zod';
import type { Define } from './api';
import { day } from './calendar';
import { passTime, reach } from './life';
import { expand, integer, page, range, text } from './parameters';
import { missing, StripeProblem } from './problem';
import { idOf, realTime, refId, type TestClock } from './state';
import { change, emit, paged, type World } from './world';

/** Clocks that tests set, and the list of what happened. https://docs.stripe.com/billing/testing/test-clocks */
export function defineTime(define: Define, world: World): void {
  const { state } = world;
  const clocks = '/v1/test_helpers/test_clocks';
  const found = (id: string) => {
    const clock = state.test_clock[id];
    if (!clock) throw missing('testclock', id);
    return clock;
  };
  define('post', clocks, z.strictObject({ frozen_time: integer, name: text.optional(), ...expand }), ({ frozen_time, name }) => {
    const clock: TestClock = {
      id: idOf('test_clock'),
      object: 'test_helpers.test_clock',
      created: realTime(),
      deletes_after: realTime() + 30 * day,
      frozen_time,
      livemode: false,
      name: name ?? null,
      status: 'ready',
      status_details: {},
    };
    state.test_clock[clock.id] = clock;
    emit(world, 'test_helpers.test_clock.created', clock);
    return clock;
  });
  define('get', clocks, z.strictObject(page), (params) => paged(Object.values(state.test_clock), params, clocks));
  define('get', `${clocks}/:id`, z.strictObject(expand), (_, part) => found(part('id')));
  define('post', `${clocks}/:id/advance`, z.strictObject({ frozen_time: integer, ...expand }), ({ frozen_time }, part) => {
    const clock = found(part('id'));
    if (frozen_time < clock.frozen_time) throw new StripeProblem('Test clocks can only be advanced forward.', { param: 'frozen_time' });
    if (frozen_time > reach(world, clock.id, clock.frozen_time))
      throw new StripeProblem('Test clocks can be advanced by two intervals of the shortest subscription at most.', {
        param: 'frozen_time',
      });
    const answered: TestClock = { ...clock, status: 'advancing', status_details: { advancing: { target_frozen_time: frozen_time } } };
    change(world, clock, 'test_helpers.test_clock.ready', (ready) => {
      passTime(world, clock.id, frozen_time);
      ready.frozen_time = frozen_time;
    });
    return answered;
  });
  define('delete', `${clocks}/:id`, z.strictObject({}), (_, part) => {
    const clock = found(part('id'));
    for (const customer of Object.values(state.customer)) if (refId(customer.test_clock) === clock.id) delete state.customer[customer.id];
    for (const kind of [state.subscription, state.invoice, state.subscription_schedule])
      for (const object of Object.values(kind)) if (refId(object.test_clock) === clock.id) delete kind[object.id];
    delete state.test_clock[clock.id];
    return { id: clock.id, object: 'test_helpers.test_clock', deleted: true };
  });

  define(
    'get',
    '/v1/events',
    z.strictObject({ type: text.optional(), types: z.array(text).max(20).optional(), created: range.optional(), ...page }),
    (params) => {
      const {
        gt = -1,
        gte = 0,
        lt = Number.MAX_SAFE_INTEGER,
        lte = Number.MAX_SAFE_INTEGER,
      } = typeof params.created === 'number' ? { gte: params.created, lte: params.created } : (params.created ?? {});
      return paged(
        Object.values(state.event).filter(
          ({ type, created }) =>
            (params.type === undefined || type === params.type) &&
            (params.types?.includes(type) ?? true) &&
            created > gt &&
            created >= gte &&
            created < lt &&
            created <= lte,
        ),
        params,
        '/v1/events',
      );
    },
  );
  define('get', '/v1/events/:id', z.strictObject(expand), (_, part) => {
    const event = state.event[part('id')];
    if (!event) throw missing('event', part('id'));
    return event;
  });
}
