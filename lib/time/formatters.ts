const formatters = new Map<string, Intl.DateTimeFormat>();
/** How English writes days and moments in a time zone. Building a formatter costs more than using it a hundred times: each is built once. */
export function formatterOf(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${timeZone} ${JSON.stringify(options)}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en', { ...options, timeZone });
  formatters.set(key, made);
  return made;
}
