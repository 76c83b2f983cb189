import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './config';
import { nextBin } from './processes';
import { PlainError } from './progress';

const run = promisify(execFile);

/** A hash of everything a build depends on: tracked and new files as they are now. */
async function sourceHash(): Promise<string> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const places = ['app', 'components', 'lib', 'public', '*.ts', '*.mjs', 'package-lock.json', 'tsconfig.json'];
  const { stdout } = await run('git', [...list, '--', ...places], { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  const hash = createHash('sha256');
  for (const file of stdout.split('\0').filter(Boolean).sort()) {
    if (existsSync(path.join(root, file))) hash.update(file).update(readFileSync(path.join(root, file)));
  }
  return hash.digest('hex');
}

/** Builds the app for production, unless the same sources were built before. */
export async function buildApp(env: Record<string, string>): Promise<void> {
  const stamp = path.join(root, env.NEXT_DIST_DIR ?? '.next', 'source-hash');
  const hash = await sourceHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  try {
    await run(process.execPath, [nextBin, 'build'], {
      cwd: root,
      env: { ...process.env, ...env, NODE_ENV: 'production' },
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new PlainError(`The build failed:\n${stdout}\n${stderr}`);
  }
  writeFileSync(stamp, hash);
}
