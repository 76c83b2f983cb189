import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './config';
import { PlainError } from './progress';

const schemas = path.join(root, 'supabase/schemas');

/** The one migration until the first release; what is released does not change, and what follows it are migrations of their own. */
export const baseFile = path.join(root, 'supabase/migrations/20261128000000_base.sql');

/** The files of a kind that a domain has, the main one last: policies and triggers of it use what the others define. */
function filesOf(domain: string, kind: 'tables' | 'rules' | 'rows'): string[] {
  const form = new RegExp(`^${kind}(-[a-z-]+)?\\.sql$`);
  return readdirSync(path.join(schemas, domain))
    .filter((file) => form.test(file))
    .sort()
    .map((file) => `${domain}/${file}`);
}

/**
 * The migration that `supabase/schemas` amounts to: what everything stands on, then every domain's tables, every domain's rules, and the
 * rows of catalogues. Bodies of functions are looked at when all that they name is there (`tests/database/schema.test.ts`).
 * @throws {PlainError} for a file whose name says none of the kinds
 */
export function baseMigration(): string {
  const [foundation = '', ...domains] = readdirSync(schemas).sort();
  const files = [
    ...filesOf(foundation, 'tables'),
    ...filesOf(foundation, 'rules'),
    ...domains.flatMap((domain) => filesOf(domain, 'tables')),
    ...domains.flatMap((domain) => filesOf(domain, 'rules')),
    ...[foundation, ...domains].flatMap((domain) => filesOf(domain, 'rows')),
  ];
  for (const domain of [foundation, ...domains])
    for (const file of readdirSync(path.join(schemas, domain)))
      if (!files.includes(`${domain}/${file}`))
        throw new PlainError(
          `supabase/schemas/${domain}/${file}: call it tables, rules or rows, with -<topic> behind it where there are several.`,
        );
  return [
    '-- Made from supabase/schemas by npm run db:base. Change those files, not this one.',
    'set check_function_bodies = off;',
    ...files.map((file) => `-- ${file}\n${readFileSync(path.join(schemas, file), 'utf8').trimEnd()}`),
    'reset check_function_bodies;\n',
  ].join('\n\n');
}
