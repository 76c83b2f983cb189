import Papa from 'papaparse';
import { plainCell } from '@/lib/patients/import-schema';

/** The beginning of a file: its headings and first rows, and how the file is written. */
export type FilePreview = { headings: string[]; rows: string[][]; encoding: string; delimiter: string };

/** A file that cannot be read, in a sentence for the person who chose it. */
export class UnreadableFile extends Error {}

/** A row of a file: its line, the wanted cells, and what is wrong with its form. */
export type FileRow = [line: number, cells: string[], problem: string | null];

/** The text of a file in pieces, with every kind of line break made one. A character or a break is never cut in two. */
async function* pieces(file: Blob, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: encoding === 'utf-8' });
  const reader = file.stream().getReader();
  let held = '';
  for (;;) {
    const { done, value } = await reader.read();
    const text = held + (done ? decoder.decode() : decoder.decode(value, { stream: true }));
    held = !done && text.endsWith('\r') ? '\r' : '';
    yield text.slice(0, text.length - held.length).replace(/\r\n?/g, '\n');
    if (done) return;
  }
}

/** How the text is encoded, by all of it: the first accent may stand in the last row. */
async function encodingOf(file: File): Promise<string> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  if (head[0] === 0x50 && head[1] === 0x4b) {
    throw new UnreadableFile('This is a spreadsheet file. Save it as CSV in your spreadsheet program, then choose that file.');
  }
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  try {
    for await (const _ of pieces(file, 'utf-8'));
    return 'utf-8';
  } catch (error) {
    if (error instanceof TypeError) return 'windows-1252';
    throw new UnreadableFile('This file cannot be read.');
  }
}

/**
 * Reads the beginning of a CSV file in the browser; commas, semicolons and tabs are told apart.
 * @throws {UnreadableFile}
 */
export async function previewFile(file: File): Promise<FilePreview> {
  if (file.size === 0) throw new UnreadableFile('This file is empty.');
  const encoding = await encodingOf(file);
  let text = '';
  for await (const piece of pieces(file, encoding)) {
    text += piece;
    if (text.length > 200_000) break;
  }
  const { data, meta } = Papa.parse<string[]>(text, { preview: 21, skipEmptyLines: 'greedy' });
  const [headings = [], ...rest] = data;
  if (headings.length < 2) {
    throw new UnreadableFile('No columns were found. The first line has to name them, separated by commas, semicolons or tabs.');
  }
  if (rest.length === 0) throw new UnreadableFile('There is no row below the headings.');
  return { headings, rows: rest, encoding, delimiter: meta.delimiter };
}

/** What is wrong with the form of a row. Cells beyond the headings do no harm while they are empty. */
function formProblem(row: string[], width: number, broken: boolean): string | null {
  if (broken) return 'A quotation mark is not closed, or stands inside a cell.';
  if (row.length === width || (row.length > width && row.slice(width).every((cell) => !cell.trim()))) return null;
  return `This row has ${row.length} cells, the headings are ${width}.`;
}

/** At most so many characters of an unfinished row are kept in mind. */
const longestRow = 1_000_000;

/**
 * Whole rows of a file at a time. A line break inside quotation marks ends no row (RFC 4180, 2.6); only a mark at the beginning
 * of a cell, or right after one that closed, opens: 6'2" is a height.
 */
async function* portions(file: File, encoding: string, delimiter: string): AsyncGenerator<string> {
  let rest = '';
  let scanned = 0;
  let quoted = false;
  let end = 0;
  for await (const piece of pieces(file, encoding)) {
    rest += piece;
    for (; scanned < rest.length; scanned++) {
      const character = rest.charCodeAt(scanned);
      if (character === 0x22) {
        const before = scanned === 0 ? '\n' : (rest[scanned - 1] ?? '');
        quoted = !quoted && ['\n', '"', delimiter].includes(before);
      } else if (character === 0x0a && !quoted) end = scanned + 1;
    }
    if (end > 0) yield rest.slice(0, end);
    rest = rest.slice(end);
    scanned -= end;
    end = 0;
    if (rest.length > longestRow)
      throw new UnreadableFile('A quotation mark in this file is opened and never closed. Mend it and choose the file again.');
  }
  if (rest) yield rest;
}

/**
 * Reads a file row by row, reduced to the wanted columns: what is not wanted never leaves the browser.
 * @param columns the positions of the wanted columns
 * @throws {UnreadableFile}
 */
export async function* readRows(file: File, preview: FilePreview, columns: number[]): AsyncGenerator<FileRow> {
  const { encoding, delimiter, headings } = preview;
  let line = 1;
  for await (const portion of portions(file, encoding, delimiter)) {
    const text = portion.replace(/\n$/, '');
    const { data, errors } = text ? Papa.parse<string[]>(text, { delimiter, newline: '\n' }) : { data: [['']], errors: [] };
    const broken = new Set(errors.filter(({ type }) => type === 'Quotes').map(({ row }) => row));
    for (const [index, cells] of data.entries()) {
      const filled = cells.some((cell) => cell.trim());
      if (line > 1 && filled) {
        yield [line, columns.map((column) => plainCell(cells[column] ?? '')), formProblem(cells, headings.length, broken.has(index))];
      }
      // A cell may hold line breaks of its own.
      line += 1 + cells.reduce((breaks, cell) => breaks + cell.split('\n').length - 1, 0);
    }
  }
}
