import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { databaseUrl, root } from './stack/config';
import { withClient } from './stack/database';
import { ensureSystemSchema } from './stack/gateway';
import { withServices } from './stack/lifecycle';
import { migrate, supabaseCli } from './stack/migrate';
import { ownStack } from './stack/ports';
import { eraseData, startPostgres } from './stack/postgres';
import { main } from './stack/progress';

/** The catalogue of permissions as a type, so that a permission that does not exist does not compile. */
async function permissionTypes(url: string): Promise<string> {
  const { rows } = await withClient(url, (sql) =>
    sql.query<{ key: string }>('select key from public.permissions order by key collate "C"'),
  );
  const keys = rows.map(({ key }) => `  | '${key}'`).join('\n');
  return `/** A permission of the catalogue; \`npm run types\` writes this file from the database. */\nexport type PermissionKey =\n${keys};\n`;
}

/** What is generated from a migrated database: the text of each file, by its path. */
async function generated(url: string): Promise<Record<string, string>> {
  return {
    'lib/infra/database.types.ts': await supabaseCli(url, ['gen', 'types', '--schema', 'public']),
    'lib/infra/permission.types.ts': await permissionTypes(url),
  };
}

/** The committed files that are not what the database says, each with its remedy. */
export async function staleTypes(url: string): Promise<string[]> {
  const stale = Object.entries(await generated(url)).filter(
    ([file, text]) => !existsSync(path.join(root, file)) || readFileSync(path.join(root, file), 'utf8') !== text,
  );
  return stale.map(([file]) => `${file} is not what the migrations say: npm run types writes it anew.`);
}

if (import.meta.filename === process.argv[1]) {
  await main(async () => {
    const dir = path.join(root, '.local/types');
    process.exitCode = await withServices(dir, async (run) => {
      // A database of its own, so that neither a stack nor its data matters.
      const config = await ownStack(dir);
      eraseData(config);
      await startPostgres(config, run);
      await ensureSystemSchema(config);
      await migrate(databaseUrl(config), '');
      for (const [file, text] of Object.entries(await generated(databaseUrl(config)))) writeFileSync(path.join(root, file), text);
      return 0;
    });
  });
}
