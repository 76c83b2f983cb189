import { loadStackConfig } from './stack/config';
import { serveGateway } from './stack/gateway';
import { main } from './stack/progress';

// Lite prints a failed statement with its values; only what kind of failure it was is kept.
for (const level of ['log', 'error', 'warn'] as const) {
  console[level] = (...parts: unknown[]) => {
    const code = parts.map((part) => (typeof part === 'object' && part !== null && 'code' in part ? part.code : undefined)).find(Boolean);
    if (code) process.stderr.write(`${new Date().toISOString()} ${level} ${String(code)}\n`);
  };
}

await main(() => serveGateway(loadStackConfig()));
