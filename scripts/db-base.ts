import { writeFileSync } from 'node:fs';
import { baseFile, baseMigration } from './stack/base';
import { main } from './stack/progress';

await main(async () => {
  writeFileSync(baseFile, baseMigration());
  console.log('Written. A stack that has the earlier base says so at its start; npm run reset begins afresh.');
});
