import { randomBytes } from 'node:crypto';
import { serve } from '@hono/node-server';
import { App } from '@supabase/lite';
import { PostgresConnection } from '@supabase/lite/postgres';
import { Hono } from 'hono';
import { sql } from 'kysely';
import pg from 'pg';
import { z } from 'zod';
import { databaseUrl, type StackConfig } from './config';
import { withClient } from './database';
import { mfaRoutes, mfaSchema, type Peer, type Upstream } from './mfa';
import { waitFor } from './wait';

const raised = z.object({
  code: z.string().regex(/^(Y[A-Z]|P0)\w{3}$/),
  message: z.string(),
  detail: z.string().nullish(),
  hint: z.string().nullish(),
});

/** Errors that functions raise with codes of their own reach the caller, as PostgREST lets them; lite would hide them. */
function asRaised(error: unknown): unknown {
  const parsed = raised.safeParse(error);
  if (!parsed.success) return error;
  const { code, message, detail, hint } = parsed.data;
  return {
    code: 'PGRST',
    message: JSON.stringify({ code, message, details: detail, hint }),
    detail: JSON.stringify({ status: 400, headers: {} }),
  };
}

/** A connection that keeps the grants of the migrations: left alone, lite would open every schema to the API roles. */
function connect(config: StackConfig, max: number): PostgresConnection {
  const connection = new PostgresConnection({ url: databaseUrl(config), postgresOptions: { max, onnotice: () => undefined } });
  Object.defineProperty(connection, 'ensureRlsContext', { value: async () => true });
  const normalize = connection.normalizeDbError.bind(connection);
  Object.defineProperty(connection, 'normalizeDbError', { value: (error: unknown) => asRaised(normalize(error)) });
  Object.defineProperty(connection, 'applyJwtSessionContext', { value: setCaller });
  Object.defineProperty(connection, 'applyRpcRequestGucs', { value: setRequest });
  return connection;
}

type Transaction = Parameters<ReturnType<typeof sql>['execute']>[0];

/** Sets variables for the open transaction in one statement; lite sends one for each, eleven for a call of a function. */
async function setLocally(transaction: Transaction, variables: Record<string, string>): Promise<void> {
  const settings = Object.entries(variables).map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
  await sql`select ${sql.join(settings)}`.execute(transaction);
}

type Caller = { auth?: { role?: string; uid?: string | null; jwt?: unknown }; storage?: { operation?: string } };

/** Who calls, as PostgREST says it. */
function setCaller(transaction: Transaction, { auth, storage }: Caller): Promise<void> {
  const role = auth?.role || 'anon';
  return setLocally(transaction, {
    role,
    'request.jwt.claim.sub': String(auth?.uid ?? ''),
    'request.jwt.claim.role': role,
    'storage.operation': storage?.operation ?? '',
    ...(auth?.jwt !== null && typeof auth?.jwt === 'object' && { 'request.jwt.claims': JSON.stringify(auth.jwt) }),
  });
}

/** What is asked, as PostgREST says it. */
function setRequest(transaction: Transaction, call: { method: string; path: string; requestHeaders?: object }): Promise<void> {
  return setLocally(transaction, {
    'response.status': '',
    'response.headers': '',
    'request.method': call.method,
    'request.path': call.path,
    'request.headers': JSON.stringify(call.requestHeaders ?? {}),
  });
}

function createApp(config: StackConfig, connection: PostgresConnection) {
  return new App({
    connection,
    auth: {
      enabled: true,
      jwt_secret: config.secrets.jwtSecret,
      jwt_expiry: 3600,
      publishable_key: config.secrets.publishableKey,
      secret_key: config.secrets.secretKey,
      enable_signup: true,
      minimum_password_length: 12,
      email: { enable_signup: true, enable_confirmations: false },
    },
    options: { server: { admin: false, logger: false } },
  });
}

/** Creates the `auth` schema and the migration history, as a Supabase project has them before its first migration. */
export async function ensureSystemSchema(config: StackConfig): Promise<void> {
  const connection = connect(config, 2);
  const app = createApp(config, connection);
  await app.init();
  await app.ensureSystemSchema();
  await connection.close();
  await withClient(databaseUrl(config), async (client) => {
    // GoTrue keeps addresses unique; lite only looks before it inserts.
    await client.query('create unique index if not exists users_email_partial_key on auth.users (email) where not is_sso_user');
    await client.query(mfaSchema);
  });
}

const linkBody = z.object({ type: z.enum(['magiclink', 'recovery']), email: z.email() });

/** Serves the data API and Auth as Supabase does, with the parts of GoTrue that the product calls and lite lacks. */
export async function serveGateway(config: StackConfig): Promise<void> {
  // lite learns the database at its start; begun without one, it would never answer.
  await waitFor('PostgreSQL to answer', () => withClient(databaseUrl(config), async () => true).catch(() => false), 60_000);
  const connection = connect(config, 20);
  const lite = createApp(config, connection);
  await lite.init();
  const pool = new pg.Pool({ connectionString: databaseUrl(config), max: 2 });
  pool.on('error', () => undefined);

  const gateway = new Hono<Peer>();
  gateway.get('/health', async (c) => {
    try {
      await pool.query('select 1');
      return c.json({ status: 'ok' });
    } catch {
      return c.json({ status: 'database unavailable' }, 503);
    }
  });
  gateway.post('/auth/v1/admin/generate_link', async (c) => {
    if (c.req.header('apikey') !== config.secrets.secretKey) return c.json({ code: 401, msg: 'Unauthorized' }, 401);
    const body = linkBody.safeParse(await c.req.json());
    if (!body.success) return c.json({ code: 422, error_code: 'validation_failed', msg: 'Invalid request' }, 422);
    const hashedToken = randomBytes(28).toString('hex');
    const { rows } = await pool.query(
      `update auth.users set recovery_token = $2, recovery_sent_at = now()
        where lower(email) = lower($1) returning id, email`,
      [body.data.email, hashedToken],
    );
    if (!rows[0]) return c.json({ code: 404, error_code: 'user_not_found', msg: 'User not found' }, 404);
    return c.json({
      ...rows[0],
      action_link: '',
      email_otp: '',
      hashed_token: hashedToken,
      redirect_to: '',
      verification_type: body.data.type,
    });
  });
  // The product never asks Auth for mailed codes; left open, anybody could, without any limit.
  for (const place of ['recover', 'otp', 'magiclink'])
    gateway.all(`/auth/v1/${place}`, (c) => c.json({ code: 404, msg: 'Not found' }, 404));
  const toLite: Upstream = (c, request = c.req.raw) => lite.fetch(request, { peerAddress: c.env.incoming.socket.remoteAddress ?? null });
  gateway.route('/auth/v1', mfaRoutes(pool, config.secrets.jwtSecret, toLite));
  gateway.all('*', (c) => toLite(c));

  serve({ port: config.ports.api, hostname: '127.0.0.1', fetch: gateway.fetch });
}
