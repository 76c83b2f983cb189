export const sexLabels = { female: 'Female', male: 'Male', other: 'Other', unknown: 'Unknown' } as const;
