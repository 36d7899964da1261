/** The zoo as a whole, and rules with wrong variants in them. */

import type { Rules } from '../core/rules.js';
import type { Bug } from './bug.js';
import { coordinatorBugs } from './coordinator.js';
import { metadataBugs } from './metadata.js';
import { partitionBugs } from './partition.js';
import { raftBugs } from './raft.js';

/** Every bug, in the order of the layers. */
export const allBugs: readonly Bug[] = [
  ...raftBugs,
  ...metadataBugs,
  ...partitionBugs,
  ...coordinatorBugs,
];

export function findBug(name: string): Bug | undefined {
  return allBugs.find((bug) => bug.name === name);
}

/** `rules` with the wrong variants of these bugs put in. */
export function withBugs(rules: Rules, bugs: readonly Bug[]): Rules {
  let { raft, controller, partition, groups } = rules;
  for (const bug of bugs) {
    raft = { ...raft, ...bug.raft };
    controller = { ...controller, ...bug.controller };
    partition = { ...partition, ...bug.partition };
    groups = { ...groups, ...bug.groups };
  }
  return { raft, controller, partition, groups };
}
