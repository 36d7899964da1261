/** The machines whose specifications are walked: where, and what of them is drawn seldom. */

import { join } from 'node:path';
import type { Bug } from '../../../src/bugs/bug.js';
import type { Lock } from '../../conformance/lock.js';
import { partitionLock } from '../../conformance/partition/lock.js';
import { producerLock } from '../../conformance/producer/lock.js';
import { raftLock } from '../../conformance/raft/lock.js';
import { SPEC_FOLDER } from '../../spec/plans.js';
import { openQuintTree, type QuintExpression } from '../../spec/quint-evaluator.js';
import type { Walkable } from './walks.js';

export interface WalkedMachine {
  readonly lock: Lock;
  /** In the folder of the specifications. */
  readonly file: string;
  readonly modules: readonly string[];
  /** What can nearly always happen, and undoes what else would. */
  readonly seldom: readonly string[];
}

export const walkedMachines: Readonly<Record<'raft' | 'partition' | 'producer', WalkedMachine>> = {
  raft: {
    lock: raftLock,
    file: 'raft_traces.qnt',
    modules: ['raft_walk_quorum', 'raft_walk_members'],
    seldom: ['electionDue', 'leaderSilent', 'checkQuorumDue', 'transferDue', 'restart', 'drop'],
  },
  partition: {
    lock: partitionLock,
    file: 'partition_traces.qnt',
    modules: ['partition_walk_elr', 'partition_walk_unclean'],
    seldom: [
      'replicaLagDue',
      'drop',
      'restart',
      'sessionExpired',
      'electPreferredLeaders',
      'electUncleanLeaders',
    ],
  },
  producer: {
    lock: producerLock,
    file: 'producer_walks.qnt',
    modules: ['producer_walk'],
    seldom: ['timeOutBatch', 'electLeader', 'restart', 'takeSnapshot', 'expireProducer'],
  },
};

/** By the name of a module, and the bug whose rules are in the place of the right ones. */
export type OpenWalks = (module: string, bug: Bug | null) => Walkable;

/** `typechecks`: also the types of the specification. */
export async function openWalks(
  { lock, file, seldom }: WalkedMachine,
  typechecks = false,
): Promise<OpenWalks> {
  const { open, tree } = await openQuintTree(join(SPEC_FOLDER, file), typechecks);
  const machine = tree.modules.find(({ name }) => name === lock.specification);
  const step = machine?.declarations.find(({ name }) => name === 'step')?.expr;
  if (step?.kind !== 'app' || step.opcode !== 'actionAny') {
    throw new Error(`the step of ${lock.specification}.qnt is no choice of actions`);
  }
  const isSeldom = step.args.map((branch) => seldom.includes(chosenAction(branch)));
  return (name, bug) => {
    const module = open(name);
    return {
      module,
      worldOf: () => lock.walkedWorldOf(module, bug),
      outputsOf: lock.settingsOf(module).outputsOf,
      isSeldom,
    };
  };
}

/** What is called behind all picks; empty: one of several, by the message that comes. */
function chosenAction(branch: QuintExpression): string {
  switch (branch.kind) {
    case 'let':
      return chosenAction(branch.expr);
    case 'name':
      return branch.name;
    case 'app':
      return branch.opcode === 'matchVariant' ? '' : branch.opcode;
    default:
      return '';
  }
}
