import { createChunks, stringToBase64URL } from '@supabase/ssr';
import { describe, expect, test } from 'vitest';
import { heldSession, sessionCookie } from '@/lib/infra/supabase';

const plain = 'http://localhost:3000';
const secure = 'https://yourcrm.test';
const inAnHour = Math.floor(Date.now() / 1000) + 3600;
const written = (session: unknown) => `base64-${stringToBase64URL(JSON.stringify(session))}`;
const held = (cookies: Record<string, string>, appUrl = plain) => heldSession(appUrl, (name) => cookies[name]);

describe('the session in a cookie', () => {
  const session = { access_token: 'a.b.c', refresh_token: 'r', expires_at: inAnHour, user: { email: 'zoë@clinic.test' } };

  test('is read whole or in pieces, under the name that the scheme asks for', async () => {
    expect(await held({ session: written(session) })).toMatchObject({ accessToken: 'a.b.c' });
    const long = written({ ...session, user: { about: 'x'.repeat(8_000) } });
    for (const appUrl of [plain, secure]) {
      const { name } = sessionCookie(appUrl);
      const pieces = createChunks(name, long);
      expect(pieces.length).toBeGreaterThan(2);
      const cookies = Object.fromEntries(pieces.map((piece) => [piece.name, piece.value]));
      const found = await held(cookies, appUrl);
      expect(found?.accessToken).toBe('a.b.c');
      expect(found?.secondsLeft).toBeGreaterThan(3590);
      // A neighbour's cookie without the prefix is none on https.
      expect(await held(cookies, appUrl === plain ? secure : plain)).toBeNull();
      // Half of one is none.
      expect(await held({ [pieces[0]?.name ?? '']: pieces[0]?.value ?? '' }, appUrl)).toBeNull();
    }
  });

  test('that has run out says so', async () => {
    expect((await held({ session: written({ ...session, expires_at: inAnHour - 7200 }) }))?.secondsLeft).toBeLessThan(-3590);
  });

  test.each([
    ['nothing', {}],
    ['an empty one', { session: '' }],
    ['words', { session: 'hello' }],
    ['words that look like one', { session: 'base64-hello' }],
    ['no JSON', { session: `base64-${stringToBase64URL('{')}` }],
    ['null', { session: written(null) }],
    ['a session without a token', { session: written({ expires_at: inAnHour }) }],
    ['a session that lasts for ever', { session: written({ access_token: 'a.b.c' }) }],
    ['numbers for words', { session: written({ access_token: 1, expires_at: 'soon' }) }],
  ])('of %s is none', async (_what, cookies) => {
    expect(await held(cookies)).toBeNull();
  });
});
