import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { sign, verify } from 'hono/jwt';
import { Secret, TOTP } from 'otpauth';
import type pg from 'pg';
import { renderSVG } from 'uqr';
import { z } from 'zod';

/** What Auth keeps about second factors: the columns of GoTrue that the product and this gateway read. */
export const mfaSchema = `
  create table if not exists auth.mfa_factors (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users on delete cascade,
    friendly_name text,
    factor_type text not null default 'totp',
    status text not null default 'unverified' check (status in ('unverified', 'verified')),
    secret text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  );
  create index if not exists mfa_factors_user_id_idx on auth.mfa_factors (user_id);
  create table if not exists auth.mfa_challenges (
    id uuid primary key default gen_random_uuid(),
    factor_id uuid not null references auth.mfa_factors on delete cascade,
    created_at timestamptz not null default now(),
    verified_at timestamptz
  );
  create table if not exists auth.mfa_amr_claims (
    session_id uuid not null references auth.sessions on delete cascade,
    authentication_method text not null,
    updated_at timestamptz not null default now(),
    primary key (session_id, authentication_method)
  );`;

const claimsSchema = z.looseObject({ sub: z.uuid(), session_id: z.uuid(), iat: z.number() });
const tokensSchema = z.looseObject({ access_token: z.string(), user: z.looseObject({}) });
const userSchema = z.looseObject({ id: z.uuid() });
const enrolment = z.object({ factor_type: z.literal('totp'), friendly_name: z.string().max(255).default(''), issuer: z.string().min(1) });
const proof = z.object({ challenge_id: z.uuid(), code: z.string() });

type Caller = { userId: string; email: string; sessionId: string; aal: string };
type Factor = { id: string; status: 'unverified' | 'verified'; secret: string };

const refuse = (c: Context, status: 400 | 401 | 403 | 404 | 422, error_code: string, msg: string) =>
  c.json({ code: status, error_code, msg }, status);

const totpOf = (secret: string) => new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 });

/** What the server tells of a connection. */
export type Peer = { Bindings: { incoming: { socket: { remoteAddress?: string } } } };
/** Passes a request on to the Auth behind; without one, the request as it came. */
export type Upstream = (c: Context<Peer>, request?: Request) => Response | Promise<Response>;

/** Second factors as GoTrue has them (internal/api/mfa.go), around an Auth that has none. */
export function mfaRoutes(pool: pg.Pool, jwtSecret: string, upstream: Upstream): Hono<Peer> {
  const app = new Hono<Peer>();

  async function factorsOf(userId: string) {
    const { rows } = await pool.query(
      'select id, friendly_name, factor_type, status, created_at, updated_at from auth.mfa_factors where user_id = $1 order by created_at',
      [userId],
    );
    return rows;
  }

  /** Adds to fresh tokens what the session has proven, as GoTrue signs it. */
  async function withAssurance(answer: Response): Promise<Response> {
    const body = tokensSchema.safeParse(await answer.clone().json());
    if (!body.success) return answer;
    const claims = claimsSchema.parse(await verify(body.data.access_token, jwtSecret, 'HS256'));
    const { rows } = await pool.query(
      `select s.aal, coalesce(json_agg(json_build_object('method', a.authentication_method,
                'timestamp', floor(extract(epoch from a.updated_at))::bigint)) filter (where a.session_id is not null), '[]') as amr
       from auth.sessions s left join auth.mfa_amr_claims a on a.session_id = s.id where s.id = $1 group by s.id`,
      [claims.session_id],
    );
    const amr = [...(rows[0]?.amr ?? []), { method: 'password', timestamp: claims.iat }];
    const access_token = await sign({ ...claims, aal: rows[0]?.aal ?? 'aal1', amr }, jwtSecret, 'HS256');
    return Response.json({ ...body.data, access_token, user: { ...body.data.user, factors: await factorsOf(claims.sub) } });
  }

  async function caller(c: Context): Promise<Caller | undefined> {
    try {
      const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
      const claims = claimsSchema.parse(await verify(token, jwtSecret, 'HS256'));
      const { rows } = await pool.query(
        `select u.id as "userId", u.email, s.id as "sessionId", s.aal from auth.sessions s join auth.users u on u.id = s.user_id
         where s.id = $1 and u.id = $2`,
        [claims.session_id, claims.sub],
      );
      return rows[0];
    } catch {
      return undefined;
    }
  }

  async function factorOf(userId: string, id: string): Promise<Factor | undefined> {
    if (!z.uuid().safeParse(id).success) return undefined;
    const { rows } = await pool.query('select id, status, secret from auth.mfa_factors where id = $1 and user_id = $2', [id, userId]);
    return rows[0];
  }

  for (const place of ['token', 'signup', 'verify'])
    app.post(`/${place}`, async (c) => {
      const answer = await upstream(c);
      return answer.ok ? withAssurance(answer) : answer;
    });

  app.get('/user', async (c) => {
    const answer = await upstream(c);
    if (!answer.ok) return answer;
    const user = userSchema.parse(await answer.json());
    return c.json({ ...user, factors: await factorsOf(user.id) });
  });

  app.put('/user', async (c) => {
    const who = await caller(c);
    const guarded = z.object({ password: z.string() }).or(z.object({ email: z.string() }));
    const changesKeys = guarded.safeParse(
      await c.req.raw
        .clone()
        .json()
        .catch(() => null),
    ).success;
    if (who && who.aal !== 'aal2' && changesKeys && (await factorsOf(who.userId)).some(({ status }) => status === 'verified'))
      return refuse(c, 401, 'insufficient_aal', 'AAL2 session is required to update email or password when MFA is enabled.');
    return upstream(c);
  });

  app.post('/factors', async (c) => {
    const who = await caller(c);
    if (!who) return refuse(c, 401, 'no_authorization', 'This endpoint requires a valid Bearer token');
    const body = enrolment.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return refuse(c, 400, 'validation_failed', 'factor_type needs to be totp');
    const { friendly_name, issuer } = body.data;
    const factors = await factorsOf(who.userId);
    if (factors.some((factor) => factor.friendly_name === friendly_name))
      return refuse(c, 422, 'mfa_factor_name_conflict', 'A factor with this friendly name already exists');
    if (factors.length >= 10) return refuse(c, 422, 'too_many_enrolled_mfa_factors', 'Maximum number of factors reached');
    if (who.aal !== 'aal2' && factors.some((factor) => factor.status === 'verified'))
      return refuse(c, 403, 'insufficient_aal', 'AAL2 required to enroll a new factor');
    const secret = new Secret({ buffer: new Uint8Array(randomBytes(20)).buffer }).base32;
    const uri = new TOTP({ issuer, label: who.email, secret: Secret.fromBase32(secret), digits: 6, period: 30 }).toString();
    const { rows } = await pool.query(
      'insert into auth.mfa_factors (user_id, friendly_name, secret) values ($1, $2, $3) returning id, friendly_name',
      [who.userId, friendly_name, secret],
    );
    return c.json({ ...rows[0], type: 'totp', totp: { qr_code: renderSVG(uri), secret, uri } });
  });

  app.post('/factors/:id/challenge', async (c) => {
    const who = await caller(c);
    if (!who) return refuse(c, 401, 'no_authorization', 'This endpoint requires a valid Bearer token');
    const factor = await factorOf(who.userId, c.req.param('id'));
    if (!factor) return refuse(c, 404, 'mfa_factor_not_found', 'Factor not found');
    const { rows } = await pool.query(
      `insert into auth.mfa_challenges (factor_id) values ($1)
       returning id, floor(extract(epoch from created_at + interval '5 minutes'))::int as expires_at`,
      [factor.id],
    );
    return c.json({ ...rows[0], type: 'totp' });
  });

  app.post('/factors/:id/verify', async (c) => {
    const who = await caller(c);
    if (!who) return refuse(c, 401, 'no_authorization', 'This endpoint requires a valid Bearer token');
    const body = proof.safeParse(await c.req.json().catch(() => null));
    const factor = await factorOf(who.userId, c.req.param('id'));
    if (!factor) return refuse(c, 404, 'mfa_factor_not_found', 'Factor not found');
    if (!body.success) return refuse(c, 400, 'validation_failed', 'challenge_id and code are needed');
    if (totpOf(factor.secret).validate({ token: body.data.code, window: 1 }) === null)
      return refuse(c, 422, 'mfa_verification_failed', 'Invalid TOTP code entered');
    const refreshToken = randomBytes(18).toString('base64url');
    // One statement, so that a challenge proves one session once.
    const { rowCount } = await pool.query(
      `with proven as (
         update auth.mfa_challenges set verified_at = now()
         where id = $1 and factor_id = $2 and verified_at is null and created_at > now() - interval '5 minutes' returning factor_id
       ), factor as (
         update auth.mfa_factors f set status = 'verified', updated_at = now() from proven p where f.id = p.factor_id returning f.id
       ), others as (
         delete from auth.mfa_factors f using proven p where f.user_id = $3 and f.id <> p.factor_id and f.status = 'unverified'
       ), lower as (
         delete from auth.sessions s using proven p where s.user_id = $3 and s.id <> $4 and s.aal = 'aal1'
       ), raised as (
         update auth.sessions s set aal = 'aal2', factor_id = f.id, updated_at = now() from factor f where s.id = $4 returning s.id
       ), method as (
         insert into auth.mfa_amr_claims (session_id, authentication_method) select id, 'totp' from raised
         on conflict (session_id, authentication_method) do update set updated_at = now()
       )
       insert into auth.refresh_tokens (id, token, user_id, session_id, revoked, created_at, updated_at)
       select gen_random_uuid()::text, $5, $3, id, false, now(), now() from raised`,
      [body.data.challenge_id, factor.id, who.userId, who.sessionId, refreshToken],
    );
    if (rowCount !== 1) return refuse(c, 422, 'mfa_challenge_expired', 'MFA challenge has expired or was used');
    const url = new URL('/auth/v1/token?grant_type=refresh_token', c.req.url);
    const headers = { apikey: c.req.header('apikey') ?? '', 'content-type': 'application/json' };
    return withAssurance(
      await upstream(c, new Request(url, { method: 'POST', headers, body: JSON.stringify({ refresh_token: refreshToken }) })),
    );
  });

  app.delete('/factors/:id', async (c) => {
    const who = await caller(c);
    if (!who) return refuse(c, 401, 'no_authorization', 'This endpoint requires a valid Bearer token');
    const factor = await factorOf(who.userId, c.req.param('id'));
    if (!factor) return refuse(c, 404, 'mfa_factor_not_found', 'Factor not found');
    if (factor.status === 'verified' && who.aal !== 'aal2')
      return refuse(c, 422, 'insufficient_aal', 'AAL2 required to unenroll verified factor');
    await pool.query(
      `with lowered as (update auth.sessions set aal = 'aal1', factor_id = null where factor_id = $1)
       delete from auth.mfa_factors where id = $1`,
      [factor.id],
    );
    return c.json({ id: factor.id });
  });

  return app;
}
