/** Writes the pages that are made from the code, and from other pages and figures. `npm run docs`. */

import { readFileSync, writeFileSync } from 'node:fs';
import { gather } from './assurance/facts.js';
import { withLocks } from './assurance/locks-section.js';
import { assurancePage } from './assurance/page.js';
import { configsPage } from './configs-page.js';
import { mutantsPage } from './mutation/page.js';
import { readGuards } from './spec/guard-figures.js';
import { guardsPage } from './spec/guards-page.js';

function write(name: string, text: string): void {
  writeFileSync(new URL(`../docs/${name}`, import.meta.url), text);
}

const bugs = readFileSync(new URL('../docs/bugs.md', import.meta.url), 'utf8');

write('configs.md', configsPage());
write('bugs.md', withLocks(bugs));
write('assurance.md', assurancePage(gather()));
write('guards.md', guardsPage(readGuards()));
write('mutants.md', mutantsPage());
