/** The version in package.json, wherever the code runs from. */

import { readFileSync } from 'node:fs';

export function version(): string {
  // dist/src/cli/version.js or src/cli/version.ts: the package is three or two levels up.
  for (const up of ['../../../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { version: string })
        .version;
    } catch {
      // The other layout.
    }
  }
  return 'unknown';
}
