import { wordsOf } from '@/lib/audit/labels';

/** Where an act gets the name by which the log knows that it was refused. */
const naming =
  /(?:\w+Action\(\s*|(?:clinic|clinicHost|billing)Route\(\s*|defineRoute\(\{[^}]*?\bname:\s*|missingRecord\(\s*|recordRefusal\(\s*|answerError\(\s*)'([^']+)'/g;

/** The acts named in source files that have no words of their own, each with the remedy. */
export function wordlessAttempts(sources: { file: string; text: string }[]): string[] {
  return sources.flatMap(({ file, text }) =>
    [...text.matchAll(naming)]
      .map(([, name = '']) => name)
      .filter((name) => wordsOf(name) === undefined)
      .map((name) => `${file}: '${name}' has no words in the log: add them in its domain’s words/en.json`),
  );
}
