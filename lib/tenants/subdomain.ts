/**
 * Proposes a subdomain from a clinic's name: Latin letters without accents, digits and single hyphens, at most 40 long.
 * Empty when the name has nothing to make one of (a name in Cyrillic, say); the person then chooses one.
 */
export function proposeSubdomain(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/ß/g, 'ss')
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return words.length >= 3 && !words.startsWith('xn--') ? words : '';
}

/** Why a subdomain cannot be had, as a sentence; undefined when it is free. */
export function subdomainProblem(status: SubdomainStatus): string | undefined {
  return {
    available: undefined,
    malformed: 'Use 3 to 63 letters, digits or hyphens; start and end with a letter or digit.',
    reserved: 'This name is reserved. Please choose another.',
    taken: 'Another clinic has this name. Please choose another.',
  }[status];
}

export const subdomainStatuses = ['available', 'malformed', 'reserved', 'taken'] as const;
export type SubdomainStatus = (typeof subdomainStatuses)[number];
