import { gzipSync } from 'node:zlib';

/** The middle one; of an even number, the mean of the two in the middle. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}

/** The value below which a share of the values lies. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

export type Contender = () => Promise<void>;

/** Milliseconds of one run, as the median of several. */
async function timeOf(contender: Contender, repetitions: number): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < repetitions; n++) {
    const began = performance.now();
    await contender();
    times.push(performance.now() - began);
  }
  return median(times);
}

export type Pair = { subject: number; baseline: number; ratio: number };

/**
 * Times two contenders side by side: in each round both, in an order that turns; the ratio is the median of the rounds' ratios.
 * @returns milliseconds of each, and subject ÷ baseline
 */
export async function comparePair(subject: Contender, baseline: Contender, { rounds = 7, repetitions = 40 } = {}): Promise<Pair> {
  for (const contender of [subject, baseline]) await timeOf(contender, 5);
  const subjects: number[] = [];
  const baselines: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 ? [baseline, subject] : [subject, baseline];
    for (const contender of order) (contender === subject ? subjects : baselines).push(await timeOf(contender, repetitions));
  }
  return {
    subject: median(subjects),
    baseline: median(baselines),
    ratio: median(subjects.map((time, round) => time / (baselines[round] ?? Number.NaN))),
  };
}

/** Runs done in a second by a number of workers at once. */
export async function rate(work: (worker: number) => Promise<void>, workers: number, seconds: number): Promise<number> {
  let done = 0;
  const began = performance.now();
  const until = began + seconds * 1000;
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      while (performance.now() < until) {
        await work(worker);
        done++;
      }
    }),
  );
  return done / ((performance.now() - began) / 1000);
}

/** Like `comparePair`, for rates: the ratio is subject ÷ baseline, higher is better. */
export async function compareRates(subject: () => Promise<number>, baseline: () => Promise<number>, rounds = 9): Promise<Pair> {
  const pairs: { subject: number; baseline: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2) {
      const second = await baseline();
      pairs.push({ subject: await subject(), baseline: second });
    } else pairs.push({ subject: await subject(), baseline: await baseline() });
  }
  return {
    subject: median(pairs.map((pair) => pair.subject)),
    baseline: median(pairs.map((pair) => pair.baseline)),
    ratio: median(pairs.map((pair) => pair.subject / pair.baseline)),
  };
}

/** Bytes as they travel. */
export function gzipped(text: string | Buffer): number {
  return gzipSync(text, { level: 6 }).length;
}
