import { createHash } from 'node:crypto';
import { z } from 'zod';
import { env } from '@/lib/infra/env';
import { subdomainOrigin } from '@/lib/infra/hosts';
import { sendMail } from '@/lib/infra/mail';
import { randomToken } from '@/lib/infra/secrets';
import { type MailTemplate, mailTemplates, renderMail } from './templates';

/** The payload of a `send_mail` job: ids only. */
export const mailJob = z.object({ template: z.enum(mailTemplates), tenantId: z.uuid(), userId: z.uuid() });

/** Runs SQL on the worker's own connection. */
export type Query = (text: string, values: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>;

const recipient = z.object({ slug: z.string(), clinic: z.string(), to: z.email(), name: z.string() });

/** The function that keeps the hash of a mail's token, and the page that redeems it. */
const secretLinks = {
  verify_email: { issue: 'private.issue_email_verification', page: 'verify-email' },
  reset_password: { issue: 'private.issue_password_reset', page: 'reset-password' },
} as const;

/** The address of a mail's link. Secrets are made here, at the last moment, and travel behind the #. */
async function linkOf(template: MailTemplate, origin: string, userId: string, query: Query): Promise<string> {
  if (template === 'welcome') return origin;
  const { issue, page } = secretLinks[template];
  const token = randomToken();
  await query(`select ${issue}($1, $2)`, [userId, createHash('sha256').update(token).digest()]);
  return `${origin}/${page}#${token}`;
}

/** Sends one queued mail; nothing is sent when the person or the clinic is gone by then. */
export async function deliverMail(payload: unknown, jobId: string, query: Query): Promise<void> {
  const { template, tenantId, userId } = mailJob.parse(payload);
  const { rows } = await query(
    `select t.slug, t.name as clinic, u.email as to, p.full_name as name
     from public.memberships m
     join public.tenants t on t.id = m.tenant_id
     join auth.users u on u.id = m.user_id
     join public.profiles p on p.user_id = m.user_id
     where m.tenant_id = $1 and m.user_id = $2`,
    [tenantId, userId],
  );
  if (!rows[0]) return;
  const { slug, clinic, to, name } = recipient.parse(rows[0]);
  const link = await linkOf(template, subdomainOrigin(slug, env().APP_URL), userId, query);
  await sendMail(await renderMail(template, { to, name, clinic, link }), `job-${jobId}`);
}
