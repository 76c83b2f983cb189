import { existsSync, readFileSync } from 'node:fs';

/** A server action of the build: its name, the file that defines it, its id, and the address of a page that carries it. */
export type Action = { name: string; file: string; id: string; page: string };

const nobody = '00000000-0000-4000-8000-000000000000';
const read = (file: string) => JSON.parse(readFileSync(`.next-test/server/${file}`, 'utf8'));

/** The address at which a page or route of the app answers; parameters in brackets are kept. */
function addressOf(entry: string): string {
  const parts = entry.split('/').filter((part) => !/^\(.*\)$/.test(part));
  const address = parts.slice(0, -1).join('/');
  return address.replace(/^\/(clinic\/\[tenant\]|admin|signup)(?=\/|$)/, '') || '/';
}

/** Every server action of the build. */
export function readActions(): Action[] {
  const { node }: { node: Record<string, { exportedName: string; filename: string; workers: Record<string, unknown> }> } =
    read('server-reference-manifest.json');
  return Object.entries(node).map(([id, { exportedName, filename, workers }]) => {
    const [worker = ''] = Object.keys(workers);
    return { name: exportedName, file: filename, id, page: addressOf(worker.replace(/^app/, '')).replace(/\[\w+\]/g, nobody) };
  });
}

/** The entries of the app whose name ends so, as `/clinic/[tenant]/(work)/patients/[id]/page`. */
const entries = (end: '/page' | '/route') => Object.keys(read('app-paths-manifest.json')).filter((entry) => entry.endsWith(end));

/** A method of a route handler: `GET /api/health`, the file that answers it, and its address. */
export type Route = { name: string; file: string; path: string };

/** Every method of every route handler of the build, of all hosts. */
export const readRoutes = (): Route[] =>
  entries('/route').flatMap((entry) => {
    const file = `app${entry}.ts`;
    // Icons are routes as well, made of pictures.
    if (!existsSync(file)) return [];
    const methods = [
      ...readFileSync(file, 'utf8').matchAll(/^export (?:const|(?:async )?function) (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\b/gm),
    ];
    if (methods.length === 0) throw new Error(`${file} has no handler of the form "export const GET" or "export async function GET"`);
    const path = addressOf(entry);
    return methods.map(([, method]) => ({ name: `${method} ${path}`, file, path }));
  });

/** The addresses of the pages that a clinic's members have. */
export const readClinicPages = (): string[] =>
  entries('/page')
    .filter((entry) => /^\/clinic\/\[tenant\]\/\((work|open)\)/.test(entry))
    .map(addressOf);
