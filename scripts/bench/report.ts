/** One figure: what was measured, the goal, and whether it is met. */
export type Figure = { name: string; result: string; goal: string; met: boolean };

const ms = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;

/** A ratio of times: at most `limit`. */
export function slower(name: string, pair: { subject: number; baseline: number; ratio: number }, limit: number): Figure {
  const result = `${pair.ratio.toFixed(2)} (${ms(pair.subject)} to ${ms(pair.baseline)})`;
  return { name, result, goal: `≤ ${limit}`, met: pair.ratio <= limit };
}

/** A ratio of rates: at least `limit`. */
export function faster(name: string, pair: { subject: number; baseline: number; ratio: number }, limit: number): Figure {
  const result = `${pair.ratio.toFixed(2)} (${pair.subject.toFixed(0)} to ${pair.baseline.toFixed(0)} a second)`;
  return { name, result, goal: `≥ ${limit}`, met: pair.ratio >= limit };
}

/** A single figure with a limit of its own. */
export function atMost(name: string, value: number, unit: string, limit: number): Figure {
  return { name, result: `${value.toFixed(0)} ${unit}`, goal: `≤ ${limit} ${unit}`, met: value <= limit };
}

/** Prints figures as the table that docs/benchmarks.md keeps. */
export function printFigures(figures: Figure[]): void {
  console.log('\n| figure | result | goal | met |\n| --- | --- | --- | --- |');
  for (const { name, result, goal, met } of figures) console.log(`| ${name} | ${result} | ${goal} | ${met ? 'yes' : 'no'} |`);
}
