/**
 * What the replicas do, remembered: a step is a function of the replica and of what it is told, and there are few
 * of both. So is its verdict, for the properties look at the replica alone.
 */

import { isAppending } from '../../core/partition/queries.js';
import type { BatchFacts } from '../../core/partition/types.js';
import { fail } from '../../core/types/assert.js';
import { PairTable } from '../pair-table.js';
import type { PartWriter, Renaming } from '../part-writer.js';
import { Parts } from '../parts.js';
import type { Violation } from '../world.js';
import { lifeIn } from './batches.js';
import { acknowledgedCodec, replicaCodec } from './codecs.js';
import { judgeAcknowledged } from './judging.js';
import {
  appended,
  expired,
  fetched,
  handed,
  type Played,
  type Produced,
  restarted,
  type Setting,
  told,
} from './play.js';
import { type ExploredReplica, endOf, unheard, withSnapshot } from './replica.js';
import type { Witnesses } from './witnesses.js';

/** What a replica may be told, by number. */
export const RESTART = 0;
/** A segment is rolled. */
export const ROLL = 1;
/** The oldest produce that waits has waited for too long. */
export const EXPIRE = 2;
/** The oldest batch that is not in the page cache yet gets there. */
export const APPENDED = 3;
/** + 2 x the leader epoch + the leader - 1. */
export const TELL = 16;
/** + 16 x the producer + the life: nobody hears the answers to its requests any more. */
export const UNHEARD = 64;
/** + 2 x the batch, + 1 where nobody hears the answer. */
export const PRODUCE = 256;

/** What a search needs to know of a replica without opening it. */
export interface ReplicaFacts {
  readonly role: ExploredReplica['state']['role'];
  readonly leader: number;
  /** -1: it has not been told of its role since it started. */
  readonly leaderEpoch: number;
  readonly waiting: number;
  readonly end: number;
  /** Something is on its way into the page cache. */
  readonly isAppending: boolean;
}

export interface Step {
  readonly replica: number;
  readonly answers: readonly Produced[];
  readonly violation: Violation | null;
  /** Witnesses, a bit each. */
  readonly reached: number;
}

/** A fetch of a follower and its answer. */
export interface FetchStep {
  readonly leader: Step;
  readonly follower: Step;
}

export class ReplicaMemory {
  readonly replicas: Parts<ExploredReplica>;
  /** Batches that were acknowledged. */
  readonly ghosts: Parts<readonly BatchFacts[]>;
  readonly facts: ReplicaFacts[] = [];
  private readonly steps: Step[] = [];
  private readonly known = new PairTable();
  private readonly fetches: FetchStep[] = [];
  private readonly knownFetches = new PairTable();
  private readonly verdicts: (Violation | null)[] = [];
  private readonly knownVerdicts = new PairTable();
  private readonly setting: Setting;
  /** Batches by number, as sessions have them on the way. */
  private readonly batches: readonly BatchFacts[];
  private readonly witnesses: Witnesses;
  /** false: everything is done anew, to see that remembering changes nothing. */
  private readonly remembers: boolean;

  constructor(
    setting: Setting,
    batches: readonly BatchFacts[],
    witnesses: Witnesses,
    renamings: readonly Renaming[],
    writer: PartWriter,
    remembers: boolean,
  ) {
    this.setting = setting;
    this.batches = batches;
    this.witnesses = witnesses;
    this.remembers = remembers;
    this.replicas = new Parts(writer, renamings, 0x1b873593, replicaCodec.write);
    this.ghosts = new Parts(writer, renamings, 0x6c8e9cf5, acknowledgedCodec.write);
  }

  /** What replica `replica` does when it is told `code`. */
  step(replica: number, code: number): Step {
    const known = this.known.get(replica, code);
    if (known >= 0 && this.remembers) {
      return this.steps[known]!;
    }
    const step = this.stepOf(replica, this.play(replica, code));
    this.known.set(replica, code, this.steps.length);
    this.steps.push(step);
    return step;
  }

  /** `follower` fetches from `leader`. */
  fetch(leader: number, follower: number): FetchStep {
    const known = this.knownFetches.get(leader, follower);
    if (known >= 0 && this.remembers) {
      return this.fetches[known]!;
    }
    const played = this.playFetch(leader, follower);
    const step = {
      leader: this.stepOf(leader, played.leader),
      follower: this.stepOf(follower, played.follower),
    };
    this.knownFetches.set(leader, follower, this.fetches.length);
    this.fetches.push(step);
    return step;
  }

  /** Whether `replica` has what `ghost` says was acknowledged. */
  verdict(replica: number, ghost: number): Violation | null {
    const known = this.knownVerdicts.get(replica, ghost);
    if (known >= 0 && this.remembers) {
      return this.verdicts[known]!;
    }
    const verdict = judgeAcknowledged(this.replicas.all[replica]!, this.ghosts.all[ghost]!);
    this.knownVerdicts.set(replica, ghost, this.verdicts.length);
    this.verdicts.push(verdict);
    return verdict;
  }

  /** The step once more, with all that is to be told of it. */
  play(replica: number, code: number): Played {
    const { setting } = this;
    const before = this.replicas.all[replica]!;
    const changed = (after: ExploredReplica): Played => ({
      replica: after,
      steps: [],
      answers: [],
      violation: null,
    });
    if (code >= PRODUCE) {
      const batch = this.batches[(code - PRODUCE) >> 1]!;
      return handed(before, batch, ((code - PRODUCE) & 1) === 0, setting);
    }
    if (code >= UNHEARD) {
      const [producer, life] = [(code - UNHEARD) >> 4, (code - UNHEARD) & 15];
      return changed(
        unheard(before, (batch) => Number(batch.producerId) === producer && lifeIn(batch) === life),
      );
    }
    if (code >= TELL) {
      return told(before, ((code - TELL) & 1) + 1, (code - TELL) >> 1, setting);
    }
    switch (code) {
      case RESTART:
        return restarted(before, setting);
      case ROLL:
        return changed(withSnapshot(before));
      case EXPIRE:
        return expired(before, setting);
      case APPENDED:
        return appended(before, setting);
      default:
        return fail(`a replica is told nothing by the number ${code}`);
    }
  }

  playFetch(leader: number, follower: number): ReturnType<typeof fetched> {
    const { all } = this.replicas;
    return fetched(all[leader]!, all[follower]!, this.setting);
  }

  numberOf(replica: ExploredReplica): number {
    const number = this.replicas.numberOf(replica);
    if (number === this.facts.length) {
      const { role, leader, leaderEpoch } = replica.state;
      this.facts.push({
        role,
        leader,
        leaderEpoch,
        waiting: replica.asked.length,
        end: endOf(replica.log),
        isAppending: isAppending(replica.state),
      });
    }
    return number;
  }

  private stepOf(before: number, { replica, steps, answers, violation }: Played): Step {
    let reached = 0;
    for (const step of steps) {
      reached |= this.witnesses.bitsOf(step, replica);
    }
    // After an assertion there is no state.
    const after = violation === null ? this.numberOf(replica) : before;
    return { replica: after, answers, violation, reached };
  }
}
