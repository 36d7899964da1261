/** Storage of the metadata log. */

import type { Entry, HardState, RaftEffect, Snapshot } from '../core/raft/types.js';
import type { FileError, FileSystem } from '../environment/environment.js';

export type PersistEffect = Extract<RaftEffect, { readonly type: 'persist' }>;

export interface RaftStore {
  /**
   * Writes what `effect` says, in order, and syncs it; `done` is called later, in the order of the
   * calls, never before `persist` has returned. What is queued while a sync runs shares the next.
   * After the first error nothing is written any more.
   */
  persist(effect: PersistEffect, done: (error: FileError | null) => void): void;
  close(): void;
}

export interface OpenedRaftLog {
  readonly hardState: HardState;
  readonly snapshot: Snapshot;
  readonly entries: readonly Entry[];
  readonly store: RaftStore;
}

/** The log is damaged below what was synced: this node must not start with it. */
export class RaftLogDamaged extends Error {
  override readonly name: string = 'RaftLogDamaged';
}

/** Opens or creates the metadata log in `directory`. Throws {@link RaftLogDamaged}. */
export function openRaftLog(_files: FileSystem, _directory: string): OpenedRaftLog {
  throw new Error('not built yet');
}
