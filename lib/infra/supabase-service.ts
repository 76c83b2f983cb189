import { createClient } from '@supabase/supabase-js';
import { boundedFetch } from './bounded-fetch';
import type { Database } from './database.types';
import { env } from './env';
import type { AuthDb } from './supabase';

/** A client that bypasses row-level security. Lint allows it in the few modules that docs/architecture.md names. */
export function serviceClient(): AuthDb {
  const { SUPABASE_URL, SUPABASE_SECRET_KEY } = env();
  return createClient<Database>(SUPABASE_URL, SUPABASE_SECRET_KEY, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch: boundedFetch },
  });
}
