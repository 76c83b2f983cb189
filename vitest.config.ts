import path from 'node:path';
import { defineConfig } from 'vitest/config';

const shared = {
  resolve: {
    alias: { '@': path.resolve(import.meta.dirname), 'server-only': path.resolve(import.meta.dirname, 'tests/support/server-only.ts') },
  },
};

/** For a machine whose processor several parts share: what an act may take is asked by each test. */
const patient = { testTimeout: 600_000, hookTimeout: 300_000 };
/** Tests with a stack of their worker's own. */
const onStack = { setupFiles: ['tests/support/own-stack.ts'], ...patient };

export default defineConfig({
  test: {
    projects: [
      { ...shared, test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], testTimeout: 60_000 } },
      { ...shared, test: { name: 'checks', include: ['tests/checks/**/*.test.ts'], ...patient } },
      { ...shared, test: { name: 'database', include: ['tests/database/**/*.test.ts'], ...onStack } },
      { ...shared, test: { name: 'http', include: ['tests/http/**/*.test.ts'], ...onStack } },
      { ...shared, test: { name: 'faults', include: ['tests/faults/**/*.test.ts'], ...patient } },
    ],
  },
});
