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
