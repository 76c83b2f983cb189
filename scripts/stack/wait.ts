import { setTimeout as pause } from 'node:timers/promises';
import { PlainError } from './progress';

/**
 * Polls a condition until it holds.
 * @param limit milliseconds after which it gives up
 * @throws {PlainError} naming what was awaited
 */
export async function waitFor(what: string, holds: () => Promise<boolean>, limit = 30_000): Promise<void> {
  const end = Date.now() + limit;
  while (!(await holds())) {
    if (Date.now() > end) throw new PlainError(`Waited ${limit / 1000} s in vain for ${what}.`);
    await pause(50);
  }
}
