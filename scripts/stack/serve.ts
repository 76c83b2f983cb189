import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildApp } from './build';
import { isHosted, loadStackConfig, type StackConfig } from './config';
import { startStack } from './index';
import { assertPortsFree } from './ports';
import { type Service, startApp, startWorker } from './processes';
import { PlainError, step } from './progress';
import { demoClinics, demoPassword, seed } from './seed';
import { waitFor } from './wait';

/** Makes sure that one folder serves once, and leaves a lock that a later start can read. */
function lock(config: StackConfig): () => void {
  const file = path.join(config.dir, 'running.pid');
  mkdirSync(config.dir, { recursive: true });
  let other = 0;
  try {
    other = Number(readFileSync(file, 'utf8'));
    process.kill(other, 0);
  } catch {
    other = 0;
  }
  if (other && other !== process.pid) throw new PlainError(`It is running already (process ${other}); end that one first.`);
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

function summary(config: StackConfig, withApp: boolean): string {
  const { app, api, inbox } = config.ports;
  const at = (name: string) => `http://${name}localhost:${app}`;
  const lines = withApp
    ? [
        '',
        `  Start page     ${at('')}`,
        `  Sign up        ${at('signup.')}`,
        `  Mail inbox     http://localhost:${inbox}/inbox`,
        '',
        `  Demo logins    password: ${demoPassword}`,
        ...demoClinics.map(({ slug, email }) => `  ${at(`${slug}.`).padEnd(34)} ${email}`),
        '',
        '  Ctrl-C stops everything.',
      ]
    : [
        '',
        `  Data API       http://127.0.0.1:${api}`,
        `  Mail inbox     http://localhost:${inbox}/inbox`,
        '',
        '  npm run -s status -- --json prints the keys. Ctrl-C stops everything.',
      ];
  return lines.join('\n');
}

/** Starts what was asked for, waits for Ctrl-C or the end of a part, then stops all of it in order. */
export async function serve(mode: 'start' | 'dev' | 'stack'): Promise<void> {
  const hosted = isHosted();
  if (hosted && mode === 'stack') throw new PlainError('SUPABASE_URL names a hosted Supabase; there is no embedded stack to start.');
  const config = loadStackConfig();
  const stops: (() => Promise<void> | void)[] = [];
  let ending = false;
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0));

  const run = async () => {
    if (!hosted) stops.push(lock(config));
    if (mode !== 'stack') await assertPortsFree(config, ['app']);
    let env: Record<string, string> = { PORT: String(config.ports.app) };
    if (!hosted) {
      const stack = await startStack(config);
      stops.push(stack.stop);
      env = stack.env;
      await step('Demo clinics', () => seed(config));
    }
    if (mode !== 'stack') {
      if (mode === 'start') await step('Build (a minute at the first start)', () => buildApp(env));
      const services: Service[] = [startWorker(env), startApp(mode, env)];
      for (const service of services) {
        stops.push(service.stop);
        service.process.once('exit', (code) => {
          if (!ending) {
            console.error('A part of the app ended by itself; the lines above say why.');
            end(code || 1);
          }
        });
      }
      await step('App and worker', () =>
        waitFor(
          'the app to answer',
          async () =>
            ending ||
            (await fetch(`http://127.0.0.1:${config.ports.app}/api/health`).then(
              (answer) => answer.ok,
              () => false,
            )),
          60_000,
        ),
      );
    }
    console.log(hosted ? `\n  Serving ${process.env.APP_URL}\n` : summary(config, mode !== 'stack'));
  };

  let code = 1;
  try {
    code = (await Promise.race([run().then(() => ended), ended])) ?? 0;
  } finally {
    ending = true;
    for (const stop of stops.splice(0).reverse()) await stop();
  }
  process.exit(code);
}
