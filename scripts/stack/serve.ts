import { buildApp } from './build';
import { isHosted, loadStackConfig, type StackConfig } from './config';
import { startStack } from './index';
import { type Run, withServices } from './lifecycle';
import { assertPortsFree } from './ports';
import { startApp, startWorker } from './processes';
import { PlainError, step } from './progress';
import { demoClinics, demoPassword, seed } from './seed';
import { waitFor } from './wait';

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
  const code = await withServices(config.dir, async (run) => {
    if (mode !== 'stack') await assertPortsFree(config, ['app']);
    const env = hosted ? { PORT: String(config.ports.app) } : await startStack(config, run);
    if (!hosted) await step('Demo clinics', () => seed(config));
    const app = mode === 'stack' ? { ended: new Promise<number>(() => undefined) } : await serveApp(run, config, mode, env);
    console.log(hosted ? `\n  Serving ${process.env.APP_URL}\n` : summary(config, mode !== 'stack'));
    return app.ended;
  });
  process.exit(code);
}

/** Builds where that is wanted, starts app and worker and waits until they answer; `ended` waits for the app to end. */
async function serveApp(
  run: Run,
  config: StackConfig,
  mode: 'start' | 'dev',
  env: Record<string, string>,
): Promise<{ ended: Promise<number> }> {
  if (mode === 'start') await step('Build (a minute at the first start)', () => buildApp(env, run.signal));
  startWorker(run, env);
  const app = startApp(run, mode, env);
  const ended = new Promise<number>((resolve) => {
    app.once('exit', (exitCode) => {
      if (!run.signal.aborted) console.error('The app ended by itself; the lines above say why.');
      resolve(exitCode || 1);
    });
  });
  const answers = () =>
    fetch(`http://127.0.0.1:${config.ports.app}/api/health`).then(
      (answer) => answer.ok,
      () => false,
    );
  await step('App and worker', () => Promise.race([waitFor('the app to answer', answers, 60_000), ended]));
  return { ended };
}
