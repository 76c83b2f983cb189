import { connect, createServer } from 'node:net';
import type { StackConfig } from './config';
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

const variables = {
  app: 'PORT',
  api: 'STACK_API_PORT',
  db: 'STACK_DB_PORT',
  inbox: 'STACK_INBOX_PORT',
  stripe: 'STACK_STRIPE_PORT',
} as const;

/** The variables that name the ports of a stack. */
export const portVariables = Object.values(variables);

/** How long a port may still look taken whose process was just killed, in milliseconds. */
const grace = 1500;

/**
 * Throws one line that names the variable to change when a needed port is taken.
 * @throws {PlainError}
 */
export async function assertPortsFree(config: StackConfig, names: (keyof typeof variables)[]): Promise<void> {
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

/** A port that nobody listens on right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
