import { rmSync } from 'node:fs';
import path from 'node:path';
import { isHosted, loadStackConfig } from './stack/config';
import { isListening } from './stack/ports';
import { clusterDir } from './stack/postgres';
import { main, PlainError } from './stack/progress';

await main(async () => {
  if (isHosted()) throw new PlainError('SUPABASE_URL names a hosted Supabase; its data is not touched from here.');
  const config = loadStackConfig();
  if (await isListening(config.ports.db)) throw new PlainError('Stop what is running first, then reset.');
  rmSync(clusterDir(config.dir), { recursive: true, force: true });
  rmSync(path.join(config.dir, 'secrets.json'), { force: true });
  console.log('All data of the embedded stack is gone; the next start begins afresh.');
});
