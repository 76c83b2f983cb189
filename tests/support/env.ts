import { z } from 'zod';

/** Where the test run serves its stack; set by `npm test`. */
export const stack = z
  .object({
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
  })
  .parse(process.env);
