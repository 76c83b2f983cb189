import { clampChroma, converter, formatHex, wcagContrast } from 'culori';

const toOklch = converter('oklch');

/** The cards on which the brand colour stands, as globals.css sets them. */
const cards = { light: '#ffffff', dark: '#16201f' } as const;

/** WCAG 2.1, 1.4.3: text that can be read. */
export const leastContrast = 4.5;

/** The contrast of a colour to the light theme's cards, rounded down to one digit. */
export function contrastOnLight(color: string): number {
  return Math.floor(wcagContrast(color, cards.light) * 10) / 10;
}

/** The nearest shade of the same hue that can be read on a card of the theme. */
export function readableShade(color: string, theme: keyof typeof cards): string {
  const base = toOklch(color) ?? { mode: 'oklch' as const, l: 0.5, c: 0, h: 0 };
  const step = theme === 'light' ? -0.01 : 0.01;
  for (let l = base.l; l > 0 && l < 1; l += step) {
    const shade = formatHex(clampChroma({ ...base, l }, 'oklch'));
    if (wcagContrast(shade, cards[theme]) >= leastContrast) return shade;
  }
  return theme === 'light' ? '#000000' : '#ffffff';
}

/** The text colour, near white or near black, that reads better on a colour. */
export function textOn(color: string): string {
  return wcagContrast(color, '#ffffff') >= wcagContrast(color, '#0f1619') ? '#ffffff' : '#0f1619';
}

/** The custom properties of a brand, for both themes; nothing without a colour of the clinic's own. */
export function brandProperties(color: string | null): Record<string, string> {
  if (!color) return {};
  const light = readableShade(color, 'light');
  const dark = readableShade(color, 'dark');
  return { '--brand-light': light, '--on-brand-light': textOn(light), '--brand-dark': dark, '--on-brand-dark': textOn(dark) };
}
