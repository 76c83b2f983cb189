import Papa from 'papaparse';

/** What a spreadsheet would take for a formula, full-width signs included (OWASP: CSV Injection). */
const formula = /^'*[=+\-@\t\r\n＝＋－＠]/;

/** Makes a cell plain text for spreadsheets, by a leading apostrophe. */
export function neutralise(cell: string): string {
  return formula.test(cell) ? `'${cell}` : cell;
}

/** Undoes `neutralise`, so that an export can be imported again unchanged. */
export function restore(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}

/**
 * A CSV file (RFC 4180) as a stream, portion by portion. A portion that cannot be read breaks the stream off, so that half a file is
 * never taken for a whole one.
 * @param next answers the next rows, and whether they are the last
 */
export function csvStream(headings: string[], next: () => Promise<{ rows: string[][]; last: boolean }>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let head = `\uFEFF${Papa.unparse([headings])}\r\n`;
  return new ReadableStream({
    async pull(controller) {
      const { rows, last } = await next();
      const lines = rows.length > 0 ? `${Papa.unparse(rows, { quotes: true })}\r\n` : '';
      if (head || lines) controller.enqueue(encoder.encode(head + lines));
      head = '';
      if (last) controller.close();
    },
  });
}
