import { Body, Button, Container, Head, Heading, Html, Img, Preview, render, Text } from 'react-email';
import type { Mail } from '@/lib/infra/mail';
import { readableShade, textOn } from '@/lib/settings/brand';

/** Whom a mail is about and where its one link leads. */
export type MailFacts = { to: string; name: string; clinic: string; color: string | null; logo: string | null; link: string };

type Content = { subject: string; title: string; lines: string[]; action: string };

const contents = {
  welcome: ({ clinic, link }: MailFacts): Content => ({
    subject: `${clinic} is ready`,
    title: `${clinic} is ready`,
    lines: [
      `Your clinic works at its own address now: ${link}. Keep it, or bookmark it; this is where you and your colleagues sign in.`,
      'Everything of the Professional plan is free for fourteen days, and nothing is charged unless you choose a plan.',
    ],
    action: 'Open your clinic',
  }),
  verify_email: ({ clinic }: MailFacts): Content => ({
    subject: 'Please confirm your e-mail address',
    title: 'Please confirm your address',
    lines: [
      `You gave this address when you signed up ${clinic}. Confirming it takes one click; the link works for seven days.`,
      'If this was not you, ignore this mail.',
    ],
    action: 'Confirm address',
  }),
  reset_password: ({ clinic }: MailFacts): Content => ({
    subject: 'Choose a new password',
    title: 'Choose a new password',
    lines: [
      `Somebody asked to reset your password at ${clinic}. The link works once, for one hour.`,
      'If this was not you, ignore this mail; your password stays as it is.',
    ],
    action: 'Choose a password',
  }),
} as const;

export type MailTemplate = keyof typeof contents;
export const mailTemplates = Object.keys(contents) as MailTemplate[];

const sans = 'Inter, ui-sans-serif, system-ui, Arial, sans-serif';

function Letter({ content, facts }: { content: Content; facts: MailFacts }) {
  const color = readableShade(facts.color ?? '#0b7174', 'light');
  return (
    <Html lang="en">
      <Head />
      <Preview>{content.lines[0] ?? content.title}</Preview>
      <Body style={{ backgroundColor: '#f4f8f8', fontFamily: sans, margin: 0, padding: '32px 12px' }}>
        <Container style={{ backgroundColor: '#ffffff', borderRadius: 12, maxWidth: 520, padding: 32 }}>
          {facts.logo && <Img src={facts.logo} alt={facts.clinic} height={40} style={{ marginBottom: 24 }} />}
          <Heading as="h1" style={{ color: '#17262b', fontSize: 22, margin: '0 0 16px' }}>
            {content.title}
          </Heading>
          <Text style={{ color: '#33464c', fontSize: 15, lineHeight: '24px' }}>Dear {facts.name},</Text>
          {content.lines.map((line) => (
            <Text key={line} style={{ color: '#33464c', fontSize: 15, lineHeight: '24px' }}>
              {line}
            </Text>
          ))}
          <Button
            href={facts.link}
            style={{ backgroundColor: color, borderRadius: 8, color: textOn(color), fontSize: 15, fontWeight: 600, padding: '12px 20px' }}
          >
            {content.action}
          </Button>
        </Container>
      </Body>
    </Html>
  );
}

/** Renders a mail as HTML and as plain text. */
export async function renderMail(template: MailTemplate, facts: MailFacts): Promise<Mail> {
  const content = contents[template](facts);
  const letter = <Letter content={content} facts={facts} />;
  return { to: facts.to, subject: content.subject, html: await render(letter), text: await render(letter, { plainText: true }) };
}
