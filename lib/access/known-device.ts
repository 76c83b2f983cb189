import 'server-only';
import { cookies } from 'next/headers';
import { z } from 'zod';
import { env } from '@/lib/infra/env';
import { keyedHash, open, randomToken, seal } from '@/lib/infra/secrets';

/** The accounts that were signed in from a device, the latest first: each by its hash, with the device's name for it. */
const contents = z.array(z.tuple([z.string(), z.string()])).max(5);

const accountOf = (email: string) => keyedHash('device-account', email);
const nameOf = (secure: boolean) => (secure ? '__Host-device' : 'device');
const isSecure = () => env().APP_URL.startsWith('https:');

async function read(): Promise<z.infer<typeof contents>> {
  const value = (await cookies()).get(nameOf(isSecure()))?.value;
  if (!value) return [];
  try {
    return contents.parse(JSON.parse(open('device', value)));
  } catch {
    return [];
  }
}

/**
 * The name of this device for an account that was signed in from it before, or null. Such a device keeps an allowance of its own when
 * a stranger uses up everybody else's.
 * @see https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
export async function knownDevice(email: string): Promise<string | null> {
  const account = accountOf(email);
  return (await read()).find(([known]) => known === account)?.[1] ?? null;
}

/** By which way somebody comes to an account: a device that it knows, or as a stranger. */
export async function laneOf(email: string): Promise<string> {
  const device = await knownDevice(email);
  return device ? `device:${device}` : 'strangers';
}

/** Notes that the account was signed in from this device, all the way; a year, and for the last five accounts. */
export async function rememberDevice(email: string): Promise<void> {
  const account = accountOf(email);
  const known = await read();
  const name = known.find(([each]) => each === account)?.[1] ?? randomToken();
  const others = known.filter(([each]) => each !== account).slice(0, 4);
  const secure = isSecure();
  (await cookies()).set(nameOf(secure), seal('device', JSON.stringify([[account, name], ...others])), {
    httpOnly: true,
    sameSite: 'lax',
    secure,
    path: '/',
    maxAge: 365 * 24 * 3600,
  });
}
