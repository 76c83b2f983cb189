/** The documents a clinic accepts at sign-up, with the version that is in force; acceptance is kept per version. */
export const agreements = { terms: '2026-11-01', privacy: '2026-11-01', baa: '2026-11-01' } as const;
