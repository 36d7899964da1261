/** Judges every step of every node's Raft. */

import type { RaftState } from '../../core/raft/types.js';
import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';

export class RaftJudge implements Watcher {
  readonly context: RunContext;

  constructor(context: RunContext) {
    this.context = context;
  }

  raftStarted(_node: WatchedNode, _state: RaftState): void {}
}
