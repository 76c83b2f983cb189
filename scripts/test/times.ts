import type { Outcome } from './runners';

/** A part of the run: when it began and ended, in milliseconds since the run began, and what it came to. */
export type PartTime = { part: string; began: number; ended: number; outcome: Outcome };

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`.padStart(9);

/** Prints where the time of a run went: part by part as they ran, then file by file, the longest first. */
export function printTimes(parts: PartTime[]): void {
  console.log('\n     took     from       to  part');
  for (const { part, began, ended, outcome } of parts.toSorted((a, b) => a.began - b.began)) {
    const tests = outcome.passed + outcome.failed;
    console.log(
      `${seconds(ended - began)}${seconds(began)}${seconds(ended)}  ${part}${outcome.files.length > 0 ? ` (${tests} tests)` : ''}`,
    );
  }
  const files = parts.flatMap(({ outcome }) => outcome.files).toSorted((a, b) => b.ms - a.ms);
  if (files.length === 0) return;
  console.log('\n     took  file');
  for (const { file, tests, ms } of files) console.log(`${seconds(ms)}  ${file} (${tests})`);
}
