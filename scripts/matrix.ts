import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { everybody, type Member } from '../tests/support/members';
import { tables } from '../tests/support/tables';
import type { TenantTable } from '../tests/support/tenant-table';
import { root } from './stack/config';

const file = path.join(root, 'docs/access.md');
const [begin, end] = ['<!-- From tests/tables, written by npm run fix. -->', '<!-- Until here. -->'];
const verbs = { select: 'read', insert: 'add', update: 'change' } as const;
const titles: Record<Member, string> = {
  ...{ owner: 'Owner', admin: 'Administrator', practitioner: 'Practitioner', staff: 'Staff', billing: 'Billing' },
  bare: 'without permissions',
};

/** Rows of cells as an aligned table, the first one its head. */
function aligned(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

function opened({ opens = {} }: TenantTable): string {
  return Object.entries(opens)
    .map(([permission, operations]) => {
      const what = operations.map((operation) => verbs[operation]).join(', ');
      return permission === 'everybody' ? `${what}: every member` : `${what}: \`${permission}\``;
    })
    .join('; ');
}

/** Who may do what to rows of their own clinic, by table and role. */
function matrix(): string {
  const all = [...tables.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const reached = all.filter(({ may }) => Object.keys(may).length > 0);
  const allowed = ({ may }: TenantTable, member: Member) =>
    (['select', 'insert', 'update'] as const)
      .filter((operation) => may[operation]?.includes(member))
      .map((operation) => verbs[operation])
      .join(', ');
  const rows = reached.map((table) => [`\`${table.name}\``, ...everybody.map((member) => allowed(table, member) || '–'), opened(table)]);
  const columns = reached.filter(({ columns }) => columns).map(({ name, columns }) => [`\`${name}\``, columns?.join(', ') ?? '']);
  const unreached = all.filter((table) => !reached.includes(table)).map(({ name }) => `\`${name}\``);
  return [
    aligned([['table', ...everybody.map((member) => titles[member]), 'opened by one permission alone'], ...rows]),
    `Nobody reads or writes these but by functions: ${unreached.join(', ')}.`,
    'Of the rows that somebody may change, these columns:',
    aligned([['table', 'columns'], ...columns]),
  ].join('\n\n');
}

/** The page about access with the matrix as the fixtures have it, and as it is. */
export function accessPage(): { now: string; asItIs: string } {
  const asItIs = readFileSync(file, 'utf8');
  const [before, rest = ''] = asItIs.split(begin);
  return { now: `${before}${begin}\n\n${matrix()}\n\n${end}${rest.split(end)[1] ?? ''}`, asItIs };
}

export function writeAccessPage(): void {
  writeFileSync(file, accessPage().now);
}
