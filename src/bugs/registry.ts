/** The zoo as a whole, and rules with wrong variants in them. */

import type { Rules } from '../core/rules.js';
import type { Bug } from './bug.js';
import { clusterBugs } from './cluster.js';
import { coordinatorBugs, coordinatorHostBugs } from './coordinator.js';
import { logBugs } from './log.js';
import { metadataBugs } from './metadata.js';
import { partitionBugs } from './partition.js';
import { raftBugs } from './raft.js';

/** Every bug, in the order of the layers. */
export const allBugs: readonly Bug[] = [
  ...raftBugs,
  ...metadataBugs,
  ...partitionBugs,
  ...logBugs,
  ...clusterBugs,
  ...coordinatorBugs,
  ...coordinatorHostBugs,
];

/** What a source is found by. */
const TICKET = /^(kip|kafka)-\d+$/;

/** By name, or by a ticket that only one bug's source begins with or names: `kip-101`, `KAFKA-7128`. */
export function findBug(name: string): Bug | undefined {
  const exact = allBugs.find((bug) => bug.name === name);
  if (exact !== undefined) {
    return exact;
  }
  const wanted = name.toLowerCase();
  if (!TICKET.test(wanted)) {
    // Any other word of a source names nothing: `--bug none` must not plant one.
    return undefined;
  }
  const words = (source: string): string[] => source.toLowerCase().split(/[^a-z0-9-]+/);
  const naming = allBugs.filter(({ source }) => words(source).includes(wanted));
  // Others may name a ticket beside their own.
  const leading = naming.filter(({ source }) => words(source)[0] === wanted);
  const found = leading.length > 0 ? leading : naming;
  return found.length === 1 ? found[0] : undefined;
}

/** `rules` with the wrong variants of these bugs put in. */
export function withBugs(rules: Rules, bugs: readonly Bug[]): Rules {
  let { raft, controller, partition, log, groups } = rules;
  for (const bug of bugs) {
    raft = { ...raft, ...bug.raft };
    controller = { ...controller, ...bug.controller };
    partition = { ...partition, ...bug.partition };
    log = { ...log, ...bug.log };
    groups = { ...groups, ...bug.groups };
  }
  return { raft, controller, partition, log, groups };
}
