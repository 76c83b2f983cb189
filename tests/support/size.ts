/** How often a test repeats what it tries: as many in every run, all of them in `npm run soak`. */
export const repeated = (everyRun: number, soak: number): number => (process.env.SOAK ? soak : everyRun);
