import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { env } from './env';

function key(purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', env().APP_SECRET, '', purpose, 32));
}

/** 256 random bits, base64url: a code or token that is shown once. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 as hex; for tokens of full entropy, which need no salt. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A keyed hash for identifiers that must not stand in clear, such as rate-limit buckets. */
export function keyedHash(purpose: string, value: string): string {
  return createHmac('sha256', key(purpose)).update(value).digest('base64url');
}

/** Encrypts and authenticates text (AES-256-GCM) for one purpose; `open` reads it back. */
export function seal(purpose: string, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key(purpose), nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
}

/**
 * Reads what `seal` wrote for the same purpose.
 * @throws {Error} when it was changed or sealed for another purpose
 */
export function open(purpose: string, sealed: string): string {
  const data = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key(purpose), data.subarray(0, 12));
  decipher.setAuthTag(data.subarray(12, 28));
  return Buffer.concat([decipher.update(data.subarray(28)), decipher.final()]).toString('utf8');
}
