import { catalogues } from './catalogues';

/**
 * What a domain's catalogue, `lib/<domain>/words/en.json`, says in messages of ICU's form, each under the key by which code and log know
 * it. `titles`: the part of the product that a permission's resource is. `things`: a row of a table, with its article. `acts` and
 * `attempts`: what a line of the log tells, done or refused. `changes` and `reasons` are the log's own.
 */
export type Section = 'titles' | 'things' | 'acts' | 'attempts' | 'changes' | 'reasons';

const sections = new Map<string, string>(
  Object.values(catalogues).flatMap((catalogue) =>
    Object.entries(catalogue).flatMap(([section, words]) =>
      Object.entries<string>(words).map(([key, text]): [string, string] => [`${section} ${key}`, text]),
    ),
  ),
);

/** The words under a key, whichever domain has them; undefined for a key that none has. */
export const wordsFor = (section: Section, key: string): string | undefined => sections.get(`${section} ${key}`);
