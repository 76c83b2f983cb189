import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { forgetHosted, root, type StackConfig } from '@/scripts/stack/config';
import { startStack } from '@/scripts/stack/index';
import type { Run } from '@/scripts/stack/lifecycle';
import { clusterDir, startPostgres } from '@/scripts/stack/postgres';
import { startWorker } from '@/scripts/stack/processes';
import { silently } from '@/scripts/stack/progress';
import { waitFor } from '@/scripts/stack/wait';
import { copyTemplate } from '@/scripts/test/stacks';
import { send } from './http';
import { noteWithRun, type SecondApp, startSecondApp } from './second-app';

/** Before a request of the app goes on to the data API, while that works on it, and after it was answered. */
export type Moment = 'before' | 'during' | 'after';
/** What a test does to a request on its way. */
export type Intercept = (call: number, moment: Moment) => Promise<void>;

/** A stack, a worker and an app of a test file's own, which it may kill. */
export type FaultStack = {
  config: StackConfig;
  env: Record<string, string>;
  /** The Host header of a part of the app. */
  hostOf: (label: string) => string;
  app: () => SecondApp;
  killApp: () => void;
  restartApp: () => Promise<void>;
  /** It is started again by itself. */
  killWorker: () => void;
  killDatabase: () => void;
  /** Starts PostgreSQL again, once what a kill has left of it is gone. */
  restartDatabase: () => Promise<void>;
  stopDatabase: () => void;
  /** Signals the server and every process of it. */
  signalDatabase: (signal: 'SIGSTOP' | 'SIGCONT') => void;
  /** From now on the app's requests to the data API and Auth pass here, counted from 1; those for its word on itself do not. */
  intercept: (work: Intercept | undefined) => void;
  /** The app's own word on itself and on what it needs. */
  health: () => Promise<{ status: number; body: unknown }>;
  stop: () => Promise<void>;
};

/** What the app asks for its word on itself; one of them may still be under way when a test begins to count. */
const ownQuestions = /^\/auth\/v1\/settings$|\/rpc\/subdomain_status$/;

/** Starts one, or leaves nothing behind. */
export async function startFaultStack(name: string): Promise<FaultStack> {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (let end = stops.pop(); end; end = stops.pop()) await Promise.resolve(end()).catch(() => undefined);
  };
  try {
    return await start(name, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(name: string, stops: (() => Promise<void> | void)[], stop: () => Promise<void>): Promise<FaultStack> {
  const run: Run = { signal: new AbortController().signal, note: noteWithRun, onStop: (stop) => stops.push(stop) };
  forgetHosted();
  const config = await copyTemplate(process.env.TEST_TEMPLATE ?? '', path.join(root, '.local/test', name));
  const env = await startStack(config, run, silently);

  let intercept: Intercept | undefined;
  let calls = 0;
  const proxy: Server = createServer(async (incoming, outgoing) => {
    const work = ownQuestions.test(incoming.url ?? '') ? undefined : intercept;
    const call = work ? ++calls : 0;
    await work?.(call, 'before');
    const onward = request(
      { host: '127.0.0.1', port: config.ports.api, method: incoming.method, path: incoming.url, headers: incoming.headers },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk);
        await work?.(call, 'after');
        if (outgoing.destroyed) return;
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.end(Buffer.concat(chunks));
      },
    );
    onward.on('error', () => outgoing.destroy());
    onward.on('finish', () => void work?.(call, 'during'));
    incoming.on('error', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const appEnv = {
    ...env,
    SUPABASE_URL: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    NEXT_DIST_DIR: '.next-test',
    TRUSTED_PROXY_HOPS: '1',
    SIGNUP_RATE_LIMIT: '1000',
  };
  const worker = startWorker(run, env, path.join(config.dir, 'worker.log'));
  let app = await startSecondApp(name, appEnv, config.ports.app);
  stops.push(() => app.stop());

  const postmaster = () => Number(readFileSync(path.join(clusterDir(config.dir), 'postmaster.pid'), 'utf8').split('\n')[0]);
  /** Signals a process or a group; one that has just ended needs no signal. */
  const signalTo = (pid: number, signal: NodeJS.Signals) => {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  return {
    config,
    env,
    hostOf: (label) => `${label}.localhost:${config.ports.app}`,
    app: () => app,
    killApp: () => signalTo(-app.pid, 'SIGKILL'),
    restartApp: async () => {
      app = await startSecondApp(name, appEnv, config.ports.app);
    },
    killWorker: () => signalTo(-worker.pid(), 'SIGKILL'),
    killDatabase: () => process.kill(postmaster(), 'SIGKILL'),
    restartDatabase: () =>
      waitFor(
        'PostgreSQL to come back',
        () =>
          startPostgres(config, run).then(
            () => true,
            () => false,
          ),
        60_000,
      ),
    stopDatabase: () => process.kill(postmaster(), 'SIGINT'),
    signalDatabase: (signal) => {
      const server = postmaster();
      // Each backend is the leader of a group of its own.
      const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid=']).toString().trim().split('\n');
      const backends = processes.map((line) => line.trim().split(/\s+/).map(Number)).filter(([, parent]) => parent === server);
      process.kill(server, signal);
      for (const [pid = 0] of backends) signalTo(pid, signal);
    },
    intercept: (work) => {
      calls = 0;
      intercept = work;
    },
    health: async () => {
      const { status, body } = await send('/api/health', { host: 'health.check', port: app.port });
      return { status, body: JSON.parse(body) };
    },
    stop,
  };
}
