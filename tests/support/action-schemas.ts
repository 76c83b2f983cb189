import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Action, Route } from './manifest';

/** An action's name and its schema; the adapters that ask for a permission have it between the name and the schema. */
const defined = /export const (\w+) = \w+Action\(\s*'[^']+',\s*(?:'[\w.]+',\s*)?([\w.]+)/g;
const ofRoute = /(?:\n {2}schema: |Route\(\s*'[^']+',\s*(?:'[\w.]+',\s*)?)([\w.]+(?:\(\{\}\))?)/g;
/** A property that holds an id by its name, whatever its type; an external id is the clinic's own word. */
const idName = /"(?:id|(?!external_)\w+(?:_id|Id))":\{/;

/** Whether a schema of a source file asks for an id, at any depth: by its form or by its name. */
async function asksForId(schema: string, file: string, text: string): Promise<boolean> {
  if (schema === 'z.unknown' || schema === 'z.object({})') return false;
  const source = new RegExp(`import \\{[^}]*\\b${schema}\\b[^}]*\\} from '((?:\\./|@/lib/)[\\w/-]+)'`).exec(text)?.[1];
  if (!source) throw new Error(`${file}: ${schema} is imported from nowhere that is known: define a schema in its domain's schema.ts`);
  const place = source.startsWith('@/') ? source.slice(2) : path.join(path.dirname(file), source);
  const module: Record<string, z.ZodType> = await import(/* @vite-ignore */ `${path.resolve(place)}.ts`);
  const found = module[schema];
  if (!found) throw new Error(`${place}.ts has no ${schema}`);
  const json = JSON.stringify(z.toJSONSchema(found, { io: 'input', unrepresentable: 'any' }));
  return json.includes('"format":"uuid"') || idName.test(json);
}

/**
 * The actions that ask for an id by their schema.
 * @throws {Error} when a file is not of the form that all action files have
 */
export async function actionsWithId(actions: Pick<Action, 'name' | 'file'>[], read = (file: string) => readFileSync(file, 'utf8')) {
  const found: string[] = [];
  for (const { name, file } of actions) {
    const text = read(file);
    const schema = [...text.matchAll(defined)].find(([, exportName]) => exportName === name)?.[2];
    if (!schema) throw new Error(`${file}: ${name} is not of the form "export const ${name} = clinicAction(…)", or another adapter's`);
    if (await asksForId(schema, file, text)) found.push(name);
  }
  return found;
}

/** The routes that ask for an id, by their schema or in their address. */
export async function routesWithId(routes: Route[], read = (file: string) => readFileSync(file, 'utf8')): Promise<string[]> {
  const found: string[] = [];
  for (const { name, file, path: address } of routes) {
    const text = read(file);
    const asking = [...text.matchAll(ofRoute)].map(([, schema = '']) => asksForId(schema, file, text));
    if (address.includes('[') || (await Promise.all(asking)).includes(true)) found.push(name);
  }
  return found;
}
