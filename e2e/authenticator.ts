import { expect } from '@playwright/test';
import { Secret, TOTP } from 'otpauth';

const period = 30_000;

/** An authenticator app: codes that are good now and were not used before, and the one used last. */
export type Authenticator = { fresh: () => Promise<string>; last: () => string };

/** Sets one up with the key that a page shows. */
export function setUpAuthenticator(key: string): Authenticator {
  const totp = new TOTP({ secret: Secret.fromBase32(key.replace(/\s/g, '')) });
  const now = () => Math.floor(Date.now() / period);
  let spent = 0;
  const last = () => totp.generate({ timestamp: spent * period });
  return {
    last,
    fresh: async () => {
      // Auth accepts the code after the clock's as well.
      await expect.poll(() => now() + 1 > spent, { timeout: period + 10_000 }).toBe(true);
      spent = Math.max(now(), spent + 1);
      return last();
    },
  };
}
