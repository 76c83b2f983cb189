import { loadStackConfig } from './stack/config';
import { serveGateway } from './stack/gateway';
import { main } from './stack/progress';

await main(() => serveGateway(loadStackConfig()));
