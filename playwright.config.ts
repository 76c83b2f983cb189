import { defineConfig } from '@playwright/test';
import './tests/support/own-stack';

export default defineConfig({
  testDir: 'e2e',
  outputDir: '.local/test/e2e',
  fullyParallel: false,
  workers: Number(process.env.TEST_WORKERS ?? 1),
  retries: 0,
  // For machines at a third of the usual speed; what a page may take is asked by each expectation.
  timeout: 180_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: process.env.TEST_REPORT }]],
  use: {
    // A step that never comes is named before the journey's own time is over.
    actionTimeout: 60_000,
    navigationTimeout: 60_000,
    baseURL: process.env.APP_URL,
    locale: 'en-US',
    timezoneId: 'Europe/Berlin',
    // Pictures of every step would cost a third of the processor; a failure says what was on the page.
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false, sources: false },
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM || undefined,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
