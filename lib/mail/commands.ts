import { createHash } from 'node:crypto';
import { z } from 'zod';
import { env } from '@/lib/infra/env';
import { subdomainOrigin } from '@/lib/infra/hosts';
import type { Attempt, Query } from '@/lib/infra/job';
import { type Mail, sendMail } from '@/lib/infra/mail';
import { writeUse } from '@/lib/infra/metrics';
import { keyedHash } from '@/lib/infra/secrets';
import { formatDay } from '@/lib/time/format';
import { billingNotices, renderBillingNotice } from './billing-notices';
import {
  type MailTemplate,
  mailTemplates,
  renderClinicList,
  renderEmailChange,
  renderEmailChangeNotice,
  renderInvitation,
  renderMail,
} from './templates';

/** The payload of a `send_mail` job: ids only. */
const memberJob = z.object({ tenantId: z.uuid(), userId: z.uuid() });
export const mailJob = memberJob.extend({ template: z.enum(mailTemplates) });

const hashOf = (token: string) => createHash('sha256').update(token).digest();

/** What the letters of a clinic have in common, from a row with the clinic's columns. */
const letterhead = z
  .object({ slug: z.string(), clinic: z.string(), brand_color: z.string().nullable(), logo_hash: z.string().nullable(), to: z.email() })
  .transform(({ slug, logo_hash, brand_color, ...rest }) => {
    const origin = subdomainOrigin(slug, env().APP_URL);
    return { ...rest, origin, color: brand_color, logo: logo_hash && `${origin}/logo/${logo_hash}` };
  });

/** Sends mails in a clinic's name, each by a key of its own, and counts them there once all are sent. */
async function sendForClinic(tenantId: string, query: Query, ...mails: { mail: Mail; key: string }[]): Promise<void> {
  for (const { mail, key } of mails) await sendMail(mail, key);
  await query(`select private.take_usage($1, 'mails', $2)`, [tenantId, mails.length]);
}

const addressee = z.object({ name: z.string() });
const noticeRow = addressee.extend({ time_zone: z.string() });

/** The function that keeps the hash of a mail's token, and the page that redeems it. */
const secretLinks = {
  verify_email: { issue: 'private.issue_email_verification', page: 'verify-email' },
  reset_password: { issue: 'private.issue_password_reset', page: 'reset-password' },
} as const;

/** Where the links of the other mails lead. */
const places: Record<Exclude<MailTemplate, keyof typeof secretLinks>, string> = {
  welcome: '',
  ownership_offer: '/team/ownership',
  security_alert: '/activity/alerts',
  sign_in_warning: '/account',
  new_place_warning: '/account',
  recovery_codes_replaced: '/account',
  second_factor_added: '/account',
  second_factor_removed: '/account',
  recovery_code_used: '/account',
};
const isSecretLink = (template: MailTemplate): template is keyof typeof secretLinks => template in secretLinks;

/** The address of a mail's link. Secrets are made here, at the last moment, and travel behind the #. */
async function linkOf(template: MailTemplate, origin: string, userId: string, key: string, query: Query): Promise<string> {
  if (!isSecretLink(template)) return `${origin}${places[template]}`;
  const { issue, page } = secretLinks[template];
  // The same for each attempt at the job: a mail that was sent and is tried again holds a link that still works.
  const token = keyedHash('mail-token', key);
  await query(`select ${issue}($1, $2)`, [userId, hashOf(token)]);
  return `${origin}/${page}#${token}`;
}

/** Sends one queued mail; nothing is sent when the person or the clinic is gone by then. */
export async function deliverMail({ template, tenantId, userId }: z.infer<typeof mailJob>, { key, query }: Attempt): Promise<void> {
  const { rows } = await query(
    `select t.slug, t.name as clinic, s.brand_color, s.logo_hash, u.email as to, p.full_name as name
     from public.tenants t
     join public.tenant_settings s on s.tenant_id = t.id
     join auth.users u on u.id = $2
     join public.profiles p on p.user_id = u.id
     where t.id = $1 and (
       exists (select 1 from public.memberships m where m.tenant_id = t.id and m.user_id = u.id)
       or ($3 = 'reset_password' and private.may_reset_at(t.id, u.id)))`,
    [tenantId, userId, template],
  );
  if (!rows[0]) return;
  const { origin, ...head } = letterhead.parse(rows[0]);
  const { name } = addressee.parse(rows[0]);
  const link = await linkOf(template, origin, userId, key, query);
  await sendForClinic(tenantId, query, { mail: await renderMail(template, { ...head, name, link }), key });
}

export const noticeJob = memberJob.extend({
  notice: z.enum(billingNotices),
  facts: z.object({
    date: z.coerce.date().optional(),
    plan: z.string().optional(),
    metric: z.string().optional(),
    used: z.number().optional(),
    limit: z.number().optional(),
  }),
});

/** Tells somebody who runs the account about its plan; nothing is sent when they no longer do. */
export async function deliverBillingNotice(
  { notice, facts, tenantId, userId }: z.infer<typeof noticeJob>,
  { key, query }: Attempt,
): Promise<void> {
  const { rows } = await query(
    `select t.slug, t.name as clinic, s.brand_color, s.logo_hash, u.email as to, p.full_name as name, t.time_zone
     from public.tenants t
     join public.tenant_settings s on s.tenant_id = t.id
     join auth.users u on u.id = $2
     join public.profiles p on p.user_id = u.id
     where t.id = $1 and t.status = 'active' and private.runs_account(t.id, u.id)`,
    [tenantId, userId],
  );
  if (!rows[0]) return;
  const { origin, ...head } = letterhead.parse(rows[0]);
  const { name, time_zone } = noticeRow.parse(rows[0]);
  const date = facts.date ? formatDay(facts.date, time_zone, 'long') : '';
  const { plan = '', metric, used, limit } = facts;
  const usage = metric && used !== undefined && limit !== undefined ? writeUse(metric, used, limit) : '';
  const link = `${origin}${usage ? '/usage' : '/billing'}`;
  await sendForClinic(tenantId, query, { mail: await renderBillingNotice(notice, { ...head, name, link, date, plan, usage }), key });
}

export const listJob = z.object({ userId: z.uuid() });
const listRow = z.object({ slug: z.string(), clinic: z.string(), to: z.email(), name: z.string() });

/** Sends a person the addresses of their clinics; nothing is sent when there are none by then. */
export async function deliverClinicList({ userId }: z.infer<typeof listJob>, { key, query }: Attempt): Promise<void> {
  const { rows } = await query(
    `select t.slug, t.name as clinic, u.email as to, p.full_name as name
     from public.memberships m
     join public.tenants t on t.id = m.tenant_id and t.status = 'active'
     join auth.users u on u.id = m.user_id
     join public.profiles p on p.user_id = m.user_id
     where m.user_id = $1 and m.status = 'active'
     order by t.name, t.slug`,
    [userId],
  );
  const clinics = z.array(listRow).parse(rows);
  const [first] = clinics;
  if (!first) return;
  const links = clinics.map(({ slug, clinic }) => ({ label: clinic, href: subdomainOrigin(slug, env().APP_URL) }));
  await sendMail(await renderClinicList({ to: first.to, name: first.name, links }), key);
}

export const invitationJob = z.object({ tenantId: z.uuid(), invitationId: z.uuid() });
const invitationRow = z.object({ role: z.string(), inviter: z.string().nullable() });

/** Sends an invitation; nothing is sent when it was taken back by then. */
export async function deliverInvitation({ tenantId, invitationId }: z.infer<typeof invitationJob>, { key, query }: Attempt): Promise<void> {
  const { rows } = await query(
    `select t.slug, t.name as clinic, s.brand_color, s.logo_hash, i.email as to, r.name as role, p.full_name as inviter
     from public.invitations i
     join public.tenants t on t.id = i.tenant_id
     join public.tenant_settings s on s.tenant_id = i.tenant_id
     join public.roles r on r.tenant_id = i.tenant_id and r.id = i.role_id
     left join public.profiles p on p.user_id = i.invited_by
     where i.tenant_id = $1 and i.id = $2 and i.status = 'open' and t.status = 'active'`,
    [tenantId, invitationId],
  );
  if (!rows[0]) return;
  const { origin, ...head } = letterhead.parse(rows[0]);
  const token = keyedHash('mail-token', key);
  await query('select private.issue_invitation_token($1, $2, $3)', [tenantId, invitationId, hashOf(token)]);
  const mail = await renderInvitation({ ...head, ...invitationRow.parse(rows[0]), link: `${origin}/invitation#${token}` });
  await sendForClinic(tenantId, query, { mail, key });
}

export const changeJob = z.object({ tenantId: z.uuid(), changeId: z.uuid() });
const changeRow = addressee.extend({ present: z.email() });

/**
 * Sends a notice to a person's present address, then the link that makes the new one theirs; nothing is sent when they have thought
 * better of it by then.
 */
export async function deliverEmailChange({ tenantId, changeId }: z.infer<typeof changeJob>, { key, query }: Attempt): Promise<void> {
  const { rows } = await query(
    `select t.slug, t.name as clinic, s.brand_color, s.logo_hash, c.email as to, u.email as present, p.full_name as name
     from private.email_changes c
     join auth.users u on u.id = c.user_id
     join public.profiles p on p.user_id = c.user_id
     join public.tenants t on t.id = $1
     join public.tenant_settings s on s.tenant_id = t.id
     where c.id = $2 and c.expires_at > now()`,
    [tenantId, changeId],
  );
  if (!rows[0]) return;
  const { origin, ...head } = letterhead.parse(rows[0]);
  const { name, present } = changeRow.parse(rows[0]);
  const notice = await renderEmailChangeNotice({ ...head, to: present, name, link: `${origin}/account` });
  const token = keyedHash('mail-token', key);
  await query('select private.issue_email_change_token($1, $2)', [changeId, hashOf(token)]);
  const mail = await renderEmailChange({ ...head, name, link: `${origin}/confirm-email#${token}` });
  await sendForClinic(tenantId, query, { mail: notice, key: `${key}-notice` }, { mail, key });
}
