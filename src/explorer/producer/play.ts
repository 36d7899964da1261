/** One thing happens to one replica, or between the two: the machines' answers, carried out on logs. */

import type { LogRules } from '../../core/log/rules.js';
import { stepPartition } from '../../core/partition/machine.js';
import { followerFetchPosition } from '../../core/partition/queries.js';
import type { PartitionRules } from '../../core/partition/rules.js';
import { clonePartition } from '../../core/partition/state.js';
import type {
  BatchFacts,
  PartitionEffect,
  PartitionInput,
  PartitionState,
} from '../../core/partition/types.js';
import type { PartitionStep } from '../../core/properties/partition/property.js';
import { AssertionError, unreachable } from '../../core/types/assert.js';
import { NO_TIMESTAMP, type Stamp } from '../../core/types/ids.js';
import { batchesBetween, cutLog } from '../partition/log.js';
import type { Violation } from '../world.js';
import { judge, judgeForgotten } from './judging.js';
import {
  type Asked,
  assignmentOf,
  BROKER_EPOCH,
  BROKERS,
  type ExploredReplica,
  endOf,
  type ProducerSnapshot,
  rebuilt,
  soundSnapshots,
  started,
} from './replica.js';

/** What stays the same in a world. */
export interface Setting {
  readonly rules: PartitionRules;
  readonly logRules: LogRules;
  /** What is appended is in the page cache within the step. */
  readonly appendsAtOnce: boolean;
}

/** The leader's answer to a produce. */
export interface Produced {
  readonly asked: Asked;
  readonly error: number;
  /** The batch as it is stored; null with an error. */
  readonly stored: BatchFacts | null;
}

export interface Played {
  readonly replica: ExploredReplica;
  /** What the machine was told, in order, and how it answered. */
  readonly steps: readonly PartitionStep[];
  readonly answers: readonly Produced[];
  readonly violation: Violation | null;
}

/** Time decides nothing here. */
const STAMP = 0 as Stamp;

/** The controller's word reaches the replica. */
export function told(
  replica: ExploredReplica,
  leader: number,
  epoch: number,
  setting: Setting,
): Played {
  const assignment = assignmentOf(leader, epoch);
  return fed(replica, { type: 'assigned', assignment, brokers: BROKERS, stamp: STAMP }, setting);
}

export function handed(
  replica: ExploredReplica,
  batch: BatchFacts,
  isHeard: boolean,
  setting: Setting,
): Played {
  const token = replica.asked.length;
  const input: PartitionInput = {
    type: 'produce',
    token,
    acks: -1,
    batch,
    logAppendTime: NO_TIMESTAMP,
    stamp: STAMP,
  };
  return fed({ ...replica, asked: [...replica.asked, { batch, isHeard }] }, input, setting);
}

/** The oldest produce has waited for too long. */
export function expired(replica: ExploredReplica, setting: Setting): Played {
  return fed(replica, { type: 'produceExpired', token: 0, stamp: STAMP }, setting);
}

/** The oldest batch that is not in the page cache yet gets there. */
export function appended(replica: ExploredReplica, setting: Setting): Played {
  const { log, state } = replica;
  const next = log.filter(({ baseOffset }) => baseOffset >= state.logEndOffset).slice(0, 1);
  return fed(replica, { type: 'appended', endOffset: endOf(next), stamp: STAMP }, setting);
}

/** The process ends and starts again with what was in the page cache; it is told of its role later. */
export function restarted(before: ExploredReplica, setting: Setting): Played {
  const { state, snapshots } = before;
  const log = cutLog(before.log, state.logEndOffset);
  const replica = started(state.self, log, state.epochs, snapshots, setting.logRules);
  const { state: after } = replica;
  const about = { self: state.self, incarnation: 0, before: after, after };
  const step: PartitionStep = { ...about, input: null, effects: [], latest: null };
  const violation = judge({ step, log, asked: new Map() });
  return { replica, steps: [step], answers: [], violation };
}

/** The follower fetches, and gets a batch at most. */
export function fetched(
  leader: ExploredReplica,
  follower: ExploredReplica,
  setting: Setting,
): { readonly leader: Played; readonly follower: Played } {
  const { offset, lastFetchedEpoch, currentLeaderEpoch } = followerFetchPosition(
    follower.state,
    setting.rules,
  );
  const { self, logStartOffset } = follower.state;
  const asked = fed(
    leader,
    {
      type: 'fetch',
      token: 0,
      replica: { id: self, brokerEpoch: BROKER_EPOCH, logStartOffset },
      anyReplica: false,
      clientRack: '',
      currentLeaderEpoch,
      fetchOffset: offset,
      lastFetchedEpoch,
      stamp: STAMP,
    },
    setting,
  );
  const answer = asked.steps[0]?.effects.find((effect) => effect.type === 'fetchAnswer');
  if (answer === undefined) {
    // The leader's machine has ended in an assertion.
    return {
      leader: asked,
      follower: { replica: follower, steps: [], answers: [], violation: null },
    };
  }
  const { error, diverging, highWatermark } = answer;
  const isFound = error === 0 && diverging === null;
  const batches = isFound ? batchesBetween(leader.log, answer.from, answer.upTo, 1) : [];
  const input: PartitionInput = {
    type: 'fetched',
    leaderEpoch: currentLeaderEpoch,
    fetchOffset: offset,
    lastFetchedEpoch,
    error,
    diverging,
    highWatermark,
    logStartOffset: answer.logStartOffset,
    batches,
    stamp: STAMP,
  };
  return { leader: asked, follower: fed(follower, input, setting) };
}

/** One input, and those that its effects bring about at once: a log is written and cut within the step. */
function fed(replica: ExploredReplica, first: PartitionInput, setting: Setting): Played {
  const state = clonePartition(replica.state);
  const disk: Disk = { log: [...replica.log], snapshots: replica.snapshots };
  const asked = new Map(replica.asked.entries());
  const inputs = [first];
  const steps: PartitionStep[] = [];
  const answers: Produced[] = [];
  let violation: Violation | null = null;
  for (let input = inputs.shift(); input !== undefined; input = inputs.shift()) {
    const before = clonePartition(state);
    const effects: PartitionEffect[] = [];
    try {
      stepPartition(state, input, effects, setting.rules);
    } catch (error) {
      if (!(error instanceof AssertionError)) {
        throw error;
      }
      violation ??= { property: 'AssertionHolds', detail: error.message };
      break;
    }
    inputs.push(...carriedOut(disk, effects, setting));
    const step = { self: state.self, incarnation: 0, before, input, effects, after: state };
    const seen: PartitionStep = { ...step, latest: null };
    violation ??= judge({ step: { ...seen, after: state }, log: disk.log, asked });
    steps.push({ ...seen, after: clonePartition(state) });
    for (const effect of effects) {
      const who = effect.type === 'produced' ? asked.get(effect.token) : undefined;
      if (effect.type === 'produced' && who !== undefined) {
        const { error, baseOffset, token } = effect;
        const stored = disk.log.find((batch) => batch.baseOffset === baseOffset) ?? null;
        answers.push({ asked: who, error, stored: error === 0 ? stored : null });
        asked.delete(token);
      }
    }
  }
  violation ??= judgeForgotten(state, asked);
  return { replica: withTokensAnew(state, disk, asked), steps, answers, violation };
}

interface Disk {
  log: BatchFacts[];
  snapshots: readonly ProducerSnapshot[];
}

/** What the host does with the effects; returns what it tells the machine of it. */
function carriedOut(
  disk: Disk,
  effects: readonly PartitionEffect[],
  setting: Setting,
): PartitionInput[] {
  const { logRules } = setting;
  const inputs: PartitionInput[] = [];
  for (const effect of effects) {
    switch (effect.type) {
      case 'append':
        disk.log.push(...effect.batches);
        if (setting.appendsAtOnce) {
          inputs.push({ type: 'appended', endOffset: endOf(disk.log), stamp: STAMP });
        }
        break;
      case 'truncate': {
        disk.log = cutLog(disk.log, effect.endOffset);
        const end = endOf(disk.log);
        disk.snapshots = soundSnapshots(disk.snapshots, end, logRules);
        const producers = rebuilt(disk.log, disk.snapshots, logRules);
        inputs.push({ type: 'truncated', endOffset: end, producers, stamp: STAMP });
        break;
      }
      case 'resetLog':
        disk.log = [];
        disk.snapshots = [];
        inputs.push({
          type: 'truncated',
          endOffset: effect.offset,
          producers: new Map(),
          stamp: STAMP,
        });
        break;
      // Answers are looked at beside; the ISR stays as it is, and nobody lags.
      case 'produced':
      case 'fetchAnswer':
      case 'replicationFailed':
      case 'recordsDeleted':
      case 'moveLogStart':
      case 'epochsChanged':
      case 'highWatermarkAdvanced':
      case 'logEndAdvanced':
      case 'roleChanged':
      case 'alterPartition':
      case 'armTimer':
      case 'cancelTimer':
        break;
      default:
        unreachable(effect);
    }
  }
  return inputs;
}

/** Tokens are the places of those who wait, so that it does not matter how many have waited before. */
function withTokensAnew(
  state: PartitionState,
  { log, snapshots }: Disk,
  asked: ReadonlyMap<number, Asked>,
): ExploredReplica {
  const waiting = state.leaderState?.waiting ?? [];
  const left: Asked[] = [];
  for (const [place, each] of waiting.entries()) {
    const who = asked.get(each.token);
    if (who !== undefined) {
      left.push(who);
      waiting[place] = { ...each, token: place };
    }
  }
  return { state, log, snapshots, asked: left };
}
