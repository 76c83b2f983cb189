import { createTransport } from 'nodemailer';
import { boundedFetch } from './bounded-fetch';
import { env } from './env';

export type Mail = { to: string; subject: string; html: string; text: string };

async function sendByResend(mail: Mail, key: string): Promise<void> {
  const { RESEND_API_URL, RESEND_API_KEY, MAIL_FROM } = env();
  const response = await boundedFetch(`${RESEND_API_URL}/emails`, {
    method: 'POST',
    headers: { authorization: `Bearer ${RESEND_API_KEY}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ from: MAIL_FROM, to: [mail.to], subject: mail.subject, html: mail.html, text: mail.text }),
  });
  if (!response.ok) throw new Error(`the mail provider answered ${response.status}`);
}

async function sendBySmtp(mail: Mail, key: string): Promise<void> {
  const { SMTP_URL, MAIL_FROM, APP_URL } = env();
  const transport = createTransport(SMTP_URL);
  await transport.sendMail({ from: MAIL_FROM, ...mail, messageId: `<${key}@${new URL(APP_URL).hostname}>` });
}

/**
 * Sends a mail by SMTP or Resend, as the environment says.
 * @param key the same for every attempt at the same mail, so that a repeated attempt is recognised as one
 * @throws {Error} when the provider does not take it; the job is tried again
 */
export async function sendMail(mail: Mail, key: string): Promise<void> {
  await (env().SMTP_URL ? sendBySmtp(mail, key) : sendByResend(mail, key));
}
