import { wordsFor } from '@/lib/words/find';

const capitalise = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The words that were written for an entry's action; a check asks for them wherever an action is made. */
export function wordsOf(action: string): string | undefined {
  const [table = '', operation = ''] = action.split('.');
  const thing = wordsFor('things', table);
  return (
    wordsFor('acts', action) ?? wordsFor('attempts', action) ?? (thing && wordsFor('changes', operation)?.replace('{thing}', () => thing))
  );
}

/** What an entry's action says to a person; one of an earlier version may have no words any more. */
export function actionLabel(action: string): string {
  return wordsOf(action) ?? capitalise(action.replace(/[._-]+/g, ' '));
}

/** Why an act was refused, in words. */
export function reasonLabel(reason: string): string {
  return wordsFor('reasons', reason) ?? `needs ${reason}`;
}
