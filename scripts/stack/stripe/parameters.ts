import { z } from 'zod';

type Nested = { [key: string]: string | Nested };

/** Reads `items[0][price]=x` as the API does: brackets nest, and numbers in them count. */
export function readForm(text: string): unknown {
  const nested: Nested = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) {
    const path = [...name.matchAll(/[^[\]]+|\[\]/g)].map(([part]) => part);
    let place = nested;
    path.forEach((part, n) => {
      const key = part === '[]' ? String(Object.keys(place).length) : part;
      const known = place[key];
      if (n === path.length - 1) {
        place[key] = value;
        return;
      }
      const inner: Nested = typeof known === 'object' ? known : Object.create(null);
      place[key] = inner;
      place = inner;
    });
  }
  return listed(nested);
}

function listed(value: string | Nested): unknown {
  if (typeof value === 'string') return value;
  const keys = Object.keys(value);
  if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key))) return keys.map((key) => listed(value[key] ?? ''));
  return Object.fromEntries(keys.map((key) => [key, listed(value[key] ?? '')]));
}

/** What forms can carry. */
export const text = z.string().min(1).max(5000);
/** Text that an empty string takes away. */
export const clearable = z.string().max(5000);
export const integer = z
  .string()
  .regex(/^-?\d+$/, 'not an integer')
  .transform(Number);
export const decimal = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/, 'not a number')
  .transform(Number);
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
/** An empty string takes all of it away. */
export const metadata = z.union([z.literal(''), z.record(z.string().max(40), z.string().max(500))]);
export const expand = { expand: z.array(z.string()).optional() };

export const address = z.strictObject({
  city: clearable.optional(),
  country: clearable.optional(),
  line1: clearable.optional(),
  line2: clearable.optional(),
  postal_code: clearable.optional(),
  state: clearable.optional(),
});

/** A point in time, or a stretch of it, as lists are filtered by. */
export const range = z.union([integer, z.strictObject({ gt: integer, gte: integer, lt: integer, lte: integer }).partial()]);

/** What every list takes. https://docs.stripe.com/api/pagination */
export const page = {
  limit: integer.pipe(z.number().min(1).max(100)).optional(),
  starting_after: z.string().optional(),
  ending_before: z.string().optional(),
  ...expand,
};

/** Metadata after an update: named keys are set, empty ones go. */
export const merged = (old: Record<string, string> | null, more: Record<string, string> | '' | undefined): Record<string, string> =>
  more === '' ? {} : Object.fromEntries(Object.entries({ ...old, ...more }).filter(([, value]) => value !== ''));
