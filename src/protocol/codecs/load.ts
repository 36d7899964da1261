/** Loads codec libraries synchronously, at their first use: most processes never need most of them. */
import { createRequire } from 'node:module';

export const load: NodeJS.Require = createRequire(import.meta.url);
