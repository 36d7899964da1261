/**
 * Cycles of dependencies: operations that cannot be put into any order. Classes and names are
 * Elle's (jepsen-io/elle, src/elle/txn.clj) for edges ww, wr and realtime; `g-single` and `g2`, with
 * rw edges, are ours, as Jepsen's Kafka checker draws none.
 *
 * Of each strongly connected component a shortest cycle of each class is reported, but none that a
 * worse class implies: G0 implies all others, G1c and G0-realtime imply G1c-realtime. With ww edges
 * a G1c that needs none of them is looked for by itself, as only that one convicts.
 */

import type { Facts } from '../facts.js';
import { createComponentFinder } from '../graph/components.js';
import { type EdgeOptions, RW, WR, WW } from '../graph/dependencies.js';
import { buildGraph, COMPLETED, REAL_TIME } from '../graph/dependency-graph.js';
import { type CycleClass, CycleSearch, type Step } from '../graph/shortest-cycle.js';
import { tabulateVersions, type VersionTable } from '../graph/versions.js';
import { witnessStep } from '../graph/witness.js';
import { entryOf, withPlaces } from '../places.js';
import type { FindingDraft, Reporter } from '../reporter.js';
import type { AnomalyName, CheckOptions } from '../result.js';

/** Edges that the search in one component may look at, for one class. */
const DEFAULT_CYCLE_STEPS = 10_000_000;

/** What one search needs at hand. */
interface Hunt {
  readonly facts: Facts;
  readonly table: VersionTable;
  readonly search: CycleSearch;
  readonly reporter: Reporter;
}

export function findCycles(facts: Facts, reporter: Reporter, options: CheckOptions): void {
  const edges: EdgeOptions = {
    wwDeps: options.wwDeps === true,
    rwDeps: options.rwDeps === true,
  };
  const table = tabulateVersions(facts);
  const graph = buildGraph(facts, table, edges);
  if (graph.isEmpty) {
    reporter.found('empty-transaction-graph', () => ({
      ...nowhere(),
      sentence:
        'No operation depends on another and none began after another was done: ' +
        'the history can prove nothing.',
    }));
    return;
  }
  const finder = createComponentFinder(graph);
  const search = new CycleSearch(graph, finder, options.cycleSteps ?? DEFAULT_CYCLE_STEPS);
  const hunt: Hunt = { facts, table, search, reporter };
  const writes = edges.wwDeps ? WW : 0;
  for (const component of finder.find(writes | WR | REAL_TIME, null)) {
    huntKnownClasses(hunt, component);
  }
  if ((graph.kinds & RW) === 0) {
    return;
  }
  for (const component of finder.find(WR | RW, null)) {
    huntMisses(hunt, component, 0);
  }
  // What convicts is looked for without ww edges: a shorter cycle with one must not hide it.
  for (const component of edges.wwDeps ? finder.find(WW | WR | RW, null) : []) {
    huntMisses(hunt, component, WW);
  }
}

/** The classes of Jepsen's checker, in one component. Where no ww edges were drawn, no search finds one. */
function huntKnownClasses(hunt: Hunt, component: Int32Array): void {
  const find = (first: number, rest: number): readonly Step[] | null =>
    hunt.search.find(component, { first, rest }).cycle;
  const ww = find(WW, WW);
  // Without ww edges first: with them the transactions of a sound system make cycles, too.
  const pure = find(WR, WR);
  const wr = pure ?? (ww === null ? find(WR, WW | WR) : null);
  const wwTime = ww === null ? find(COMPLETED, REAL_TIME | WW) : null;
  const pureTime = pure === null ? find(COMPLETED, REAL_TIME | WR) : null;
  const implied = ww !== null || wr !== null || wwTime !== null;
  const wrTime = pureTime ?? (implied ? null : find(COMPLETED, REAL_TIME | WW | WR));
  reportCycle(hunt, 'G0', ww);
  reportCycle(hunt, 'G1c', wr);
  reportCycle(hunt, 'G0-realtime', wwTime);
  reportCycle(hunt, 'G1c-realtime', wrTime);
  reportCycle(hunt, 'PL-1-cycle-exists', ww);
  if (ww === null) {
    reportCycle(hunt, 'PL-2-cycle-exists', wr);
    reportCycle(hunt, 'strong-PL-1-cycle-exists', wwTime);
    if (wr === null && wwTime === null) {
      reportCycle(hunt, 'strong-PL-2-cycle-exists', wrTime);
    }
  }
}

/**
 * g-single: exactly one rw edge; g2: more, where no cycle of the component gets by with one. With `writes` ww edges may
 * be in them, and those without one are not told again.
 */
function huntMisses(hunt: Hunt, component: Int32Array, writes: number): void {
  const single: CycleClass = { first: RW, rest: WR | writes };
  const answer = hunt.search.find(component, single);
  if (answer.isUnknown) {
    hunt.reporter.found('cycle-search-timeout', () => ({
      ...nowhere(),
      operations: [...component.subarray(0, 2)],
      sentence:
        `Whether ${component.length} operations that depend on each other in circles hold a ` +
        'g-single was not found out within the limit of steps.',
    }));
  }
  const report = (name: AnomalyName, cycle: readonly Step[] | null): void => {
    const isToldBefore = writes !== 0 && cycle?.every(({ kind }) => kind !== WW);
    reportCycle(hunt, name, isToldBefore === true ? null : cycle);
  };
  report('g-single', answer.cycle);
  if (answer.cycle === null && !answer.isUnknown) {
    report('g2', hunt.search.find(component, { first: RW, rest: RW | WR | writes }).cycle);
  }
}

/** Cycles that need a ww edge prove nothing: Kafka's transactions do not isolate their writes. */
function reportCycle(hunt: Hunt, name: AnomalyName, cycle: readonly Step[] | null): void {
  if (cycle !== null) {
    const isAllowed = cycle.some((step) => step.kind === WW);
    hunt.reporter.found(name, () => draftCycle(hunt, cycle), isAllowed);
  }
}

function draftCycle({ facts, table }: Hunt, cycle: readonly Step[]): FindingDraft {
  const witnesses = cycle.map((step) => witnessStep(facts, table, step));
  const edges = witnesses.map((witness) => witness.edge);
  // Real time alone makes no cycle.
  const key = edges.find((edge) => edge.key !== null)!.key!;
  return {
    key,
    offsets: witnesses.flatMap((witness) => witness.offsets),
    values: [...new Set(witnesses.flatMap((witness) => witness.values))],
    operations: withPlaces(
      facts,
      cycle.map((step) => step.from),
      witnesses.flatMap(({ placed }) => placed.map((value) => entryOf(facts, value))),
    ),
    edges,
    sentence:
      `Key ${key}: ${cycle.length} operations form a cycle: ` +
      `${witnesses.map((witness) => witness.sentence).join('; ')}.`,
  };
}

function nowhere(): Omit<FindingDraft, 'sentence'> {
  return { key: '', offsets: [], values: [], operations: [] };
}
