import type { ReactElement, ReactNode } from 'react';
import { Body, Button, Container, Head, Heading, Html, Img, Link, Preview, render, Text } from 'react-email';
import type { Mail } from '@/lib/infra/mail';
import { readableShade, textOn } from '@/lib/settings/brand';

/** Whom a mail is about and where its one link leads. */
export type MailFacts = { to: string; name: string; clinic: string; color: string | null; logo: string | null; link: string };

/** What one mail says. */
export type Content = { subject: string; title: string; lines: string[]; action: string };

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
  ownership_offer: ({ clinic }: MailFacts): Content => ({
    subject: `${clinic} is offered to you`,
    title: `Become the owner of ${clinic}`,
    lines: [
      `The owner of ${clinic} offers to hand the clinic over to you. If you accept, you run its plan, its people and its data.`,
      'The offer holds for seven days. If you do not want it, decline it on the same page.',
    ],
    action: 'Look at the offer',
  }),
  security_alert: ({ clinic }: MailFacts): Content => ({
    subject: `A security alert at ${clinic}`,
    title: 'Something needs a look',
    lines: [
      `At ${clinic} something was noticed that could be an attack, or a colleague on a busy day. The page below says what, who, and what was done by itself.`,
      'Close the alert with a note when you know what it was.',
    ],
    action: 'Look at the alert',
  }),
  sign_in_warning: ({ clinic }: MailFacts): Content => ({
    subject: `Somebody tries to sign in as you at ${clinic}`,
    title: 'Was this you?',
    lines: [
      `Sign-ins to your account at ${clinic} have failed several times. If this was you, there is nothing to do.`,
      'If it was not, look at where you are signed in, and choose a new password. Set up an authenticator app if you have none.',
    ],
    action: 'Look at your account',
  }),
  new_place_warning: ({ clinic }: MailFacts): Content => ({
    subject: `Your account at ${clinic} was signed in to from a new place`,
    title: 'Was this you?',
    lines: [
      `After several sign-ins to your account at ${clinic} had failed, one succeeded, from a place that your account was never used from before.`,
      'If it was not you, end that session and choose a new password now. The page below does both.',
    ],
    action: 'Look at your account',
  }),
  recovery_codes_replaced: ({ clinic }: MailFacts): Content => ({
    subject: 'Your recovery codes were replaced',
    title: 'Your recovery codes were replaced',
    lines: [
      `New recovery codes were made for your account at ${clinic}, and the earlier ones work no longer.`,
      'If this was not you, choose a new password and make new codes at once.',
    ],
    action: 'Look at your account',
  }),
  second_factor_added: ({ clinic }: MailFacts): Content => ({
    subject: 'A second factor was added to your account',
    title: 'A second factor was added',
    lines: [
      `Signing in to ${clinic}, and to every other clinic of yours, asks for a code of your authenticator app from now on.`,
      'If this was not you, choose a new password at once and answer this mail.',
    ],
    action: 'Look at your account',
  }),
  second_factor_removed: ({ clinic }: MailFacts): Content => ({
    subject: 'The second factor was removed from your account',
    title: 'The second factor was removed',
    lines: [
      `Signing in to ${clinic} asks for your password alone from now on, unless your clinic requires a second factor: then it has you set one up.`,
      'If this was not you, choose a new password and set the authenticator app up again at once.',
    ],
    action: 'Look at your account',
  }),
  recovery_code_used: ({ clinic }: MailFacts): Content => ({
    subject: 'A recovery code was used for your account',
    title: 'A recovery code was used',
    lines: [
      `At ${clinic} one of your recovery codes was used instead of the authenticator app.`,
      'If this was you, make new recovery codes when few are left. If it was not, choose a new password at once.',
    ],
    action: 'Look at your account',
  }),
} as const;

export type MailTemplate = keyof typeof contents;
export const mailTemplates = Object.keys(contents) as MailTemplate[];

const sans = 'Inter, ui-sans-serif, system-ui, Arial, sans-serif';

const text = { color: '#33464c', fontSize: 15, lineHeight: '24px' };

type LetterProps = { title: string; preview: string; name: string | null; logo?: { source: string; clinic: string }; children: ReactNode };

function Letter({ title, preview, name, logo, children }: LetterProps) {
  return (
    <Html lang="en">
      <Head />
      <Preview>{preview}</Preview>
      <Body style={{ backgroundColor: '#f4f8f8', fontFamily: sans, margin: 0, padding: '32px 12px' }}>
        <Container style={{ backgroundColor: '#ffffff', borderRadius: 12, maxWidth: 520, padding: 32 }}>
          {logo && <Img src={logo.source} alt={logo.clinic} height={40} style={{ marginBottom: 24 }} />}
          <Heading as="h1" style={{ color: '#17262b', fontSize: 22, margin: '0 0 16px' }}>
            {title}
          </Heading>
          <Text style={text}>{name ? `Dear ${name},` : 'Hello,'}</Text>
          {children}
        </Container>
      </Body>
    </Html>
  );
}

async function mailOf(to: string, subject: string, letter: ReactElement): Promise<Mail> {
  return { to, subject, html: await render(letter), text: await render(letter, { plainText: true }) };
}

type Branded = Pick<MailFacts, 'to' | 'clinic' | 'color' | 'logo' | 'link'>;

/** Renders a mail in the clinic's colour and with its logo. */
export function brandedMail({ to, clinic, color, logo, link }: Branded, name: string | null, content: Content): Promise<Mail> {
  const shade = readableShade(color ?? '#0b7174', 'light');
  return mailOf(
    to,
    content.subject,
    <Letter
      title={content.title}
      preview={content.lines[0] ?? content.title}
      name={name}
      logo={logo ? { source: logo, clinic } : undefined}
    >
      {content.lines.map((line) => (
        <Text key={line} style={text}>
          {line}
        </Text>
      ))}
      <Button
        href={link}
        style={{ backgroundColor: shade, borderRadius: 8, color: textOn(shade), fontSize: 15, fontWeight: 600, padding: '12px 20px' }}
      >
        {content.action}
      </Button>
    </Letter>,
  );
}

/** Renders a mail as HTML and as plain text, in the clinic's colour and with its logo. */
export async function renderMail(template: MailTemplate, facts: MailFacts): Promise<Mail> {
  return brandedMail(facts, facts.name, contents[template](facts));
}

/** Renders the mail that invites somebody whose name nobody knows yet. */
export async function renderInvitation(facts: Branded & { role: string; inviter: string | null }): Promise<Mail> {
  const { clinic, role, inviter } = facts;
  return brandedMail(facts, null, {
    subject: `You are invited to ${clinic}`,
    title: `Join ${clinic}`,
    lines: [
      `${inviter ?? 'An administrator'} invites you to work at ${clinic}, as ${role}. The link is for this address alone and works for seven days.`,
      'If you do not know the clinic, ignore this mail; nothing happens.',
    ],
    action: 'Accept the invitation',
  });
}

/** Renders the mail that tells a person's present address that another is about to take its place. */
export async function renderEmailChangeNotice(facts: MailFacts): Promise<Mail> {
  return brandedMail(facts, facts.name, {
    subject: 'Your address is about to change',
    title: 'Your address is about to change',
    lines: [
      `Somebody who knows your password asked at ${facts.clinic} to use another e-mail address for your account. A link goes to that address; until it is opened, nothing changes.`,
      'If this was not you, change your password now: that calls it off.',
    ],
    action: 'Go to your account',
  });
}

/** Renders the mail that goes to an address which somebody wants to use from now on. */
export async function renderEmailChange(facts: MailFacts): Promise<Mail> {
  return brandedMail(facts, facts.name, {
    subject: 'Please confirm your new address',
    title: 'Please confirm your new address',
    lines: [
      `You want to use this address for your account at ${facts.clinic}. The link works once, for 24 hours. With it you sign in with this address, at all your clinics, and your other sessions end.`,
      'If this was not you, ignore this mail; nothing changes.',
    ],
    action: 'Confirm address',
  });
}

/** Renders the mail that names a person's clinics. */
export async function renderClinicList(facts: { to: string; name: string; links: { label: string; href: string }[] }): Promise<Mail> {
  return mailOf(
    facts.to,
    'Your clinics',
    <Letter title="Where your clinics are" preview="The addresses at which you sign in." name={facts.name}>
      <Text style={text}>These are the addresses at which you sign in. Keep this mail, or bookmark them.</Text>
      {facts.links.map(({ label, href }) => (
        <Text key={href} style={text}>
          <strong>{label}</strong>
          <br />
          <Link href={href} style={{ color: '#0b7174' }}>
            {href}
          </Link>
        </Text>
      ))}
      <Text style={text}>If you did not ask for this, ignore it; nothing has changed.</Text>
    </Letter>,
  );
}
