import { appEnv, databaseUrl, isHosted, loadStackConfig } from './stack/config';
import { isListening } from './stack/ports';
import { main, PlainError } from './stack/progress';

await main(async () => {
  if (isHosted()) throw new PlainError('SUPABASE_URL names a hosted Supabase; its keys are not printed.');
  const config = loadStackConfig();
  const env = appEnv(config);
  const facts = {
    app: env.APP_URL,
    api: env.SUPABASE_URL,
    publishableKey: env.SUPABASE_PUBLISHABLE_KEY,
    secretKey: env.SUPABASE_SECRET_KEY,
    databaseUrl: databaseUrl(config),
    inbox: `http://127.0.0.1:${config.ports.inbox}`,
    stripe: env.STRIPE_API_URL ?? 'https://api.stripe.com',
  };
  if (process.argv.includes('--json')) return console.log(JSON.stringify(facts, null, 2));
  const running = await isListening(config.ports.api);
  console.log(running ? 'The embedded stack is running.' : 'The embedded stack is not running; npm start starts it.');
  for (const [name, value] of Object.entries(facts)) console.log(`  ${name.padEnd(15)} ${value}`);
});
