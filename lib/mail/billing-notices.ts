import type { Mail } from '@/lib/infra/mail';
import { brandedMail, type Content, type MailFacts } from './templates';

/** What a notice is about: the clinic, and where it matters a date as it is written there, a plan's name, and how much of a limit is used. */
type NoticeFacts = MailFacts & { date: string; plan: string; usage: string };

const notices = {
  trial_ending: ({ clinic, date }: NoticeFacts): Content => ({
    subject: `The trial of ${clinic} ends on ${date}`,
    title: 'Your trial ends soon',
    lines: [
      `The free trial of ${clinic} ends on ${date}. Choose a plan before then, and everything goes on as it is; the Free plan is one of them.`,
      'Nothing is charged unless you choose a plan, and nothing is deleted if you do not.',
    ],
    action: 'Choose a plan',
  }),
  trial_converting: ({ clinic, date, plan }: NoticeFacts): Content => ({
    subject: `${clinic} changes to the ${plan} plan on ${date}`,
    title: `Your ${plan} plan begins soon`,
    lines: [
      `The free trial of ${clinic} ends on ${date}. The ${plan} plan that you chose begins then, and its first payment is collected.`,
      'You can change your mind until then.',
    ],
    action: 'Look at your plan',
  }),
  trial_over: ({ clinic, date }: NoticeFacts): Content => ({
    subject: `The trial of ${clinic} has ended`,
    title: 'Your trial has ended',
    lines: [
      `The free trial of ${clinic} has ended, and no plan was chosen. You can go on working until ${date}; then the clinic is put on hold.`,
      'Choosing a plan takes a minute. Nothing is deleted.',
    ],
    action: 'Choose a plan',
  }),
  trial_expired: ({ clinic }: NoticeFacts): Content => ({
    subject: `${clinic} is on hold`,
    title: 'Your clinic is on hold',
    lines: [
      `The trial of ${clinic} has ended and no plan was chosen, so nobody can work there now. Nothing has been deleted.`,
      'Choosing a plan opens it at once. You can also export your data.',
    ],
    action: 'Choose a plan',
  }),
  plan_begun: ({ clinic, plan }: NoticeFacts): Content => ({
    subject: `${clinic} is on the ${plan} plan`,
    title: `Your ${plan} plan has begun`,
    lines: [`${clinic} is on the ${plan} plan now. The page of your plan has your invoices, and lets you change or cancel it at any time.`],
    action: 'Look at your plan',
  }),
  plan_changed: ({ clinic, plan }: NoticeFacts): Content => ({
    subject: `${clinic} is on the ${plan} plan`,
    title: 'Your plan has changed',
    lines: [`${clinic} is on the ${plan} plan now, with its limits and features.`],
    action: 'Look at your plan',
  }),
  plan_ended: ({ clinic }: NoticeFacts): Content => ({
    subject: `${clinic} is on the Free plan`,
    title: 'Your plan has ended',
    lines: [`The plan of ${clinic} has ended, and it goes on with the Free plan. Nothing has been deleted, and nothing more is charged.`],
    action: 'Look at your plan',
  }),
  plan_ended_on_hold: ({ clinic }: NoticeFacts): Content => ({
    subject: `${clinic} is on hold`,
    title: 'Your plan has ended',
    lines: [
      `The plan of ${clinic} has ended, and the clinic has more than the Free plan holds. Nobody can work there now; nothing has been deleted.`,
      'Choosing a plan opens it at once. You can also export your data.',
    ],
    action: 'Choose a plan',
  }),
  payment_failed: ({ clinic, date, plan }: NoticeFacts): Content => ({
    subject: `A payment for ${clinic} did not go through`,
    title: 'A payment did not go through',
    lines: [
      `The payment for the ${plan} plan of ${clinic} was refused by your bank. It is tried again by itself; you can also pay now or use another card.`,
      `Everything works as before until ${date}. If nothing is paid by then, the clinic is put on hold.`,
    ],
    action: 'Pay now',
  }),
  unpaid: ({ clinic }: NoticeFacts): Content => ({
    subject: `${clinic} is on hold`,
    title: 'Your clinic is on hold',
    lines: [
      `An invoice of ${clinic} has been open for fourteen days, so nobody can work there now. Nothing has been deleted.`,
      'Paying it opens the clinic within a minute. You can also export your data.',
    ],
    action: 'Pay now',
  }),
  payment_recovered: ({ clinic }: NoticeFacts): Content => ({
    subject: `${clinic} is paid for`,
    title: 'Thank you, everything is paid',
    lines: [`The open payment of ${clinic} has arrived, and everything works as usual.`],
    action: 'Look at your plan',
  }),
  limit_near: ({ clinic, usage }: NoticeFacts): Content => ({
    subject: `${clinic} uses ${usage}`,
    title: 'A limit of your plan is near',
    lines: [`${clinic} uses ${usage} that its plan allows. A larger plan has more room; nothing changes by itself.`],
    action: 'See your usage',
  }),
  limit_reached: ({ clinic, usage }: NoticeFacts): Content => ({
    subject: `${clinic} has reached a limit of its plan`,
    title: 'A limit of your plan is reached',
    lines: [
      `${clinic} uses ${usage} that its plan allows. Nothing is lost, and all that is there can be worked with; more cannot be added until there is room or the plan is larger.`,
    ],
    action: 'See your usage',
  }),
} as const;

export type BillingNotice = keyof typeof notices;
export const billingNotices = Object.keys(notices) as BillingNotice[];

/** Renders what those who run the account are told about its plan. */
export async function renderBillingNotice(notice: BillingNotice, facts: NoticeFacts): Promise<Mail> {
  return brandedMail(facts, facts.name, notices[notice](facts));
}
