import { connect, createServer } from 'node:net';
import { type Ports, type StackConfig, stackConfig } from './config';
import { PlainError } from './progress';
import { waitFor } from './wait';

/** Whether something listens on the port, on either loopback address. */
export async function isListening(port: number): Promise<boolean> {
  const answers = await Promise.all(
    ['127.0.0.1', '::1'].map(
      (host) =>
        new Promise<boolean>((resolve) => {
          const socket = connect({ port, host });
          socket.once('connect', () => {
            socket.destroy();
            resolve(true);
          });
          socket.once('error', () => resolve(false));
        }),
    ),
  );
  return answers.includes(true);
}

const variables: Record<keyof Ports, string> = {
  app: 'PORT',
  api: 'STACK_API_PORT',
  db: 'STACK_DB_PORT',
  inbox: 'STACK_INBOX_PORT',
  stripe: 'STACK_STRIPE_PORT',
};

/** How long a port may still look taken whose process was just killed, in milliseconds. */
const grace = 1500;

/**
 * Throws one line that names the variable to change when a needed port is taken.
 * @throws {PlainError}
 */
export async function assertPortsFree(config: StackConfig, names: (keyof Ports)[]): Promise<void> {
  for (const name of names) {
    const port = config.ports[name];
    const isFree = await waitFor('the port to be free', async () => !(await isListening(port)), grace).then(
      () => true,
      () => false,
    );
    if (!isFree) {
      throw new PlainError(`Port ${port} is taken; set ${variables[name]} to a free one and start again.`);
    }
  }
}

/** Below what systems hand out to connections; each process begins in a block of its own. */
const lowest = 10_240;
const block = 100;
let given = 0;

/** Whether a port can be listened on right now. */
function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** A port that nobody listens on right now, and that this process has not handed out before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + (((process.pid % 220) * block + given++) % (220 * block));
    if ((await canListen(port)) && !(await isListening(port))) return port;
  }
}

/** A stack in a folder of its own, on ports of its own. */
export async function ownStack(dir: string): Promise<StackConfig> {
  const ports = { app: 0, api: 0, db: 0, inbox: 0, stripe: 0 };
  for (const name of Object.keys(ports) as (keyof Ports)[]) ports[name] = await freePort();
  return stackConfig(dir, ports);
}
