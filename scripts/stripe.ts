import { loadStackConfig, stripeFile, webhookSecret } from './stack/config';
import { main } from './stack/progress';
import { startStripe } from './stack/stripe';

await main(async () => {
  const config = loadStackConfig();
  const emulator = await startStripe({
    port: config.ports.stripe,
    file: stripeFile(config),
    endpoint: { url: `${config.appUrl}/api/stripe/webhook`, secrets: [webhookSecret(config)] },
  });
  process.once('SIGTERM', () => void emulator.close().then(() => process.exit(0)));
});
