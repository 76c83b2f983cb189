import { loadStackConfig, stripeFile } from './stack/config';
import { main } from './stack/progress';
import { startStripe } from './stack/stripe';

await main(async () => {
  const config = loadStackConfig();
  const emulator = await startStripe({ port: config.ports.stripe, file: stripeFile(config) });
  process.once('SIGTERM', () => void emulator.close().then(() => process.exit(0)));
});
