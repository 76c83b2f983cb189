import { expect, test } from 'vitest';
import { accessPage } from '@/scripts/matrix';

test('docs/access.md shows the matrix of tests/tables; npm run fix writes it', () => {
  const { now, asItIs } = accessPage();
  expect(asItIs).toBe(now);
});
