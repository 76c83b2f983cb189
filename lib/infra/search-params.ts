/** The parameters of an address as a page gets them. */
export type SearchParams = Record<string, string | string[] | undefined>;

/** An address with parameters; what is null, false or empty is left out. */
export function writeAddress(path: string, parameters: Record<string, string | number | boolean | null | undefined>): string {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) written.set(name, String(value));
  return written.size > 0 ? `${path}?${written}` : path;
}
