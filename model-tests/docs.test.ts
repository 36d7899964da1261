/** Pages that are written from the code, or from what was measured, say what these say. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CLIENTS } from '../clients/catalogue.js';
import { clientsPage } from '../clients/page.js';
import { OWN_NAME, readResults, worseThan } from '../clients/results.js';
import { SCENARIOS } from '../clients/scenarios/all.js';
import { gather } from '../scripts/assurance/facts.js';
import { withLocks } from '../scripts/assurance/locks-section.js';
import { assurancePage } from '../scripts/assurance/page.js';
import { configsPage } from '../scripts/configs-page.js';
import { readGuards } from '../scripts/spec/guard-figures.js';
import { guardsPage } from '../scripts/spec/guards-page.js';

function page(name: string): string {
  return readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');
}

test('docs/configs.md is the table of configs', () => {
  expect(page('configs.md')).toBe(configsPage());
});

test('docs/assurance.md is what the code, the figures and the pages of bugs say', () => {
  expect(page('assurance.md'), 'npm run docs').toBe(assurancePage(gather()));
});

test('docs/bugs.md tells at its end what the tables of the locks say', () => {
  expect(page('bugs.md'), 'npm run docs').toBe(withLocks(page('bugs.md')));
});

test('docs/guards.md is what breaking each guard showed', () => {
  expect(page('guards.md'), 'npm run docs').toBe(guardsPage(readGuards()));
});

test('docs/clients.md is what was measured', () => {
  const clients = CLIENTS.map(({ name }) => name);
  expect(page('clients.md')).toBe(clientsPage(readResults(), SCENARIOS, clients));
});

test('every client and scenario was measured here and at Apache Kafka, and none is worse here', () => {
  const [ours, ...others] = readResults();
  expect(ours!.system).toBe(OWN_NAME);
  expect(others.map(({ system }) => system)).toContainEqual(expect.stringMatching(/^Apache Kafka/));
  for (const { clients } of [ours!, ...others]) {
    for (const { name } of CLIENTS) {
      expect(clients[name]?.skipped, name).toBe(null);
      const measured = Object.keys(clients[name]!.cells);
      expect(measured, name).toEqual(expect.arrayContaining(SCENARIOS.map((each) => each.name)));
    }
  }
  expect(others.flatMap((other) => worseThan(ours!, other))).toEqual([]);
});
