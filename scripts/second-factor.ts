import { parseArgs } from 'node:util';
import { z } from 'zod';
import { currentEnv } from './stack/config';
import { withClient } from './stack/database';
import { main, PlainError } from './stack/progress';

function readEmail(): string {
  const { values } = parseArgs({ options: { email: { type: 'string' } }, allowPositionals: true });
  const email = z.email().safeParse(values.email?.trim().toLowerCase());
  if (!email.success) throw new PlainError('Say whose: npm run second-factor:remove -- --email name@example.com');
  return email.data;
}

/** Takes the second factor off the account of somebody who has lost phone and recovery codes; check who they are first. */
await main(async () => {
  const email = readEmail();
  const url = z.string().safeParse({ ...currentEnv(), ...process.env }.DATABASE_URL);
  if (!url.success) throw new PlainError('DATABASE_URL is not set.');
  const removed = await withClient(url.data, async (client) => {
    const { rows } = await client.query('select private.reset_second_factor($1) as removed', [email]);
    return rows[0].removed;
  });
  if (!removed) throw new PlainError(`${email} has no second factor at a clinic.`);
  console.log(`The second factor of ${email} is off; their clinics' logs say so, and a mail went to them.`);
});
