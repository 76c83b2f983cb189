import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { databaseUrl, loadStackConfig, root } from './stack/config';
import { supabaseCli } from './stack/migrate';
import { main } from './stack/progress';

export const typesFile = path.join(root, 'lib/infra/database.types.ts');

/** The types of the migrated database, as the CLI generates them. */
export async function generateTypes(url: string): Promise<string> {
  return supabaseCli(url, ['gen', 'types', '--schema', 'public']);
}

/** Whether the committed types are those of the database. */
export async function typesAreFresh(url: string): Promise<boolean> {
  return readFileSync(typesFile, 'utf8') === (await generateTypes(url));
}

if (import.meta.filename === process.argv[1]) {
  await main(async () => writeFileSync(typesFile, await generateTypes(databaseUrl(loadStackConfig()))));
}
