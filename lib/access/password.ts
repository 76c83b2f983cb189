export const minimumPasswordLength = 12;
/** bcrypt reads 72 bytes and ignores the rest, so a longer password would be a promise not kept. */
export const maximumPasswordBytes = 72;

/** 0 (refused) to 4 (very strong). */
export type PasswordStrength = 0 | 1 | 2 | 3 | 4;

/**
 * Rates a password by its length and how much of it is not repetition or a run such as "abcd" or "1234".
 * A hint for the person who types; what is refused is decided by `passwordProblem` and the bundled list.
 */
export function passwordStrength(password: string): PasswordStrength {
  if (passwordProblem(password)) return 0;
  const characters = [...password];
  const fresh = characters.filter((character, index) => {
    const step = index === 0 ? 2 : Math.abs((character.codePointAt(0) ?? 0) - (characters[index - 1]?.codePointAt(0) ?? 0));
    return step > 1;
  }).length;
  const worth = Math.min(fresh, new Set(characters).size * 2);
  if (worth >= 20) return 4;
  if (worth >= 15) return 3;
  return worth >= 10 ? 2 : 1;
}

/** What is wrong with a password by its length alone, or undefined. */
export function passwordProblem(password: string): string | undefined {
  if ([...password].length < minimumPasswordLength) return `Use at least ${minimumPasswordLength} characters.`;
  if (new TextEncoder().encode(password).length > maximumPasswordBytes) return `Use at most ${maximumPasswordBytes} bytes.`;
  return undefined;
}
