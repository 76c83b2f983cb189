import { main } from './stack/progress';
import { serve } from './stack/serve';

await main(() => serve('dev'));
