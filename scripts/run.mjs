// Entry of every npm script. Plain JavaScript that Node 20 runs: it installs what is
// missing, then hands over to the pinned Node of node_modules.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const [script, ...args] = process.argv.slice(2);

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Node 20 or newer is needed; this is ${process.version}.`);
  process.exit(1);
}

const stamp = path.join(root, 'node_modules', '.installed');
const lock = createHash('sha256')
  .update(readFileSync(path.join(root, 'package-lock.json')))
  .digest('hex');
const installed = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;

if (!installed) {
  console.error('· Installing packages …');
  const started = Date.now();
  const { npm_config_local_prefix: _prefix, ...env } = process.env;
  const result = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (result.status !== 0) {
    console.error('Packages could not be installed; the lines above say why.');
    process.exit(result.status ?? 1);
  }
  writeFileSync(stamp, lock);
  console.error(`✓ Packages installed (${Math.round((Date.now() - started) / 1000)} s)`);
}

const bin = path.join(root, 'node_modules', 'node', 'bin');
const child = spawn(
  path.join(bin, 'node'),
  ['--disable-warning=ExperimentalWarning', '--import', 'tsx', path.join(root, 'scripts', `${script}.ts`), ...args],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: [bin, path.join(root, 'node_modules', '.bin'), process.env.PATH].join(path.delimiter),
      NEXT_TELEMETRY_DISABLED: '1',
    },
  },
);
// The terminal sends Ctrl-C to the child as well; it decides when to end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
