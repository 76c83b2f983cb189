import { createEmulator, type Emulator } from 'emulate';
import type { StackConfig } from './config';

/** Serves a mail provider that delivers to a page instead of the world: `/inbox`. */
export function startInbox(config: StackConfig): Promise<Emulator> {
  return createEmulator({ service: 'resend', port: config.ports.inbox });
}
