import { z } from 'zod';
import { dateOrders, fieldNames, requiredFields } from './import-fields';

/** At most so many rows, and about so many characters, are sent at once; so many rows make an import. */
export const rowsPerRequest = 1000;
export const charactersPerRequest = 500_000;
export const maxRows = 200_000;

export const importStartSchema = z.object({
  fileName: z
    .string()
    .trim()
    .min(1)
    .transform((name) => name.slice(-200)),
  fields: z
    .array(z.enum(fieldNames))
    .refine((fields) => new Set(fields).size === fields.length, 'Choose each field for one column only.')
    .refine(
      (fields) => requiredFields.every((field) => fields.includes(field)),
      'Choose the columns of first name, last name and birth date.',
    ),
  dateOrder: z.enum(Object.keys(dateOrders) as (keyof typeof dateOrders)[]),
});
export type ImportStart = z.infer<typeof importStartSchema>;

/** A cell as it is stored: no longer than any field allows by far, and without what PostgreSQL cannot keep. */
export function plainCell(text: string): string {
  return text.replaceAll('\0', '').slice(0, 5000).toWellFormed();
}

export const importRowsSchema = z.object({
  importId: z.uuid(),
  rows: z
    .array(
      z.tuple([
        z.number().int().positive(),
        z.array(z.string().transform(plainCell)).max(fieldNames.length),
        z.string().max(200).nullable(),
      ]),
    )
    .max(rowsPerRequest),
});
export type ImportRows = z.infer<typeof importRowsSchema>;

export const importIdSchema = z.object({ importId: z.uuid() });
export const importDecisionSchema = importIdSchema.extend({ accept: z.boolean() });
export const importProblemsSchema = importIdSchema.extend({ after: z.number().int().min(0) });

/** A refused line: its number in the file, what is wrong, and the cells of the mapped columns. */
export const importProblem = z.object({ line: z.number(), problem: z.string(), cells: z.array(z.string()) });
export type ImportProblem = z.infer<typeof importProblem>;
