import { test as base, expect, type Page } from '@playwright/test';
import axe from 'axe-core';
import type pg from 'pg';
import { stack } from '../tests/support/env';
import { createClinic, createPerson, password } from '../tests/support/world';

export { expect };

/** The address of a page at a clinic, at `signup`, or at the root (''). */
export function at(label: string, path = '/'): string {
  const root = new URL(stack.APP_URL);
  return `${root.protocol}//${label ? `${label}.` : ''}${root.host}${path}`;
}

const everyRule = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
/** The rules whose answer depends on colours. */
const rulesOfColours = { type: 'rule' as const, values: ['color-contrast', 'link-in-text-block'] };

/** What axe finds wrong with a page. It is put into the page once and not before each look, which would take ten times as long. */
async function violations(page: Page, runOnly: typeof everyRule | typeof rulesOfColours): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return page.evaluate(async (runOnly) => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'], runOnly });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }, runOnly);
}

/** Every page of a journey: an error in the console, an uncaught exception or a third-party request fails the test. */
export const test = base.extend<{ expectErrors: (pattern: RegExp) => void; accessible: (name: string) => Promise<void> }>({
  expectErrors: [
    async ({ page }, use) => {
      const allowed: RegExp[] = [];
      const problems: string[] = [];
      page.on('console', (message) => message.type() === 'error' && problems.push(`${message.text()} (${message.location().url})`));
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('request', (request) => {
        const { hostname, protocol } = new URL(request.url());
        if (protocol.startsWith('http') && !/(^|\.)localhost$|^127\.0\.0\.1$/.test(hostname)) problems.push(`request to ${request.url()}`);
      });
      await use((pattern) => allowed.push(pattern));
      expect(problems.filter((problem) => !allowed.some((pattern) => pattern.test(problem)))).toEqual([]);
    },
    { auto: true },
  ],
  accessible: async ({ page }, use, info) => {
    await use(async (name) => {
      // It may come after the page.
      await expect(page).toHaveTitle(/./);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        for (const width of [360, 1440]) {
          await page.setViewportSize({ width, height: 900 });
          if (process.env.SCREENS)
            await page.screenshot({ path: `.local/test/screens/${name}-${colorScheme}-${width}.png`, fullPage: true });
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          expect(overflow, `${name} is wider than ${width} px`).toBeLessThanOrEqual(0);
          // The dark theme changes nothing but colours.
          expect(
            await violations(page, colorScheme === 'light' ? everyRule : rulesOfColours),
            `${name} in ${colorScheme} at ${width} px`,
          ).toEqual([]);
        }
      }
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize({ width: 1280, height: 800 });
      info.annotations.push({ type: 'accessible', description: name });
    });
  },
});

type InboxMail = { to: string[]; subject: string; text: string };

/** Waits for the newest mail to an address with a subject, and answers the link in it. */
export async function mailedLink(to: string, subject: RegExp): Promise<string> {
  let link: string | undefined;
  await expect
    .poll(async () => {
      const answer = await fetch(`${stack.RESEND_API_URL}/emails`);
      const { data } = (await answer.json()) as { data: (InboxMail & { created_at: string })[] };
      const mine = data
        .filter((mail) => mail.to.includes(to) && subject.test(mail.subject))
        .sort((a, b) => a.created_at.localeCompare(b.created_at));
      link = /https?:\/\/\S+/.exec(
        mine
          .at(-1)
          ?.text.split('\n')
          .findLast((line) => /https?:\/\//.test(line)) ?? '',
      )?.[0];
      return link;
    })
    .toBeTruthy();
  return link ?? '';
}

export type FreshClinic = { id: string; ownerId: string };

/** A clinic of one file's own, with `owner@<slug>.test`: what happens in it disturbs no other journey. */
export async function freshClinic(sql: pg.Client, slug: string, name: string): Promise<FreshClinic> {
  const owner = await createPerson(stack, `owner@${slug}.test`);
  return { id: await createClinic(sql, slug, name, owner), ownerId: owner.userId };
}

/** Signs in by the form of a clinic. */
export async function signIn(page: Page, clinic: string, email: string, secret = password): Promise<void> {
  await page.goto(at(clinic, '/login'));
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
