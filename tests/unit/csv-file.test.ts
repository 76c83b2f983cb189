import { expect, test } from 'vitest';
import { type FileRow, previewFile, readRows, UnreadableFile } from '@/components/patients/import/csv-file';

async function read(content: string | Uint8Array<ArrayBuffer>, columns: number[]): Promise<FileRow[]> {
  const file = new File([content], 'list.csv');
  const rows: FileRow[] = [];
  for await (const row of readRows(file, await previewFile(file), columns)) rows.push(row);
  return rows;
}

test('only the wanted columns are read, each row with its line', async () => {
  expect(await read('a,secret,b\n1,x,2\n\n3,y,4\n', [0, 2])).toEqual([
    [2, ['1', '2'], null],
    [4, ['3', '4'], null],
  ]);
});
test('a cell may hold line breaks, quotation marks and a height in feet', async () => {
  expect(await read('a,b\n1,6\'2" tall\n2,"x\ny"\n"say ""hi""",z', [0, 1])).toEqual([
    [2, ['1', '6\'2" tall'], null],
    [3, ['2', 'x\ny'], null],
    [5, ['say "hi"', 'z'], null],
  ]);
});
test('every kind of line break ends a row', async () => {
  const rows = await read('a;b\r\n1;2\n3;4\r5;6\r\n', [1]);
  expect(rows.map(([line, cells]) => [line, cells[0]])).toEqual([
    [2, '2'],
    [3, '4'],
    [4, '6'],
  ]);
});
test('a row that does not fit the headings is refused, blank cells beyond them are not', async () => {
  expect(await read('a,b\n1,2,3\n1\n1,2,,\n', [0])).toEqual([
    [2, ['1'], 'This row has 3 cells, the headings are 2.'],
    [3, ['1'], 'This row has 1 cells, the headings are 2.'],
    [4, ['1'], null],
  ]);
});
test('no character is lost where a large file is read in pieces', async () => {
  const lines = Array.from({ length: 60_000 }, (_, n) => `Müller ü${n},"two\nlines"`);
  const rows = await read(`name,x\n${lines.join('\n')}\n`, [0, 1]);
  expect(rows).toHaveLength(60_000);
  expect(rows.filter(([, [name, text], problem], n) => name !== `Müller ü${n}` || text !== 'two\nlines' || problem !== null)).toEqual([]);
  expect(rows.at(-1)?.[0]).toBe(120_000);
});
test('the first accent of a Latin-1 file may stand in its last row', async () => {
  const rows = await read(Uint8Array.from(Buffer.from(`name,x\n${'abc,1\n'.repeat(200_000)}Müller,2\n`, 'latin1')), [0]);
  expect(rows.at(-1)).toEqual([200_002, ['Müller'], null]);
});
test('what PostgreSQL cannot keep is left out of a cell', async () => {
  expect(await read('a,b\nx\0y,2\n', [0])).toEqual([[2, ['xy'], null]]);
});
test.each([
  ['an empty file', '', /empty/],
  ['a spreadsheet', 'PK\u0003\u0004rest', /spreadsheet/],
  ['one heading', 'name\nAna\n', /No columns/],
  ['headings alone', 'a,b\n', /no row/],
])('%s is refused with what to do', async (_, content, message) => {
  await expect(read(content, [0])).rejects.toThrow(message);
});
test('a quotation mark that never closes is told before everything after it is kept in mind', async () => {
  const content = `a,b\n1,2\n3,"${'no end\n'.repeat(200_000)}`;
  await expect(read(content, [0])).rejects.toThrow(UnreadableFile);
});
