import { NextResponse } from 'next/server';
import type { Result } from './commands';

const headers = { 'cache-control': 'private, no-store' };

/** An answer for the clinic's own session alone. */
export const answer = (body: object, status = 200) => NextResponse.json(body, { status, headers });

/** How an act about the plan is answered: 200 when it counts, 202 when it will within a minute or a page has to be seen first. */
export function answerResult(result: Result): NextResponse {
  return answer(result, result.status === 'unchanged' || result.status === 'applied' ? 200 : 202);
}
