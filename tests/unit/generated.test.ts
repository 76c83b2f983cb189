import { expect, test } from 'vitest';
import { accessPage } from '@/scripts/matrix';
import { catalogueList } from '@/scripts/words';

test('docs/access.md shows the matrix of tests/tables; npm run fix writes it', () => {
  const { now, asItIs } = accessPage();
  expect(asItIs).toBe(now);
});

test('lib/words/catalogues.ts lists every domain’s catalogue; npm run fix writes it', () => {
  const { now, asItIs } = catalogueList();
  expect(asItIs).toBe(now);
});
