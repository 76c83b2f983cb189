import { z } from 'zod';

const schema = z.object({
  APP_URL: z.url(),
  PORT: z.coerce.number(),
  SUPABASE_URL: z.url(),
  SUPABASE_PUBLISHABLE_KEY: z.string(),
  SUPABASE_SECRET_KEY: z.string(),
  DATABASE_URL: z.url(),
  RESEND_API_URL: z.url(),
  STRIPE_API_URL: z.url(),
  STRIPE_SECRET_KEY: z.string(),
  STRIPE_WEBHOOK_SECRETS: z.string(),
});
type Stack = z.infer<typeof schema>;

let read: Stack | undefined;

/** The stack that a test of this worker uses; read when it is first asked for, since tests of faults have others. */
export const stack = new Proxy({} as Stack, {
  get: (_, name) => {
    read ??= schema.parse(process.env);
    return read[name as keyof Stack];
  },
});
