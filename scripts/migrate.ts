import { currentEnv, isHosted } from './stack/config';
import { migrate, otherHistory } from './stack/migrate';
import { main, PlainError, step } from './stack/progress';

await main(async () => {
  if (!isHosted()) throw new PlainError('The embedded stack migrates itself at every start.');
  const url = process.env.DATABASE_URL ?? currentEnv().DATABASE_URL;
  if (!url) throw new PlainError('DATABASE_URL is not set.');
  await step('Migrations', () => migrate(url, otherHistory));
});
