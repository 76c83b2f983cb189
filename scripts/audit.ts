import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readAnchors, verifyChain } from '@/lib/audit/anchors';
import { describeBreak } from '@/lib/audit/schema';
import { currentEnv } from './stack/config';
import { withClient } from './stack/database';
import { main, PlainError } from './stack/progress';

const needed = z.object({ DATABASE_URL: z.string(), AUDIT_ANCHOR_DIR: z.string().optional() });

function readTenant(): string {
  const { values } = parseArgs({ options: { tenant: { type: 'string' } }, allowPositionals: true });
  if (!values.tenant) throw new PlainError('Say which clinic: npm run audit:verify -- --tenant acme');
  return values.tenant;
}

/** Verifies the whole log of a clinic, against its chain and against the anchors of each day. */
await main(async () => {
  const slug = readTenant();
  const parsed = needed.safeParse({ ...currentEnv(), ...process.env });
  if (!parsed.success) throw new PlainError('DATABASE_URL is not set.');
  const { DATABASE_URL, AUDIT_ANCHOR_DIR } = parsed.data;
  await withClient(DATABASE_URL, async (client) => {
    const query = (text: string, values?: unknown[]) => client.query(text, values);
    const { rows } = await query('select id from public.tenants where slug = $1', [slug]);
    const tenant = rows[0]?.id;
    if (!tenant) throw new PlainError(`No clinic has the subdomain "${slug}".`);
    const { checked, broken } = await verifyChain(query, tenant);
    if (broken) throw new PlainError(`${describeBreak(broken)} ${checked} entries were looked at.`);
    const anchors = AUDIT_ANCHOR_DIR ? await readAnchors(AUDIT_ANCHOR_DIR, tenant) : [];
    for (const { position, hash, at } of anchors) {
      const kept = await query(`select encode(hash, 'hex') as hash from private.audit_chain where tenant_id = $1 and position = $2`, [
        tenant,
        position,
      ]);
      if (kept.rows[0]?.hash !== hash)
        throw new PlainError(`The log is not as it was on ${at.slice(0, 10)}, at position ${position} of the chain.`);
    }
    console.log(`${checked} entries of ${slug} verified, ${anchors.length} anchors compared: none was changed, moved or removed.`);
  });
});
