import path from 'node:path';
import { defineConfig } from 'vitest/config';

const shared = {
  resolve: {
    alias: { '@': path.resolve(import.meta.dirname), 'server-only': path.resolve(import.meta.dirname, 'tests/support/server-only.ts') },
  },
};

/** Tests with a stack of their worker's own. */
const onStack = { setupFiles: ['tests/support/own-stack.ts'], testTimeout: 120_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      { ...shared, test: { name: 'unit', include: ['tests/unit/**/*.test.ts'] } },
      { ...shared, test: { name: 'checks', include: ['tests/checks/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000 } },
      { ...shared, test: { name: 'database', include: ['tests/database/**/*.test.ts'], ...onStack } },
      { ...shared, test: { name: 'http', include: ['tests/http/**/*.test.ts'], ...onStack } },
      { ...shared, test: { name: 'faults', include: ['tests/faults/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 } },
    ],
  },
});
