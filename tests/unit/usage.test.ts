import { describe, expect, test } from 'vitest';
import { writeShare, writeUse } from '@/lib/infra/metrics';
import { fillDays, projectMonthEnd } from '@/lib/usage/series';

const range = { first: '2026-10-30', today: '2026-11-02' };

describe('the days of a history', () => {
  test('keep the last value of what has a total, also across the end of daylight saving', () => {
    const points = [
      { day: '2026-10-01', used: 5 },
      { day: '2026-10-31', used: 8 },
    ];
    expect(fillDays(range, points, true).map(({ used }) => used)).toEqual([5, 8, 8, 8]);
    expect(fillDays(range, points, true).map(({ day }) => day)).toEqual(['2026-10-30', '2026-10-31', '2026-11-01', '2026-11-02']);
    expect(fillDays(range, [{ day: '2026-10-31', used: 8 }], false).map(({ used }) => used)).toEqual([0, 8, 0, 0]);
  });
});

describe('the end of the month', () => {
  const days = (...values: number[]) => values.map((used, index) => ({ day: `2026-11-${String(index + 1).padStart(2, '0')}`, used }));
  test('continues what is counted by the month at its daily pace', () => {
    expect(projectMonthEnd(days(5, 5, 5, 5, 5), 25, 'month')).toBe(150);
    // Not from the days before its first use, nor from another month's.
    expect(projectMonthEnd(days(0, 0, 4, 4, 4), 12, 'month')).toBe(112);
    expect(projectMonthEnd([{ day: '2026-10-31', used: 90 }, ...days(1, 1, 1)], 3, 'month')).toBe(30);
    expect(
      projectMonthEnd(
        ['2028-02-26', '2028-02-27', '2028-02-28'].map((day) => ({ day, used: 1 })),
        28,
        'month',
      ),
    ).toBe(37);
  });
  test('continues what has a total from the day on which it was used first', () => {
    expect(projectMonthEnd(days(0, 0, 0, 0, 0, 0, 10, 12, 14, 16), 16, 'total')).toBe(56);
    expect(projectMonthEnd(days(20, 18, 16, 14, 12), 12, 'total')).toBe(0);
  });
  test('is not guessed from nothing', () => {
    expect(projectMonthEnd([], 0, 'total')).toBeNull();
    expect(projectMonthEnd(days(0, 0, 0, 1), 1, 'total')).toBeNull();
    expect(projectMonthEnd(days(8), 8, 'month')).toBeNull();
    expect(projectMonthEnd(days(0, 0, 0, 0, 0), 0, 'total')).toBeNull();
    expect(projectMonthEnd(days(1, 2, 3, 4, 5), 5, 'hour')).toBeNull();
  });
});

test('amounts are written in their units', () => {
  expect(writeShare('storage_bytes', 1536 * 1024 ** 2, 10 * 1024 ** 3)).toBe('1.5 GB of 10 GB');
  expect(writeShare('storage_bytes', 0, 1024 ** 4)).toBe('0 MB of 1 TB');
  expect(writeShare('mails', 1200, null)).toBe('1,200 · unlimited');
  expect(writeUse('patients', 80, 100)).toBe('80 of 100 active patients');
});
