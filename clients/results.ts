/** What was measured, as it is kept in `clients/results`: a file per system, cells of later runs put in. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell } from './matrix.js';

export interface ClientResult {
  readonly language: string;
  readonly version: string;
  /** Null, or why the client could not be run at all. */
  readonly skipped: string | null;
  /** By scenario. */
  readonly cells: Readonly<Record<string, Cell>>;
}

export interface SystemResult {
  /** As the page calls it. */
  readonly system: string;
  /** Of the newest run that is in here: year, month, day. */
  readonly date: string;
  readonly command: string;
  readonly clients: Readonly<Record<string, ClientResult>>;
}

export const RESULTS_FOLDER: string = join(import.meta.dirname, 'results');

/** The brokers of this project among the systems. */
export const OWN_NAME = 'Logjury';

/** All that is kept: this project first, the others by their names. */
export function readResults(folder: string = RESULTS_FOLDER): SystemResult[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const rank = ({ system }: SystemResult): string => (system === OWN_NAME ? '' : system);
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as SystemResult)
    .sort((a, b) => rank(a).localeCompare(rank(b)));
}

/**
 * The newer run's cells before the older one's; a client of another version begins anew. One that could not
 * be run this time keeps what it had.
 */
export function merged(older: SystemResult | null, newer: SystemResult): SystemResult {
  const clients: Record<string, ClientResult> = { ...older?.clients };
  for (const [name, result] of Object.entries(newer.clients)) {
    const before = clients[name];
    if (before !== undefined && before.skipped === null && result.skipped !== null) {
      continue;
    }
    const kept = before?.version === result.version ? before.cells : {};
    clients[name] = { ...result, cells: { ...kept, ...result.cells } };
  }
  return { ...newer, clients };
}

/** Without the cells of scenarios that are no more. */
export function pruned(result: SystemResult, scenarios: readonly string[]): SystemResult {
  const clients = Object.entries(result.clients).map(([name, client]) => {
    const cells = Object.entries(client.cells).filter(([scenario]) => scenarios.includes(scenario));
    return [name, { ...client, cells: Object.fromEntries(cells) }] as const;
  });
  return { ...result, clients: Object.fromEntries(clients) };
}

/** Puts a run into the file of its system; `scenarios`: all there are. */
export function keep(
  run: SystemResult,
  scenarios: readonly string[],
  folder: string = RESULTS_FOLDER,
): void {
  mkdirSync(folder, { recursive: true });
  const older = readResults(folder).find(({ system }) => system === run.system) ?? null;
  const name = `${run.system.toLowerCase().replace(/[^a-z0-9.]+/g, '-')}.json`;
  const whole = pruned(merged(older, run), scenarios);
  writeFileSync(join(folder, name), `${JSON.stringify(whole, null, 2)}\n`);
}

/** Cells that pass with `reference` and do not here. */
export function worseThan(ours: SystemResult, reference: SystemResult): string[] {
  return Object.entries(reference.clients).flatMap(([client, { cells }]) =>
    Object.entries(cells)
      .filter(
        ([scenario, cell]) =>
          cell.outcome === 'pass' && ours.clients[client]?.cells[scenario]?.outcome !== 'pass',
      )
      .map(([scenario]) => `${client}: ${scenario}`),
  );
}
