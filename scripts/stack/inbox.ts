import { randomUUID } from 'node:crypto';
import { createEmulator, defineEmulator, filePersistence } from 'emulate';
import { html } from 'hono/html';
import { z } from 'zod';
import { inboxFile, type StackConfig } from './config';
import { page } from './html';

const mailSchema = z.object({
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  html: z.string(),
  text: z.string(),
});
type StoredMail = z.infer<typeof mailSchema> & { id: string; key: string | null; created_at: string };

/** Older mails give way, since the whole inbox is written to disk with each new one. */
const kept = 200;

/** The part of Resend's API that the product calls, delivering to a page instead of the world; kept across restarts. */
const inbox = defineEmulator({
  name: 'inbox',
  stateVersion: 1,
  state: () => ({ mails: [] as StoredMail[] }),
  setup({ app, state }) {
    app.post('/emails', async (c) => {
      const parsed = mailSchema.safeParse(await c.req.json().catch(() => null));
      if (!parsed.success) return c.json({ statusCode: 422, name: 'validation_error', message: z.prettifyError(parsed.error) }, 422);
      const key = c.req.header('idempotency-key') ?? null;
      const earlier = state.mails.find((mail) => key !== null && mail.key === key);
      if (earlier) return c.json({ id: earlier.id });
      const mail = { ...parsed.data, id: randomUUID(), key, created_at: new Date().toISOString() };
      state.mails = [mail, ...state.mails].slice(0, kept);
      return c.json({ id: mail.id });
    });
    app.get('/emails', (c) => c.json({ object: 'list', data: state.mails }));
    app.get('/inbox', async (c) =>
      c.html(
        await page(
          'Inbox',
          html`<h1>Inbox</h1>${
            state.mails.length === 0
              ? html`<p>No mail yet. Whatever the product sends arrives here.</p>`
              : html`<ul>${state.mails.map(
                  (mail) =>
                    html`<li><a href="/inbox/${mail.id}">${mail.subject}</a><br><small>to ${mail.to.join(', ')}, ${mail.created_at}</small></li>`,
                )}</ul>`
          }`,
        ),
      ),
    );
    app.get('/inbox/:id', async (c) => {
      const mail = state.mails.find(({ id }) => id === c.req.param('id'));
      if (!mail) return c.html(await page('No such mail', html`<p>There is no such mail. <a href="/inbox">Inbox</a></p>`), 404);
      const sandbox = 'allow-popups allow-popups-to-escape-sandbox';
      return c.html(
        await page(
          mail.subject,
          html`<p><a href="/inbox">Inbox</a></p><h1>${mail.subject}</h1>
            <p><small>from ${mail.from} to ${mail.to.join(', ')}, ${mail.created_at}</small></p>
            <iframe title="Message" sandbox="${sandbox}" srcdoc="${`<base target="_blank">${mail.html}`}"></iframe>`,
        ),
      );
    });
  },
});

/** Serves a mail provider that delivers to a page: `/inbox`. */
export function startInbox(config: StackConfig): Promise<{ close: () => Promise<void> }> {
  return createEmulator({
    service: inbox,
    port: config.ports.inbox,
    inspector: false,
    persistence: filePersistence(inboxFile(config)),
  });
}
