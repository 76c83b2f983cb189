import { createHash } from 'node:crypto';
import type { EmulatorContext } from 'emulate';
import { z } from 'zod';
import { expanded } from './expand';
import { readForm } from './parameters';
import { parameterProblem, StripeProblem } from './problem';
import { newId, restore } from './state';
import type { World } from './world';

type App = EmulatorContext<object>['app'];
type Method = 'get' | 'post' | 'delete';
type Answer<Shape extends z.ZodType> = (params: z.infer<Shape>, part: (name: string) => string) => object;

/** Registers an operation of the API: what it takes, and what it does. */
export type Define = <Shape extends z.ZodType>(method: Method, path: string, shape: Shape, answer: Answer<Shape>) => void;

const keyPattern = /^Bearer (sk|rk)_test_\w+$/;
const paths = z.object({ expand: z.array(z.string()).optional() });

/** Keys are kept for a day by Stripe; here for as many calls. https://docs.stripe.com/api/idempotent_requests */
const keptAnswers = 200;

/** Answers calls in the shape of Stripe's API: authentication, parameters, idempotency, expansion, errors. */
export function defineOn(app: App, world: World): Define {
  return (method, path, shape, answer) => {
    app[method](path, async (c) => {
      const id = newId('req');
      const json = (body: string, status: number) => c.body(body, status, { 'content-type': 'application/json', 'request-id': id });
      const refuse = (problem: StripeProblem) => json(JSON.stringify(problem.body()), problem.status);
      const given = c.req.header('authorization') ?? '';
      if (!keyPattern.test(given)) return refuse(new StripeProblem('Invalid API Key provided.', { status: 401 }));

      const sent = method === 'post' ? await c.req.text() : new URL(c.req.url).search.slice(1);
      const key = method === 'post' ? (c.req.header('idempotency-key') ?? null) : null;
      const fingerprint = createHash('sha256').update(`${c.req.path}\n${sent}`).digest('hex');
      const kept = key === null ? undefined : world.state.idempotency[key];
      if (kept && kept.request !== fingerprint)
        return refuse(
          new StripeProblem(
            `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
            { type: 'idempotency_error' },
          ),
        );
      if (kept)
        return c.body(kept.body, kept.status, { 'content-type': 'application/json', 'idempotent-replayed': 'true', 'request-id': id });

      const raw = readForm(sent);
      const parsed = shape.safeParse(raw, { reportInput: true });
      if (!parsed.success) return refuse(parameterProblem(parsed.error));
      world.request = { id, idempotency_key: key };
      const keep = (body: string, status: number) => {
        if (key !== null) {
          world.state.idempotency[key] = { request: fingerprint, status, body };
          const keys = Object.keys(world.state.idempotency);
          for (const old of keys.slice(0, Math.max(keys.length - keptAnswers, 0))) delete world.state.idempotency[old];
        }
        return json(body, status);
      };
      const before = method === 'get' ? undefined : structuredClone(world.state);
      try {
        const result = answer(parsed.data, (name) => c.req.param(name));
        return keep(JSON.stringify(expanded(world, result, paths.parse(raw).expand ?? [])), 200);
      } catch (error) {
        // A request that fails has done nothing.
        if (before && !(error instanceof StripeProblem && error.lasting)) restore(world.state, before);
        if (!(error instanceof StripeProblem)) throw error;
        return keep(JSON.stringify(error.body()), error.status);
      } finally {
        world.request = null;
      }
    });
  };
}
