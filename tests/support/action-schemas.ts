import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Action } from './manifest';

const defined = /const (\w+) = defineAction\(\s*'[^']+',\s*([\w.]+(?:\([^;]*?\}\))?)/g;
const exported = /export async function (\w+)\([\s\S]*?\breturn (\w+)\(/g;
const ofRoute = /\n {2}schema: ([\w.]+(?:\([^;]*?\}\))?),\n/;

/** Whether a schema asks for an id, at any depth: one by its name in a source file, or one that stands there. */
async function asksForId(schema: string, file: string, text: string): Promise<boolean> {
  if (schema.startsWith('z.')) return schema.includes('uuid');
  const source = new RegExp(`import \\{[^}]*\\b${schema}\\b[^}]*\\} from '((?:\\./|@/lib/)[\\w/-]+)'`).exec(text)?.[1];
  if (!source) throw new Error(`${file}: the schema ${schema} is imported from nowhere that is known`);
  const place = source.startsWith('@/') ? source.slice(2) : path.join(path.dirname(file), source);
  const module: Record<string, z.ZodType> = await import(/* @vite-ignore */ `${path.resolve(place)}.ts`);
  const found = module[schema];
  if (!found) throw new Error(`${place}.ts has no ${schema}`);
  return JSON.stringify(z.toJSONSchema(found, { io: 'input', unrepresentable: 'any' })).includes('"format":"uuid"');
}

/**
 * The actions that ask for an id by their schema.
 * @throws {Error} when a file is not of the form that all action files have
 */
export async function actionsWithId(actions: Pick<Action, 'name' | 'file'>[], read = (file: string) => readFileSync(file, 'utf8')) {
  const found: string[] = [];
  for (const { name, file } of actions) {
    const text = read(file);
    const run = [...text.matchAll(exported)].find(([, exportName]) => exportName === name)?.[2];
    const schema = [...text.matchAll(defined)].find(([, constant]) => constant === run)?.[2];
    if (!run || !schema) throw new Error(`${file}: ${name} is not "const run… = defineAction(…)" beside "return run…(…)"`);
    if (await asksForId(schema, file, text)) found.push(name);
  }
  return found;
}

/** The routes that ask for an id, by their schema or in their address. */
export async function routesWithId(routes: string[], read = (file: string) => readFileSync(file, 'utf8')): Promise<string[]> {
  const found: string[] = [];
  for (const route of routes) {
    const file = `app${route}/route.ts`;
    const text = route.includes('[') ? '' : read(file);
    const schema = ofRoute.exec(text)?.[1];
    if (route.includes('[') || (schema && (await asksForId(schema, file, text)))) found.push(route);
  }
  return found;
}
