const given = {
  female: [
    'Amelia',
    'Beatriz',
    'Chloé',
    'Dorothy',
    'Elena',
    'Fatima',
    'Grace',
    'Hannah',
    'Ingrid',
    'Jasmine',
    'Keiko',
    'Leila',
    'Mei',
    'Nora',
    'Olivia',
    'Priya',
    'Rosa',
    'Sofía',
    'Teresa',
    'Zoë',
  ],
  male: [
    'Aaron',
    'Björn',
    'Carlos',
    'Dmitri',
    'Ethan',
    'Farid',
    'George',
    'Hiroshi',
    'Isaac',
    'José',
    'Kwame',
    'Liam',
    'Marcus',
    'Noah',
    'Omar',
    'Pavel',
    'Quentin',
    'Rafael',
    'Samuel',
    'Tobias',
  ],
};
const family = [
  'Abbott',
  'Alvarez',
  'Bennett',
  'Brooks',
  'Castillo',
  'Chen',
  'Davies',
  'Delgado',
  'Edwards',
  'Fischer',
  'Fitzgerald',
  'García',
  'Grant',
  'Haddad',
  'Hoffmann',
  'Ibrahim',
  'Jensen',
  'Johnson',
  'Kapoor',
  'Kim',
  'Kowalski',
  'Lambert',
  'Larsen',
  'López',
  'Martin',
  'Meyer',
  'Müller',
  'Nakamura',
  'Nguyen',
  'O’Brien',
  'Okafor',
  'Patel',
  'Pereira',
  'Quinn',
  'Rossi',
  'Sanders',
  'Schmidt',
  'Silva',
  'Smith-Jones',
  'Tanaka',
  'Thompson',
  'Usman',
  'Vargas',
  'Walker',
  'Weber',
  'Williams',
  'Yamamoto',
  'Young',
  'Zhang',
  'Zimmermann',
];
const streets = ['Maple Street', 'River Road', 'Church Lane', 'Oak Avenue', 'Mill Street', 'Harbor View', 'Elm Court', 'Station Road'];
const towns = [
  ['Somerville', '02143'],
  ['Cambridge', '02139'],
  ['Medford', '02155'],
  ['Arlington', '02474'],
  ['Brookline', '02445'],
  ['Quincy', '02169'],
] as const;
const remarks = [
  'Prefers appointments in the morning.',
  'Uses a wheelchair; please book room 1.',
  'Speaks Spanish at home.',
  'Call before sending letters.',
];

/** The nth element, round and round. */
function pick<T>(list: readonly T[], n: number): T {
  return list[n % list.length] as T;
}

/** Invented patients of a demo clinic, the same at every call; numbers and addresses are of ranges kept for examples. */
export function demoPatients(count: number) {
  return Array.from({ length: count }, (_, n) => {
    const sex = n % 2 === 0 ? 'female' : 'male';
    const [city, postalCode] = pick(towns, n * 5 + 1);
    const given_name = pick(given[sex], Math.floor(n / 2) * 7);
    const family_name = pick(family, n * 11 + Math.floor(n / family.length));
    const born = new Date(Date.UTC(1938 + ((n * 13) % 86), (n * 5) % 12, 1 + ((n * 7) % 28)));
    const ascii = `${given_name}.${family_name}`
      .normalize('NFD')
      .replace(/[^a-zA-Z.]/g, '')
      .toLowerCase();
    return {
      given_name,
      family_name,
      birth_date: born.toISOString().slice(0, 10),
      sex,
      mobile_phone: `+1 617 555 ${String(100 + n).padStart(4, '0')}`,
      email: n % 5 === 4 ? null : `${ascii}@example.com`,
      address_line1: `${((n * 17) % 180) + 1} ${pick(streets, n * 3)}`,
      city,
      region: 'MA',
      postal_code: postalCode,
      country: 'US',
      external_id: `R-${String(1000 + n)}`,
      remarks: n % 9 === 0 ? pick(remarks, n / 9) : null,
      consent_email: n % 3 !== 0,
      consent_sms: n % 4 === 0,
      consent_phone: n % 2 === 0,
    };
  });
}
