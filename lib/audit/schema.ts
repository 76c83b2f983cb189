import { z } from 'zod';
import { requiredText } from '@/lib/fields/fields';

const day = z.iso.date().nullable().catch(null);
const cursor = z.coerce.number().int().positive().nullable().catch(null);

/** What an address asks of the log; what is not understood is left out. */
export const auditQuerySchema = z.object({
  person: z.uuid().nullable().catch(null),
  action: z
    .string()
    .regex(/^[a-z][a-z0-9._-]{1,59}$/)
    .nullable()
    .catch(null),
  record: z.uuid().nullable().catch(null),
  from: day,
  to: day,
  before: cursor,
  after: cursor,
});
export type AuditQuery = z.infer<typeof auditQuerySchema>;

/** What the export takes: the filters of the page. */
export const auditExportSchema = auditQuerySchema.omit({ before: true, after: true });

const entry = z.object({
  id: z.number(),
  occurred_at: z.string(),
  action: z.string(),
  outcome: z.enum(['done', 'refused', 'failed']),
  reason: z.string().nullable(),
  record_id: z.guid().nullable(),
  changed_fields: z.array(z.string()),
  request_id: z.string().nullable(),
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  actor_id: z.guid().nullable(),
  actor: z.string().nullable(),
  actor_kind: z.enum(['person', 'platform', 'system']),
  member: z.string().nullable(),
});
/** A line of the log. `member` is whom it is about, where that is a person of the clinic. */
export type AuditEntry = z.infer<typeof entry>;

export const auditAnswer = z.object({ rows: z.array(entry), has_more: z.boolean() });

export const auditFilters = z.object({
  people: z.array(z.object({ id: z.guid(), name: z.string() })),
  actions: z.array(z.string()),
});
/** By whom and by what the log can be filtered. */
export type AuditFilters = z.infer<typeof auditFilters>;
/** By what the log can be filtered, in words. */
export type AuditChoices = { people: AuditFilters['people']; actions: { action: string; label: string }[] };

export const verificationStepSchema = z.object({ after: z.number().int().min(0) });
const whys = ['missing', 'changed', 'anchored', 'cut', 'unsealed'] as const;
/** How verifying a stretch of the log went; `broken` names the first entry that does not fit. */
export const verification = z.object({
  checked: z.number(),
  last: z.number(),
  done: z.boolean(),
  waiting: z.number(),
  broken: z.object({ position: z.number().nullable(), entry: z.number().nullable(), why: z.enum(whys) }).nullable(),
});
export type Verification = z.infer<typeof verification>;

/** What is wrong with an entry that does not verify, in a sentence. */
export function describeBreak({ entry, position, why }: NonNullable<Verification['broken']>): string {
  const name = entry === null ? 'The entry' : `Entry ${entry}`;
  const place = position === null ? '' : ` at position ${position} of the chain`;
  const verdicts: Record<(typeof whys)[number], string> = {
    missing: 'is missing',
    changed: 'was changed or moved',
    anchored: 'is not as it was when the day was closed',
    cut: 'and all after it were cut off',
    unsealed: 'was put in beside the chain',
  };
  return `${name}${place} ${verdicts[why]}.`;
}

const alert = z.object({
  id: z.guid(),
  rule: z.string(),
  title: z.string(),
  description: z.string(),
  occurred_at: z.string(),
  user_id: z.guid().nullable(),
  person: z.string().nullable(),
  address: z.string().nullable(),
  answer: z.enum(['none', 'end_sessions', 'lock', 'slow']),
  resolved_at: z.string().nullable(),
  resolved_by: z.string().nullable(),
  note: z.string().nullable(),
});
export type SecurityAlert = z.infer<typeof alert>;
export const alertList = z.object({ total: z.number(), open: z.number(), rows: z.array(alert) });
export type AlertList = z.infer<typeof alertList>;

export const resolutionSchema = z.object({
  alert: z.uuid(),
  note: requiredText(500, 'Say what it was, or what you did.'),
});
