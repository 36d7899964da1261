/** Judges every step of every node's Raft by the properties of core/properties/raft. */

import { IncrementalRaftJudge } from '../../core/properties/raft/incremental.js';
import type { RaftViolation } from '../../core/properties/raft/judge.js';
import type { RaftEffect, RaftInput, RaftState } from '../../core/raft/types.js';
import type { BrokerId } from '../../core/types/ids.js';
import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';

/** What follows where too many voters have forgotten what they had synced. */
const OF_FORGOTTEN_ENTRIES: ReadonlySet<string> = new Set([
  'QuorumLog',
  'CommittedIsDurable',
  'LeaderCompleteness',
  'StateMachineSafety',
]);

export class RaftJudge implements Watcher {
  readonly context: RunContext;
  /** Names of nodes that came back without synced entries, as documented: their disks lost them. */
  private readonly forgetful = new Set<string>();
  readonly judge: IncrementalRaftJudge = new IncrementalRaftJudge();

  constructor(context: RunContext) {
    this.context = context;
  }

  raftStarted(node: WatchedNode, state: RaftState): void {
    this.tell(node, this.judge.started(state));
  }

  raftStepping(_node: WatchedNode, state: RaftState): void {
    this.judge.stepping(state);
  }

  raftStepped(
    node: WatchedNode,
    state: RaftState,
    input: RaftInput,
    effects: readonly RaftEffect[],
  ): void {
    this.tell(node, this.judge.stepped(state, input, effects));
  }

  /** What a dead process still computes reaches nobody: it is judged no more. */
  nodeEnded(node: WatchedNode): void {
    this.judge.ended((node.index + 1) as BrokerId);
  }

  private tell(node: WatchedNode, violations: readonly RaftViolation[]): void {
    for (const violation of violations) {
      if (!this.isDocumented(node, violation)) {
        this.context.violated(violation.property, violation.detail, node.name);
      }
    }
  }

  /**
   * Beyond the atlas: after a power loss the mark of what was synced may be old, and damage behind it is
   * taken for a torn tail. The voter forgets; what it forgot may have been committed.
   */
  private isDocumented({ name, index }: WatchedNode, { property, detail }: RaftViolation): boolean {
    const { context, forgetful } = this;
    const by = 'a metadata log was damaged';
    if (property === 'RestartKeepsPersisted' && context.ledger.hasDamagedMetadata(index)) {
      forgetful.add(name);
      context.lost({ partition: null, what: `synced metadata of ${name} (${detail})`, by });
      return true;
    }
    if (forgetful.size === 0 || !OF_FORGOTTEN_ENTRIES.has(property)) {
      return false;
    }
    // Whatever the cluster does from here on, it does without metadata that it had committed.
    context.lost({ partition: null, what: `committed metadata (${detail})`, by }, true);
    return true;
  }
}
