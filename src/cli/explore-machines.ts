/** The machines that `logjury explore` knows. */

import type { ExploredMachine } from './explore-machine.js';
import { partitionMachine } from './explore-partition.js';
import { producerMachine } from './explore-producer.js';
import { raftMachine } from './explore-raft.js';

export const exploredMachines: readonly ExploredMachine[] = [
  raftMachine,
  partitionMachine,
  producerMachine,
];

export function findMachine(name: string): ExploredMachine | undefined {
  return exploredMachines.find((machine) => machine.name === name);
}
