import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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
