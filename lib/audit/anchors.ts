import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { env } from '@/lib/infra/env';
import type { Query } from '@/lib/infra/job';
import { describeError, logger } from '@/lib/infra/logger';
import { todayIn } from '@/lib/time/days';
import { type Verification, verification } from './schema';

const head = z.object({
  tenant_id: z.uuid(),
  slug: z.string(),
  // PostgreSQL's bigint arrives as text.
  position: z.coerce.number(),
  hash: z.string(),
  anchored: z.coerce.number(),
});
const anchor = z.object({ tenant: z.uuid(), slug: z.string(), position: z.number(), hash: z.string(), at: z.iso.datetime() });
/** The head of a clinic's chain as it was on a day: position, and SHA-256 as hex. */
export type Anchor = z.infer<typeof anchor>;

/**
 * Verifies a clinic's chain from a position that is verified already, stretch by stretch.
 * @returns how many entries were looked at, and the first that does not fit
 */
export async function verifyChain(query: Query, tenant: string, from = 0): Promise<{ checked: number; broken: Verification['broken'] }> {
  for (let after = from, checked = 0; ; ) {
    const { rows } = await query('select private.verify_audit($1, $2) as answer', [tenant, after]);
    const step = verification.parse(rows[0]?.answer);
    checked += step.checked;
    if (step.done) return { checked, broken: step.broken };
    after = step.last;
  }
}

/** A clinic's chain is verified as a whole once a week, each on a day of its own. */
const isWhole = (tenant: string, day: Date) => Number.parseInt(tenant.slice(0, 6), 16) % 7 === day.getUTCDay();

/**
 * Closes the day: verifies what each clinic's chain has gained, once a week all of it, and keeps its head in the database and, where
 * `AUDIT_ANCHOR_DIR` is set, in a file of the day that nobody who changes the database can reach. A chain that does not verify is
 * reported and not anchored; one that cannot be read keeps no other from it.
 * @throws {Error} at the end, when a chain could not be read
 */
export async function anchorAudit(query: Query): Promise<void> {
  const { rows } = await query('select * from private.audit_heads()');
  const directory = env().AUDIT_ANCHOR_DIR;
  if (directory) await mkdir(directory, { recursive: true });
  let failures = 0;
  for (const { tenant_id: tenant, slug, position, hash, anchored } of z.array(head).parse(rows)) {
    try {
      const now = new Date();
      // The last anchored entry is looked at once more: it must be what it was.
      const { broken } = await verifyChain(query, tenant, isWhole(tenant, now) ? 0 : Math.max(Math.min(position, anchored) - 1, 0));
      if (broken) {
        logger.error({ tenant, entry: broken.entry, why: broken.why }, 'audit log does not verify');
        await query('select private.report_broken_audit($1)', [tenant]);
      } else if (position > anchored) {
        const line: Anchor = { tenant, slug, position, hash, at: now.toISOString() };
        if (directory) await appendFile(path.join(directory, `${todayIn('UTC', now)}.jsonl`), `${JSON.stringify(line)}\n`);
        await query('select private.keep_audit_anchor($1, $2)', [tenant, position]);
      }
    } catch (error) {
      failures++;
      logger.error({ tenant, ...describeError(error) }, 'audit log not verified');
    }
  }
  if (failures > 0) throw new Error(`${failures} logs could not be verified`);
}

/** The anchors of a clinic that were kept in files, the oldest first; none where there is no such folder. */
export async function readAnchors(directory: string, tenant: string): Promise<Anchor[]> {
  const names = await readdir(directory).catch(() => []);
  const files = await Promise.all(
    names
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .map((name) => readFile(path.join(directory, name), 'utf8')),
  );
  return files
    .flatMap((text) => text.split('\n').filter(Boolean))
    .map((line) => anchor.parse(JSON.parse(line)))
    .filter((kept) => kept.tenant === tenant);
}
