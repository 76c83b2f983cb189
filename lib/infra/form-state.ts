import type { ErrorCode, FieldErrors } from './errors';

/** What a form knows after its action ran. */
export type FormState<T = undefined> =
  | { status: 'idle' }
  | { status: 'ok'; data: T }
  | { status: 'error'; code: ErrorCode; message: string; fields: FieldErrors };
