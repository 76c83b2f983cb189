import { z } from 'zod';

const blank = (value: unknown) => (value === '' ? undefined : value);
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(blank, schema.optional());
const integer = (min: number, max: number, fallback: number) =>
  z.preprocess(blank, z.coerce.number().int().min(min).max(max).default(fallback));

const schema = z
  .object({
    APP_URL: z.url({ protocol: /^https?$/ }).refine((value) => URL.canParse(value) && new URL(value).origin === value, {
      message: 'must be an origin such as https://yourcrm.com, without a path or a trailing slash',
    }),
    SUPABASE_URL: z.url({ protocol: /^https?$/ }),
    SUPABASE_PUBLISHABLE_KEY: z.string().min(20),
    SUPABASE_SECRET_KEY: z.string().min(20),
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
    APP_SECRET: z.string().min(32),
    TRUSTED_PROXY_HOPS: integer(0, 5, 0),
    SIGNUP_RATE_LIMIT: integer(1, 1_000_000, 5),
    SIGN_IN_RATE_LIMIT: integer(1, 1_000_000, 10),
    MAIL_FROM: z.preprocess(blank, z.string().min(3).default('YourCRM <hello@yourcrm.com>')),
    SMTP_URL: optional(z.url({ protocol: /^smtps?$/ })),
    RESEND_API_KEY: optional(z.string().min(3)),
    RESEND_API_URL: z.preprocess(blank, z.url().default('https://api.resend.com')),
    STRIPE_SECRET_KEY: z.string().regex(/^[sr]k_(test|live)_/, 'must be a secret key of Stripe, such as sk_live_...'),
    STRIPE_PUBLISHABLE_KEY: optional(z.string().regex(/^pk_(test|live)_/, 'must be a publishable key of Stripe, such as pk_live_...')),
    STRIPE_API_URL: optional(z.url({ protocol: /^https?$/ })),
    STRIPE_WEBHOOK_SECRETS: z
      .string()
      .transform((list) => list.split(',').map((secret) => secret.trim()))
      .pipe(z.array(z.string().startsWith('whsec_')).min(1)),
    AUDIT_ANCHOR_DIR: optional(z.string()),
    LOG_LEVEL: z.preprocess(blank, z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info')),
    EMBEDDED_STACK: optional(z.literal('1')),
  })
  .refine((value) => Boolean(value.SMTP_URL) !== Boolean(value.RESEND_API_KEY), {
    path: ['SMTP_URL'],
    message: 'set either SMTP_URL or RESEND_API_KEY',
  })
  .refine((value) => value.APP_URL.startsWith('http:') || value.TRUSTED_PROXY_HOPS > 0, {
    path: ['TRUSTED_PROXY_HOPS'],
    message: 'https ends at a proxy: say how many stand in front, or all clients share one rate limit',
  });

export type Env = z.infer<typeof schema>;

/**
 * Parses the environment of the app and the worker.
 * @throws {Error} one line a variable, naming it and the rule; values are never shown
 */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const result = schema.safeParse(source);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The environment is not complete (see .env.example):\n${lines.join('\n')}`);
}

let parsed: Env | undefined;

/** The environment, parsed at the first call; `instrumentation.ts` calls it at boot. */
export function env(): Env {
  parsed ??= parseEnv(process.env);
  return parsed;
}
