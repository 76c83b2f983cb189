import { z } from 'zod';

/** The settings of hosted Auth that the product depends on, as the Management API names them. */
const settingsSchema = z.object({
  disable_signup: z.boolean(),
  external_email_enabled: z.boolean(),
  external_anonymous_users_enabled: z.boolean(),
  mailer_autoconfirm: z.boolean(),
  password_min_length: z.number(),
  security_update_password_require_reauthentication: z.boolean(),
  security_sb_forwarded_for_enabled: z.boolean(),
  refresh_token_rotation_enabled: z.boolean(),
  sessions_single_per_user: z.boolean().nullable(),
  jwt_exp: z.number(),
  rate_limit_token_refresh: z.number(),
  rate_limit_verify: z.number(),
  mfa_totp_enroll_enabled: z.boolean(),
  mfa_totp_verify_enabled: z.boolean(),
});
export type AuthSettings = z.infer<typeof settingsSchema>;

const rules: [what: string, holds: (s: AuthSettings) => boolean, remedy: string][] = [
  ['Auth takes sign-ups', (s) => !s.disable_signup && s.external_email_enabled, 'Allow new users to sign up, by e-mail.'],
  ['Auth knows no anonymous users', (s) => !s.external_anonymous_users_enabled, 'Turn anonymous sign-ins off.'],
  ['Auth confirms at once', (s) => s.mailer_autoconfirm, 'Turn "Confirm email" off: the product confirms addresses itself.'],
  ['Auth wants 12 characters', (s) => s.password_min_length >= 12, 'Set the minimum password length to 12.'],
  [
    'Auth wants a fresh sign-in before a new password',
    (s) => s.security_update_password_require_reauthentication,
    'Turn "Secure password change" on.',
  ],
  [
    'Auth counts each client, not this server',
    (s) => s.security_sb_forwarded_for_enabled,
    'Turn "IP address forwarding" on (Authentication, Rate limits); until then all clients share one limit.',
  ],
  ['Auth rotates refresh tokens', (s) => s.refresh_token_rotation_enabled, 'Turn refresh token rotation on.'],
  [
    'Auth allows several sessions',
    (s) => !s.sessions_single_per_user,
    'Turn "single session per user" off: each clinic has its own session.',
  ],
  ['Access tokens live 5 minutes to an hour', (s) => s.jwt_exp >= 300 && s.jwt_exp <= 3600, 'Set the access token expiry to 3600 seconds.'],
  [
    'A clinic behind one address is not throttled',
    (s) => s.rate_limit_token_refresh >= 150 && s.rate_limit_verify >= 30,
    'Allow 150 token refreshes and 30 verifications per address in 5 minutes.',
  ],
  [
    'Auth knows authenticator apps',
    (s) => s.mfa_totp_enroll_enabled && s.mfa_totp_verify_enabled,
    'Turn TOTP on (Authentication, Multi-Factor): administrators of the platform need it.',
  ],
];

/** What holds and what does not, with the remedy, of the settings of hosted Auth. */
export function judgeAuthSettings(settings: AuthSettings): { what: string; problem?: string }[] {
  return rules.map(([what, holds, remedy]) => ({ what, problem: holds(settings) ? undefined : remedy }));
}

/**
 * Reads the settings of a hosted project's Auth.
 * @param token a personal access token
 * @throws {Error} when Supabase refuses or its answer lacks a setting
 * @see https://supabase.com/docs/reference/api/v1-get-auth-service-config
 */
export async function readAuthSettings(projectRef: string, token: string, api = 'https://api.supabase.com'): Promise<AuthSettings> {
  const answer = await fetch(`${api}/v1/projects/${projectRef}/config/auth`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`Supabase answered ${answer.status}: check SUPABASE_ACCESS_TOKEN.`);
  return settingsSchema.parse(await answer.json());
}
