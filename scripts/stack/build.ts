import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './config';
import { nextBin } from './processes';
import { PlainError } from './progress';

const run = promisify(execFile);

const folders = ['app', 'components', 'lib', 'public'];

/** A hash of everything a build depends on. */
function sourceHash(): string {
  const inFolders = folders
    .filter((folder) => existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)),
    );
  const atRoot = readdirSync(root).filter((file) => /\.(ts|mjs)$|^(package-lock|tsconfig)\.json$/.test(file) && file !== 'next-env.d.ts');
  const hash = createHash('sha256');
  for (const file of [...inFolders, ...atRoot].sort()) {
    if (statSync(path.join(root, file)).isFile()) hash.update(file).update(readFileSync(path.join(root, file)));
  }
  return hash.digest('hex');
}

/** Builds the app for production, unless the same sources were built before. */
export async function buildApp(env: Record<string, string>, signal: AbortSignal): Promise<void> {
  const buildEnv: NodeJS.ProcessEnv = { ...process.env, ...env, NODE_ENV: 'production' };
  const stamp = path.join(root, buildEnv.NEXT_DIST_DIR ?? '.next', 'source-hash');
  const hash = sourceHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  try {
    await run(process.execPath, [nextBin, 'build'], {
      cwd: root,
      signal,
      env: buildEnv,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new PlainError(`The build failed:\n${stdout}\n${stderr}`);
  }
  writeFileSync(stamp, hash);
}

/** Copies a build to a folder beside it, without what it keeps for the next one. */
function copyBuild(dist: string, copy: string): string {
  rmSync(path.join(root, copy), { recursive: true, force: true });
  const from = path.join(root, dist);
  cpSync(from, path.join(root, copy), { recursive: true, filter: (source) => path.relative(from, source) !== 'cache' });
  return copy;
}

/** Copies a build and takes its middleware out, as if a request had found a way around it; answers the copy's folder. */
export function copyWithoutMiddleware(dist: string): string {
  const bare = copyBuild(dist, `${dist}-bare`);
  const file = path.join(root, bare, 'server/functions-config-manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  if (!manifest.functions['/_middleware']) throw new Error('the build has no middleware to take out');
  delete manifest.functions['/_middleware'];
  writeFileSync(file, JSON.stringify(manifest));
  return bare;
}

/**
 * Copies a build and takes out every question whether somebody has a permission, as if all of them had been forgotten; answers the
 * copy's folder. `includes` becomes `concat`, which answers a list: true whatever is asked.
 */
export function copyWithoutPermissions(dist: string): string {
  const open = copyBuild(dist, `${dist}-open`);
  const server = path.join(root, open, 'server');
  let gates = 0;
  for (const file of readdirSync(server, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js')) continue;
    const text = readFileSync(path.join(server, file), 'utf8');
    const without = text.replaceAll(/(\bpermissions)\.includes\(/g, '$1.concat(');
    if (/\bpermissions\W{1,4}includes\(/.test(without)) throw new Error(`${file} asks for a permission in a form that is not taken out`);
    if (without === text) continue;
    writeFileSync(path.join(server, file), without);
    if (file.includes('lib_access_gate')) gates++;
  }
  if (gates === 0) throw new Error('the gate of the build asks for no permission: look how it is compiled');
  return open;
}
