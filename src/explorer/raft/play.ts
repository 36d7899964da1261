/** One thing happens to one node: the machine's answer, carried out on the node's disk and timers. */

import type { RaftTransition } from '../../core/properties/raft/transition.js';
import { stepRaft } from '../../core/raft/machine.js';
import type { RaftRules } from '../../core/raft/rules.js';
import { cloneRaft } from '../../core/raft/state.js';
import type {
  Configuration,
  RaftEffect,
  RaftInput,
  RaftLimits,
  RaftState,
} from '../../core/raft/types.js';
import { AssertionError } from '../../core/types/assert.js';
import type { Stamp } from '../../core/types/ids.js';
import { inputOf, PERSISTED, RESTART, SNAPSHOT, WIPE } from './inputs.js';
import type { Packet } from './message-codec.js';
import {
  type Disk,
  diskAfterCrash,
  type ExploredNode,
  emptyDisk,
  startNode,
  timersAfter,
  written,
} from './node.js';
import { generationOf, voterOf } from './voters.js';

export interface Played {
  /** As the machine left it: its writes are not renumbered. */
  readonly node: ExploredNode;
  /** The steps that the judge is asked about, in order. */
  readonly transitions: readonly RaftTransition[];
  readonly sent: readonly Packet[];
  /** The machine's own assertion that does not hold: the process ended in the middle of the step. */
  readonly assertion: string | null;
}

/** What stays the same in a world. */
export interface Setting {
  readonly rules: RaftRules;
  /** The voters that the cluster was formatted with. */
  readonly bootstrap: Configuration;
  readonly limits: RaftLimits;
  /** Writes are durable within the step that asks for them. */
  readonly syncsAtOnce: boolean;
}

export function play(
  node: ExploredNode,
  code: number,
  packets: readonly Packet[],
  setting: Setting,
): Played {
  const played = playOnce(node, code, packets, setting);
  return setting.syncsAtOnce ? synced(played, setting) : played;
}

/** The writes of a step become durable, in order, before anything else happens. */
function synced(played: Played, setting: Setting): Played {
  let { node, transitions, sent, assertion } = played;
  while (assertion === null && node.writes.length > 0) {
    const [write, ...writes] = node.writes;
    const before = { ...node, disk: written(node.disk, write!), writes };
    const input = { type: 'persisted', sequence: write!.sequence, stamp: 0 as Stamp } as const;
    const next = fed(before, input, transitions, setting);
    ({ node, transitions, assertion } = next);
    sent = [...sent, ...next.sent];
  }
  return { node, transitions, sent, assertion };
}

function playOnce(
  node: ExploredNode,
  code: number,
  packets: readonly Packet[],
  setting: Setting,
): Played {
  if (code === WIPE) {
    const { id, directoryId } = node.raft.self;
    return startedOnce(voterOf(id, generationOf(directoryId) + 1), emptyDisk(), setting);
  }
  if (code >= RESTART && code < RESTART + 32) {
    return startedOnce(node.raft.self, diskAfterCrash(node, code - RESTART), setting);
  }
  const input = inputOf(code, node.raft, packets);
  if (code === PERSISTED) {
    const [write, ...writes] = node.writes;
    return fed({ ...node, disk: written(node.disk, write!), writes }, input, [], setting);
  }
  const timers = code < SNAPSHOT ? node.timers & ~(1 << code) : node.timers;
  return fed({ ...node, timers }, input, [], setting);
}

/** A process that starts: the judge sees what it read, then its first step. */
export function started(self: RaftState['self'], disk: Disk, setting: Setting): Played {
  const played = startedOnce(self, disk, setting);
  return setting.syncsAtOnce ? synced(played, setting) : played;
}

function startedOnce(self: RaftState['self'], disk: Disk, setting: Setting): Played {
  const node = startNode(self, disk, setting);
  const first = { before: null, input: null, effects: [], after: node.raft };
  return fed(node, { type: 'start', stamp: 0 as Stamp }, [first], setting);
}

function fed(
  node: ExploredNode,
  input: RaftInput,
  earlier: readonly RaftTransition[],
  { rules }: Setting,
): Played {
  const before = node.raft;
  const after = cloneRaft(before);
  const effects: RaftEffect[] = [];
  try {
    stepRaft(after, input, effects, rules);
  } catch (error) {
    if (!(error instanceof AssertionError)) {
      throw error;
    }
    return { node, transitions: earlier, sent: [], assertion: error.message };
  }
  const sent: Packet[] = [];
  const writes = [...node.writes];
  for (const effect of effects) {
    if (effect.type === 'send') {
      sent.push({ from: after.self, to: effect.to, message: effect.message });
    } else if (effect.type === 'persist') {
      writes.push(effect);
    }
  }
  const timers = timersAfter(node.timers, effects);
  const transitions = [...earlier, { before, input, effects, after }];
  return {
    node: { raft: after, disk: node.disk, writes, timers },
    transitions,
    sent,
    assertion: null,
  };
}
