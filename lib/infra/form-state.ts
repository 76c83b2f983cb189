import type { ErrorCode, FieldErrors } from './errors';

/** What a form knows after its action ran. */
export type FormState<T = undefined> =
  | { status: 'idle' }
  | { status: 'ok'; data: T }
  | { status: 'error'; code: ErrorCode; message: string; fields: FieldErrors };

/**
 * Where the browser goes next, by a full load. Actions answer this instead of redirecting: Next would fetch a redirect's
 * target from itself without the clinic's host, and nothing of an earlier person may stay in the page.
 */
export type Destination = { to: string };

export function isDestination(data: unknown): data is Destination {
  return typeof data === 'object' && data !== null && 'to' in data && typeof data.to === 'string';
}
