import { rmSync } from 'node:fs';
import path from 'node:path';
import { isHosted, loadStackConfig } from './stack/config';
import { withServices } from './stack/lifecycle';
import { clusterDir, endLeftover } from './stack/postgres';
import { main, PlainError } from './stack/progress';

await main(async () => {
  if (isHosted()) throw new PlainError('SUPABASE_URL names a hosted Supabase; its data is not touched from here.');
  const config = loadStackConfig();
  process.exitCode = await withServices(config.dir, async () => {
    await endLeftover(config);
    rmSync(clusterDir(config.dir), { recursive: true, force: true });
    for (const file of ['secrets.json', 'inbox.json']) rmSync(path.join(config.dir, file), { force: true });
    console.log('All data of the embedded stack is gone; the next start begins afresh.');
    return 0;
  });
});
