import { dictionary } from '@zxcvbn-ts/language-common';
import { minimumPasswordLength } from './password';

// Shorter entries cannot pass the length rule, not even with a few digits and signs added.
const common = new Set(
  Object.values(dictionary)
    .flat()
    .filter((word) => word.length >= minimumPasswordLength - 4),
);

/** Whether a password is on the bundled list of common ones, as it is or with digits and signs added at its ends. */
export function isCommonPassword(password: string): boolean {
  const lower = password.toLowerCase();
  const trimmed = lower.replace(/^[^a-z]+|[^a-z]+$/g, '');
  const half = lower.slice(0, lower.length / 2);
  return common.has(lower) || common.has(trimmed) || /^(.)\1*$/u.test(lower) || (half + half === lower && common.has(half));
}
