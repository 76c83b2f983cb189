import { rmSync } from 'node:fs';
import path from 'node:path';
import { isHosted, loadStackConfig } from './stack/config';
import { withServices } from './stack/lifecycle';
import { endLeftover, eraseData } from './stack/postgres';
import { main, PlainError } from './stack/progress';

await main(async () => {
  if (isHosted()) throw new PlainError('SUPABASE_URL names a hosted Supabase; its data is not touched from here.');
  const config = loadStackConfig();
  process.exitCode = await withServices(config.dir, async () => {
    await endLeftover(config);
    eraseData(config);
    rmSync(path.join(config.dir, 'secrets.json'), { force: true });
    console.log('All data of the embedded stack is gone; the next start begins afresh.');
    return 0;
  });
});
