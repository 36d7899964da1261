/** Writes docs/configs.md from the table of supported configs. `npm run docs`. */

import { writeFileSync } from 'node:fs';
import { configsPage } from './configs-page.js';

writeFileSync(new URL('../docs/configs.md', import.meta.url), configsPage());
