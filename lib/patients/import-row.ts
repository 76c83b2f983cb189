import { countries } from '@/lib/fields/countries';
import { restore } from '@/lib/infra/csv';
import { type DateOrder, type ImportField, importFields } from './import-fields';
import { type PatientInput, patientSchema } from './schema';

const sexWords: Record<string, PatientInput['sex']> = {
  f: 'female',
  female: 'female',
  w: 'female',
  m: 'male',
  male: 'male',
  o: 'other',
  other: 'other',
  x: 'other',
  '': 'unknown',
  u: 'unknown',
  unknown: 'unknown',
};
const truths: Record<string, boolean> = { '': false, 0: false, no: false, n: false, false: false, 1: true, yes: true, y: true, true: true };

const regionNames = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
const countryCodes = new Map([...countries].map((code) => [regionNames.of(code)?.toLowerCase(), code]));
countryCodes.set('usa', 'US').set('united states of america', 'US').set('uk', 'GB');

/** An ISO date of a date as it was written; what is none stays, for the schema to refuse. */
function isoDate(text: string, order: DateOrder): string {
  const year = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$/.exec(text);
  const day = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ].*)?$/.exec(text);
  const parts = year
    ? [year[1], year[2], year[3]]
    : day && order !== 'ymd'
      ? [day[3], ...(order === 'mdy' ? [day[1], day[2]] : [day[2], day[1]])]
      : null;
  return parts ? parts.map((part) => part?.padStart(2, '0')).join('-') : text;
}

/** A cell as the schema of a patient expects it. */
function readCell(field: ImportField, cell: string, order: DateOrder): unknown {
  const text = restore(cell).trim();
  const word = text.toLowerCase();
  if (field === 'birth_date') return isoDate(text, order);
  if (field === 'sex') return sexWords[word] ?? text;
  if (field === 'country') return countryCodes.get(word) ?? text;
  if (field.startsWith('consent_')) return truths[word] ?? text;
  return text;
}

/** What a row of a file says about a patient: the fields it brings, or what is wrong, in one line that names each field and rule. */
export type ImportRow = { patient: Partial<PatientInput> } | { problem: string };

/**
 * Reads a row by the same rules as the patient form.
 * @param fields the field of each cell
 */
export function readImportRow(fields: ImportField[], order: DateOrder, cells: string[]): ImportRow {
  const values = Object.fromEntries(fields.map((field, index) => [field, readCell(field, cells[index] ?? '', order)]));
  const parsed = patientSchema.safeParse({ sex: 'unknown', ...values });
  if (!parsed.success) {
    const problems = new Map<ImportField, string>();
    for (const { path, message } of parsed.error.issues) {
      const field = path[0] as ImportField;
      if (!problems.has(field)) problems.set(field, field.startsWith('consent_') ? 'Write yes or no.' : message);
    }
    return { problem: [...problems].map(([field, message]) => `${importFields[field].label}: ${message}`).join(' ') };
  }
  return { patient: Object.fromEntries(fields.map((field) => [field, parsed.data[field]])) };
}
