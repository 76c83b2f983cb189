/** Runs one step of a start and prints one line for it, with its seconds. */
export async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  try {
    const result = await work();
    console.log(`✓ ${label} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    console.error(`✗ ${label}`);
    throw error;
  }
}

/** A step of something whose whole is reported elsewhere. */
export const silently: typeof step = (_label, work) => work();

/** A failure whose message says all that a person needs; printed without a stack. */
export class PlainError extends Error {}

/** Runs a command's main function: plain failures end in one clear line and exit code 1. */
export async function main(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    console.error(error instanceof PlainError ? error.message : error);
    process.exit(1);
  }
}
