import type { NextResponse } from 'next/server';
import { answer } from '@/lib/infra/answer';
import type { Result } from './commands';

/** How an act about the plan is answered: 200 when it counts, 202 when it will within a minute or a page has to be seen first. */
export function answerResult(result: Result): NextResponse {
  return answer(result, result.status === 'unchanged' || result.status === 'applied' ? 200 : 202);
}
