import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './config';
import { PlainError } from './progress';

/** Debian's package of the browser without a screen, which Playwright uses for itself elsewhere: it costs the least. */
const packaged = 'chromium-headless-shell';
const places = [
  `/usr/bin/${packaged}`,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const found = () => places.find((place) => existsSync(place));

async function attempt(command: string, args: string[]): Promise<boolean> {
  try {
    await promisify(execFile)(command, args, {
      cwd: root,
      timeout: 300_000,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    return true;
  } catch {
    return false;
  }
}

/**
 * The browser of the journeys: Debian's package (as root, installed if missing), else one that is installed, else Playwright's own.
 * @returns the executable's path, or '' for Playwright's own
 */
export async function findChromium(): Promise<string> {
  if (existsSync(`/usr/bin/${packaged}`)) return `/usr/bin/${packaged}`;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    await attempt('apt-get', ['update', '-qq']);
    await attempt('apt-get', ['install', '-y', '-qq', '--no-install-recommends', packaged]);
  }
  const installed = found();
  if (installed) return installed;
  if (await attempt(process.execPath, [path.join(root, 'node_modules/@playwright/test/cli.js'), 'install', 'chromium'])) return '';
  throw new PlainError('No Chromium was found and none could be installed; install Chromium or Chrome and try again.');
}
