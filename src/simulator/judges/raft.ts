/** Judges every step of every node's Raft by the properties of core/properties/raft. */

import { IncrementalRaftJudge } from '../../core/properties/raft/incremental.js';
import type { RaftViolation } from '../../core/properties/raft/judge.js';
import type { RaftEffect, RaftInput, RaftState } from '../../core/raft/types.js';
import type { BrokerId } from '../../core/types/ids.js';
import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';

export class RaftJudge implements Watcher {
  readonly context: RunContext;
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
    const [first] = violations;
    if (first !== undefined) {
      this.context.violated(first.property, first.detail, node.name);
    }
  }
}
