import Papa from 'papaparse';

/** The beginning of a file: its headings and first rows. */
export type FilePreview = { headings: string[]; rows: string[][]; encoding: string };

/** A file that cannot be read, in a sentence for the person who chose it. */
export class UnreadableFile extends Error {}

async function encodingOf(file: File): Promise<string> {
  const head = new Uint8Array(await file.slice(0, 1_000_000).arrayBuffer());
  if (head[0] === 0x50 && head[1] === 0x4b)
    throw new UnreadableFile('This is a spreadsheet file. Save it as CSV in your spreadsheet program, then choose that file.');
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/**
 * Reads the beginning of a CSV file in the browser; commas, semicolons and tabs are told apart.
 * @throws {UnreadableFile}
 */
export async function previewFile(file: File): Promise<FilePreview> {
  if (file.size === 0) throw new UnreadableFile('This file is empty.');
  const encoding = await encodingOf(file);
  const rows = await new Promise<string[][]>((resolve, reject) =>
    Papa.parse<string[]>(file, { encoding, preview: 21, complete: ({ data }) => resolve(data), error: reject }),
  ).catch(() => {
    throw new UnreadableFile('This file cannot be read.');
  });
  const [headings = [], ...rest] = rows;
  if (headings.length < 2)
    throw new UnreadableFile('No columns were found. The first line has to name them, separated by commas, semicolons or tabs.');
  const filled = rest.filter((row) => row.some((cell) => cell.trim()));
  if (filled.length === 0) throw new UnreadableFile('There is no row below the headings.');
  return { headings, rows: filled, encoding };
}

type Numbered = [line: number, cells: string[]];

/**
 * Streams a file's rows in portions, one after the other, reduced to the wanted columns: what is not wanted never leaves the browser.
 * @param onRows takes a portion; what it throws stops the reading and is thrown
 * @param onProgress the share that has been read, 0 to 1
 */
export function streamRows(
  file: File,
  options: { encoding: string; columns: number[]; size: number },
  onRows: (rows: Numbered[]) => Promise<void>,
  onProgress: (share: number) => void,
): Promise<void> {
  let line = 1;
  let waiting: Numbered[] = [];
  return new Promise((resolve, reject) =>
    Papa.parse<string[]>(file, {
      encoding: options.encoding,
      chunkSize: 512 * 1024,
      chunk: async ({ data, meta }, parser) => {
        parser.pause();
        try {
          for (const row of data) {
            const filled = row.some((cell) => cell.trim());
            if (line > 1 && filled) waiting.push([line, options.columns.map((column) => row[column] ?? '')]);
            // A cell may hold line breaks of its own.
            line += 1 + row.reduce((breaks, cell) => breaks + (cell.split('\n').length - 1), 0);
          }
          while (waiting.length >= options.size) await onRows(waiting.splice(0, options.size));
          onProgress(Math.min(meta.cursor / file.size, 1));
          parser.resume();
        } catch (error) {
          parser.abort();
          reject(error);
        }
      },
      complete: async () => {
        try {
          if (waiting.length > 0) await onRows(waiting);
          waiting = [];
          resolve();
        } catch (error) {
          reject(error);
        }
      },
      error: reject,
    }),
  );
}
