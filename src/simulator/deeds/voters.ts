/**
 * Who votes on the metadata log in a run, as far as anybody can know: the newest committed configuration, and
 * those appended behind it, which may be committed yet. Of each of them a majority must keep their disks.
 */

import type {
  RaftEffect,
  RaftInput,
  RaftState,
  Voter,
  VoterChange,
} from '../../core/raft/types.js';
import type { SimulatedCluster } from '../cluster.js';
import type { WatchedNode, Watcher } from '../watch.js';

interface Known {
  readonly index: number;
  readonly voters: readonly Voter[];
}

export class VoterBook implements Watcher {
  private readonly cluster: SimulatedCluster;
  private committed: Known | null = null;
  /** Behind it, in some log or other. */
  private appended: Known[] = [];
  /** Changes that the operator asked for and that may still take effect. */
  private asked: VoterChange[] = [];

  constructor(cluster: SimulatedCluster) {
    this.cluster = cluster;
  }

  raftStarted(_node: WatchedNode, state: RaftState): void {
    this.committed ??= { index: 0, voters: state.snapshot.configuration.voters };
  }

  raftStepped(
    _node: WatchedNode,
    _state: RaftState,
    _input: RaftInput,
    effects: readonly RaftEffect[],
  ): void {
    for (const effect of effects) {
      if (effect.type !== 'persist' && effect.type !== 'committed') {
        continue;
      }
      for (const { index, configuration } of effect.entries) {
        if (configuration !== undefined) {
          const known = { index, voters: configuration.voters };
          if (effect.type === 'persist') {
            this.appended.push(known);
          } else if (index > (this.committed?.index ?? 0)) {
            this.committed = known;
            this.appended = this.appended.filter((each) => each.index > index);
          }
        }
      }
    }
  }

  /** The voters by the newest committed configuration. */
  get newest(): readonly Voter[] {
    return this.committed?.voters ?? [];
  }

  /** The node as it would be a voter, with the disk that it has now. */
  memberAt(index: number): Voter {
    return this.cluster.memberAt(index);
  }

  /** The operator begins to ask for a change: until `answered` disks are safe. */
  asking(change: VoterChange): void {
    this.asked.push(change);
  }

  answered(change: VoterChange): void {
    this.asked = this.asked.filter((each) => each !== change);
  }

  /** Why this node's vote must not get lost now; null: it may. */
  lossRefused(index: number): string | null {
    if (this.asked.length > 0) {
      return 'the voters are being changed';
    }
    return this.each((voters) => this.isMajority(voters, (voter) => voter.id !== index + 1))
      ? null
      : 'without its vote there is no majority any more';
  }

  /**
   * Why the operator must not ask for that; null: it may. Of what was asked for besides it the worst is taken
   * for granted: sound voters are removed, and nothing else comes of it.
   */
  changeRefused(change: VoterChange): string | null {
    const removed = [...this.asked, change]
      .filter(({ type, voter }) => type === 'remove' && this.votes(voter))
      .map(({ voter }) => voter.directoryId);
    const keeps = this.each((voters) => {
      const left = voters.filter(({ directoryId }) => !removed.includes(directoryId));
      return this.isMajority(left, () => true);
    });
    return keeps ? null : 'the voters that have their disks would be no majority';
  }

  /**
   * Whether those that run are a majority without this node. One that refuses its metadata log counts as if it
   * ran: nobody has damaged that, so it must not.
   */
  canDoWithout(index: number): boolean {
    return this.each((voters) => {
      const others = voters.filter(
        ({ id, directoryId }) =>
          id !== index + 1 &&
          this.cluster.memberAt(id - 1).directoryId === directoryId &&
          (this.cluster.nodes[id - 1]!.isRunning || this.cluster.refusesMetadata(id - 1)),
      );
      return 2 * others.length > voters.length;
    });
  }

  /** Voters of the newest committed configuration that will not vote again; empty: a majority will. */
  lostMajority(): readonly Voter[] {
    const gone = this.newest.filter((voter) => !this.votes(voter));
    return this.isMajority(this.newest, () => true) ? [] : gone;
  }

  /** Of each configuration that is, or may come to be, in force. */
  private each(holds: (voters: readonly Voter[]) => boolean): boolean {
    return [this.newest, ...this.appended.map(({ voters }) => voters)].every(holds);
  }

  private isMajority(voters: readonly Voter[], holds: (voter: Voter) => boolean): boolean {
    const count = voters.filter((voter) => this.votes(voter) && holds(voter)).length;
    return 2 * count > voters.length;
  }

  /** Its disk is the one that it became a voter with, and it starts with it. */
  private votes({ id, directoryId }: Voter): boolean {
    const index = id - 1;
    return (
      this.cluster.memberAt(index).directoryId === directoryId &&
      !this.cluster.refusesMetadata(index)
    );
  }
}
