import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { AppError } from '@/lib/infra/errors';
import { renderMail } from '@/lib/mail/templates';
import { brandProperties, contrastOnLight, readableShade, textOn } from '@/lib/settings/brand';
import { encodeLogo } from '@/lib/settings/logo';
import { brandSchema, profileSchema, sessionLimitsSchema } from '@/lib/settings/schema';

describe('a colour', () => {
  test.each([
    ['#000000', 21],
    ['#ffffff', 1],
    ['#767676', 4.5],
    ['#777777', 4.4],
  ])('%s has a contrast of %s to white', (color, contrast) => expect(contrastOnLight(color)).toBe(contrast));
  test('that reads well is left as it is; another becomes the nearest shade that does', () => {
    expect(readableShade('#0b7174', 'light')).toBe('#0b7174');
    for (const color of ['#ffff00', '#ffffff', '#00ff88', '#ff8800', '#000000', '#0000ff']) {
      expect(contrastOnLight(readableShade(color, 'light'))).toBeGreaterThanOrEqual(4.5);
    }
    expect(readableShade('#000000', 'dark')).not.toBe('#000000');
  });
  test('carries the text that reads better', () => expect([textOn('#0b7174'), textOn('#ffee00')]).toEqual(['#ffffff', '#0f1619']));
  test('sets both themes, and nothing where there is none', () => {
    expect(Object.keys(brandProperties('#aa2255'))).toEqual(['--brand-light', '--on-brand-light', '--brand-dark', '--on-brand-dark']);
    expect(brandProperties(null)).toEqual({});
  });
  test.each([
    ['#ffee00', /contrast to white is 1\.\d/],
    ['red', /such as #0b7174/],
    ['#0b71', /such as #0b7174/],
    ['#0b7174;}', /such as #0b7174/],
  ])('%s is refused', (color, message) => {
    expect(brandSchema.safeParse({ brand_color: color }).error?.issues.map((issue) => issue.message)).toEqual([
      expect.stringMatching(message),
    ]);
  });
  test('is taken in either case, and an empty one is the standard', () => {
    expect(brandSchema.parse({ brand_color: ' #0B7174 ' })).toEqual({ brand_color: '#0b7174' });
    expect(brandSchema.parse({ brand_color: '' })).toEqual({ brand_color: null });
  });
});

describe('a profile', () => {
  const empty = {
    contact_email: '',
    contact_phone: '',
    website: '',
    address_line1: '',
    address_line2: '',
    city: '',
    region: '',
    postal_code: '',
    country: '',
  };
  const profile = { ...empty, name: 'Alder', time_zone: 'Europe/Berlin', currency: 'eur', locale: 'de' };
  test('needs little', () => expect(profileSchema.parse(profile)).toMatchObject({ name: 'Alder', website: null, country: null }));
  test('completes a website', () =>
    expect(profileSchema.parse({ ...profile, website: 'alder.example' }).website).toBe('https://alder.example'));
  test.each([
    ['name', 'A'],
    ['contact_email', 'nobody'],
    ['contact_phone', '12'],
    ['website', 'javascript:alert(1)'],
    ['website', 'https://no dots'],
    ['country', 'USA'],
    ['time_zone', 'Mars/Olympus'],
    ['currency', 'xxx'],
    ['locale', 'tlh'],
  ])('%s cannot be %s', (field, value) => {
    const { error } = profileSchema.safeParse({ ...profile, [field]: value });
    expect(error?.issues.map((issue) => issue.path[0])).toEqual([field]);
  });
});

test.each([
  [{ session_idle_minutes: '4', session_hours: '12' }, 'At least 5 minutes.'],
  [{ session_idle_minutes: '121', session_hours: '12' }, 'At most 120 minutes.'],
  [{ session_idle_minutes: '15', session_hours: '0' }, 'At least 1 hours.'],
  [{ session_idle_minutes: '15', session_hours: '25' }, 'At most 24 hours.'],
  [{ session_idle_minutes: '7.5', session_hours: '12' }, 'Enter whole minutes.'],
])('session limits %j are refused', (input, message) => {
  expect(sessionLimitsSchema.safeParse(input).error?.issues[0]?.message).toBe(message);
});

describe('a logo', () => {
  const picture = sharp({ create: { width: 900, height: 300, channels: 3, background: '#aa2255' } });
  test.each(['png', 'jpeg', 'webp'] as const)('as %s is encoded anew, small and without what the file told besides', async (format) => {
    const file = await picture
      .clone()
      .withExif({ IFD0: { Copyright: 'a patient’s name' } })
      .toFormat(format)
      .toBuffer();
    expect(file.toString('latin1')).toContain('a patient');
    const logo = await encodeLogo(file);
    expect(await sharp(logo).metadata()).toMatchObject({ format: 'png', width: 320, height: 107 });
    expect(logo.toString('latin1')).not.toContain('a patient');
  });
  test.each([
    ['a vector image', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
    ['a vector image that says it is a PNG', Buffer.from('<?xml version="1.0"?><svg/>')],
    ['a vector image that says it is a WebP', Buffer.from('<!--abcdWEBP--><svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a broken image', Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(200)])],
    ['nothing', Buffer.alloc(0)],
  ])('%s is refused', async (_, file) => {
    await expect(encodeLogo(file)).rejects.toThrow(AppError);
  });
});

test('a mail carries the clinic’s colour and logo', async () => {
  const facts = { to: 'a@b.example', name: 'Ana', clinic: 'Alder', link: 'https://alder.yourcrm.com' };
  const branded = await renderMail('welcome', { ...facts, color: '#aa2255', logo: 'https://alder.yourcrm.com/logo/abc' });
  expect(branded.html).toMatch(/background-color:#aa2255/);
  expect(branded.html).toContain('src="https://alder.yourcrm.com/logo/abc"');
  const plain = await renderMail('welcome', { ...facts, color: null, logo: null });
  expect(plain.html).toMatch(/background-color:#0b7174/);
  expect(plain.html).not.toContain('<img');
});
