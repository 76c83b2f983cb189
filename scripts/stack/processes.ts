import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root, type StackConfig, stackVariables } from './config';
import { type Run, signalGroup } from './lifecycle';

/** Starts a child in a process group of its own, so that Ctrl-C reaches it by us and in our order. */
function startService(run: Run, args: string[], env: Record<string, string>, logFile?: string): ChildProcess {
  const output = logFile ? openSync(logFile, 'a', 0o600) : 'inherit';
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', output, output],
  });
  if (typeof output === 'number') closeSync(output);
  run.note(child.pid);
  run.onStop(
    () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null || !child.pid) return resolve();
        const pid = child.pid;
        const hard = setTimeout(() => signalGroup(pid, 'SIGKILL'), 8_000);
        child.once('exit', () => {
          clearTimeout(hard);
          resolve();
        });
        signalGroup(pid, 'SIGTERM');
      }),
  );
  return child;
}

export const nextBin = path.join(path.dirname(createRequire(import.meta.url).resolve('next/package.json')), 'dist', 'bin', 'next');

function startScript(run: Run, name: string, env: Record<string, string>, logFile?: string): ChildProcess {
  const options = ['--disable-warning=ExperimentalWarning', '--import', 'tsx'];
  return startService(run, [...options, path.join(root, 'scripts', `${name}.ts`)], env, logFile);
}

/** Serves the app: the production build, or with hot reload. */
export function startApp(run: Run, mode: 'start' | 'dev', env: Record<string, string>, logFile?: string): ChildProcess {
  return startService(run, [nextBin, mode, '--port', env.PORT ?? '3000'], env, logFile);
}

/** Runs the job worker, again and again if need be. */
export function startWorker(run: Run, env: Record<string, string>, logFile?: string): { pid: () => number } {
  let worker = startScript(run, 'worker', env, logFile);
  keepAlive(run, worker, () => {
    worker = startScript(run, 'worker', env, logFile);
    return worker;
  });
  return { pid: () => worker.pid ?? 0 };
}

/**
 * Starts a service again when it ends by itself, until the run stops. Drivers of PostgreSQL can fall over a connection that
 * breaks at the wrong moment.
 */
export function keepAlive(run: Run, service: ChildProcess, start: () => ChildProcess): void {
  let stopping = false;
  let early = 0;
  run.onStop(() => {
    stopping = true;
  });
  function watch(child: ChildProcess): void {
    const began = Date.now();
    child.once('exit', () => {
      early = Date.now() - began < 10_000 ? early + 1 : 0;
      // One that cannot start is tried ever more seldom.
      setTimeout(() => stopping || watch(start()), Math.min(1000 * 2 ** Math.max(early - 3, 0), 30_000));
    });
  }
  watch(service);
}

/** Runs the emulator of Stripe. */
export function startStripeEmulator(run: Run, config: StackConfig): ChildProcess {
  return startScript(run, 'stripe', stackVariables(config), path.join(config.dir, 'stripe.log'));
}

/** Runs the data API and Auth; lite prints failed statements, which belong into a file and not between the app's lines. */
export function startGateway(run: Run, config: StackConfig): ChildProcess {
  return startScript(run, 'gateway', stackVariables(config), path.join(config.dir, 'gateway.log'));
}
