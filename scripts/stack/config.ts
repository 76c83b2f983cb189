import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { PlainError } from './progress';

export const root = path.join(import.meta.dirname, '..', '..');

// Variables that are set already win over the file.
if (existsSync(path.join(root, '.env'))) process.loadEnvFile(path.join(root, '.env'));

const port = (fallback: number) => z.coerce.number().int().min(1).max(65535).default(fallback);

const portSchema = z.object({
  PORT: port(3000),
  STACK_API_PORT: port(54321),
  STACK_DB_PORT: port(54322),
  STACK_INBOX_PORT: port(54324),
  STACK_STRIPE_PORT: port(54325),
});

export type Ports = { app: number; api: number; db: number; inbox: number; stripe: number };

/** Everything that describes one embedded stack: where it keeps its data, its ports, the app's address and its secrets. */
export type StackConfig = { dir: string; ports: Ports; appUrl: string; secrets: Secrets };

const secretsSchema = z.object({
  databasePassword: z.string(),
  jwtSecret: z.string(),
  publishableKey: z.string(),
  secretKey: z.string(),
  appSecret: z.string(),
});
type Secrets = z.infer<typeof secretsSchema>;

/** The folder of the embedded stack of this checkout; `STACK_DATA_DIR` moves it. */
export function stackDir(): string {
  return path.resolve(root, process.env.STACK_DATA_DIR ?? '.local');
}

/** The stack that the environment describes. */
export function loadStackConfig(): StackConfig {
  const parsed = portSchema.safeParse(process.env);
  if (!parsed.success) throw new PlainError(`${String(parsed.error.issues[0]?.path[0])} is not a port number.`);
  const { PORT: app, STACK_API_PORT: api, STACK_DB_PORT: db, STACK_INBOX_PORT: inbox, STACK_STRIPE_PORT: stripe } = parsed.data;
  return stackConfig(stackDir(), { app, api, db, inbox, stripe }, process.env.APP_URL);
}

/** A stack in a folder with its ports; its secrets are read from there, and made at the first start. */
export function stackConfig(dir: string, ports: Ports, appUrl = `http://localhost:${ports.app}`): StackConfig {
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, 'secrets.json');
  if (!existsSync(file)) {
    const secrets: Secrets = {
      databasePassword: randomBytes(24).toString('base64url'),
      jwtSecret: randomBytes(48).toString('base64url'),
      publishableKey: `sb_publishable_${randomBytes(24).toString('base64url')}`,
      secretKey: `sb_secret_${randomBytes(24).toString('base64url')}`,
      appSecret: randomBytes(32).toString('base64url'),
    };
    writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
    chmodSync(file, 0o600);
  }
  return { dir, ports, appUrl, secrets: secretsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) };
}

/** The variables by which `loadStackConfig` finds a stack from another process. */
export function stackVariables({ dir, ports, appUrl }: StackConfig): Record<string, string> {
  return {
    STACK_DATA_DIR: dir,
    PORT: String(ports.app),
    STACK_API_PORT: String(ports.api),
    STACK_DB_PORT: String(ports.db),
    STACK_INBOX_PORT: String(ports.inbox),
    STACK_STRIPE_PORT: String(ports.stripe),
    APP_URL: appUrl,
  };
}

/** The PostgreSQL address of an embedded stack, superuser included. */
export function databaseUrl(config: StackConfig): string {
  return `postgres://postgres:${config.secrets.databasePassword}@127.0.0.1:${config.ports.db}/postgres`;
}

/** The environment in which the app and the worker run against an embedded stack. */
export function appEnv(config: StackConfig): Record<string, string> {
  return {
    APP_URL: config.appUrl,
    PORT: String(config.ports.app),
    SUPABASE_URL: `http://127.0.0.1:${config.ports.api}`,
    SUPABASE_PUBLISHABLE_KEY: config.secrets.publishableKey,
    SUPABASE_SECRET_KEY: config.secrets.secretKey,
    DATABASE_URL: databaseUrl(config),
    APP_SECRET: config.secrets.appSecret,
    RESEND_API_KEY: 're_embedded',
    RESEND_API_URL: `http://127.0.0.1:${config.ports.inbox}`,
    SIGNUP_RATE_LIMIT: process.env.SIGNUP_RATE_LIMIT ?? '1000',
    ...stripeEnv(config),
    AUDIT_ANCHOR_DIR: path.join(config.dir, 'audit-anchors'),
    EMBEDDED_STACK: '1',
  };
}

/** What an embedded stack adds to the environment; nothing when a hosted Supabase is configured. */
export function currentEnv(): Record<string, string> {
  return isHosted() ? {} : appEnv(loadStackConfig());
}

/** Whether the environment names a hosted Supabase, so that no embedded stack is wanted. */
export function isHosted(): boolean {
  return Boolean(process.env.SUPABASE_URL);
}

/** Forgets what else the environment names, so that the stack is the embedded one, with the emulator of Stripe. */
export function forgetHosted(): void {
  for (const name of ['SUPABASE_URL', 'STRIPE_SECRET_KEY', 'STRIPE_API_URL', 'STRIPE_WEBHOOK_SECRETS']) delete process.env[name];
}

/** Whether the environment names an account at Stripe, so that no emulator is wanted. */
export function hasStripe(): boolean {
  return Boolean(process.env.STRIPE_SECRET_KEY);
}

/** The account at Stripe that the environment names, or the emulator. */
function stripeEnv(config: StackConfig): Record<string, string> {
  if (hasStripe()) return {};
  return {
    STRIPE_SECRET_KEY: 'sk_test_embedded',
    STRIPE_API_URL: `http://localhost:${config.ports.stripe}`,
    STRIPE_WEBHOOK_SECRETS: webhookSecret(config),
  };
}

/** The secret with which the emulator of Stripe signs. */
export function webhookSecret({ secrets }: StackConfig): string {
  return `whsec_${createHash('sha256').update(`stripe ${secrets.appSecret}`).digest('hex')}`;
}

/** Where the emulator of Stripe keeps everything. */
export function stripeFile(config: StackConfig): string {
  return path.join(config.dir, 'stripe.json');
}

/** Where the mail inbox keeps its mails. */
export function inboxFile(config: StackConfig): string {
  return path.join(config.dir, 'inbox.json');
}
