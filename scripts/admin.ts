import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createClient } from '@supabase/supabase-js';
import pg from 'pg';
import { z } from 'zod';
import { subdomainOrigin } from '@/lib/infra/hosts';
import { currentEnv } from './stack/config';
import { withClient } from './stack/database';
import { main, PlainError } from './stack/progress';

const needed = z.object({
  APP_URL: z.string(),
  SUPABASE_URL: z.string(),
  SUPABASE_PUBLISHABLE_KEY: z.string(),
  DATABASE_URL: z.string(),
});

function readArguments(): { remove: boolean; email: string } {
  try {
    const { values, positionals } = parseArgs({ options: { email: { type: 'string' } }, allowPositionals: true });
    return { remove: positionals[0] === 'remove', email: z.email().parse(values.email?.trim().toLowerCase()) };
  } catch {
    throw new PlainError('Say whose account: npm run admin:create -- --email name@example.com');
  }
}

function readEnv(): z.infer<typeof needed> {
  const parsed = needed.safeParse({ ...currentEnv(), ...process.env });
  if (parsed.success) return parsed.data;
  throw new PlainError(`${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')} is not set.`);
}

/** Makes the account where there is none; its password comes with the link. */
async function ensureAccount(env: z.infer<typeof needed>, email: string): Promise<void> {
  const auth = createClient(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, { auth: { persistSession: false } }).auth;
  const { error } = await auth.signUp({ email, password: randomBytes(32).toString('base64url') });
  if (!error || error.code === 'user_already_exists' || error.code === 'email_exists') return;
  throw new PlainError(error.status ? `Auth refused the account: ${error.message}` : 'Auth cannot be reached. Is the stack running?');
}

async function create(env: z.infer<typeof needed>, email: string): Promise<void> {
  const token = randomBytes(32).toString('base64url');
  await ensureAccount(env, email);
  await withClient(env.DATABASE_URL, async (client) => {
    try {
      await client.query('select private.invite_platform_admin($1, $2)', [email, createHash('sha256').update(token).digest()]);
    } catch (failure) {
      if (failure instanceof pg.DatabaseError && failure.code === 'YA001') {
        throw new PlainError('This address belongs to a member of a clinic. The platform needs an account of its own.');
      }
      throw failure;
    }
  });
  console.log(`Open this within 24 hours; it works once, and no earlier link of ${email} works any more:`);
  console.log(`  ${subdomainOrigin('admin', env.APP_URL)}/welcome#${token}`);
}

async function remove(env: z.infer<typeof needed>, email: string): Promise<void> {
  const removed = await withClient(env.DATABASE_URL, async (client) => {
    const { rows } = await client.query('select private.remove_platform_admin($1) as removed', [email]);
    return rows[0].removed;
  });
  if (!removed) throw new PlainError(`${email} is no administrator of the platform.`);
  console.log(`${email} is no longer an administrator; open sessions have ended.`);
}

/** Makes an administrator of the platform, or gives one a new start, and prints the one-time link; or removes one. */
await main(async () => {
  const wanted = readArguments();
  await (wanted.remove ? remove : create)(readEnv(), wanted.email);
});
