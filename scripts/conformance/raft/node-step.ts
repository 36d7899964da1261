/** One input to one node: the production step, its writes and timers, and what of its messages can be compared. */

import { stepRaft } from '../../../src/core/raft/machine.js';
import type { RaftRules } from '../../../src/core/raft/rules.js';
import { cloneRaft, encodeRaft } from '../../../src/core/raft/state.js';
import type {
  Configuration,
  RaftEffect,
  RaftInput,
  RaftLimits,
  RaftState,
} from '../../../src/core/raft/types.js';
import { AssertionError } from '../../../src/core/types/assert.js';
import type { BrokerId, Stamp } from '../../../src/core/types/ids.js';
import type { Packet } from '../../../src/explorer/raft/message-codec.js';
import type { Disk, ExploredNode } from '../../../src/explorer/raft/node.js';
import {
  renumbered,
  startNode,
  TIMERS,
  timersAfter,
  written,
} from '../../../src/explorer/raft/node.js';
import { voterOf } from '../../../src/explorer/raft/voters.js';
import { contradiction } from './abstraction.js';
import { notAllowed } from './sending.js';

/** Time decides nothing here. */
export const STAMP: Stamp = 0 as Stamp;

export interface Setting {
  readonly rules: RaftRules;
  readonly bootstrap: Configuration;
  readonly limits: RaftLimits;
  /** Every write is durable within the step that asks for it. */
  readonly syncsAtOnce: boolean;
  readonly servers: readonly number[];
}

export interface NodeStep {
  readonly node: ExploredNode;
  /** Everything but what a leader sends of its log. */
  readonly sent: readonly Packet[];
  readonly effects: readonly RaftEffect[];
  /** How many messages of the log were found to be allowed. */
  readonly pushed: number;
  /** Words for what must not be: an assertion of the machine, a message that no leader could have sent. */
  readonly fault: string | null;
}

/** The node after `input`; its writes are numbered from the last durable one. */
export function fed(node: ExploredNode, input: RaftInput, setting: Setting): NodeStep {
  return settled(syncedAtOnce(fedOnce(node, input, setting), setting), setting);
}

/**
 * A process that starts from `disk`. A single voter stands for election within its first step; in the
 * specification that is the next one, so here it starts with that timer and without that step.
 */
export function startedFrom(self: RaftState['self'], disk: Disk, setting: Setting): NodeStep {
  const node = startNode(self, disk, setting);
  const { configuration, role } = node.raft;
  if (configuration.voters.length === 1 && role === 'follower') {
    const armed = { ...node, timers: 1 << TIMERS.indexOf('election') };
    return settled({ node: armed, sent: [], effects: [], pushed: 0, fault: null }, setting);
  }
  return fed(node, { type: 'start', stamp: STAMP }, setting);
}

/** The oldest write is durable. */
export function persisted(node: ExploredNode, setting: Setting): NodeStep {
  return settled(persistedOnce(node, setting), setting);
}

function persistedOnce(node: ExploredNode, setting: Setting): NodeStep {
  const [write, ...writes] = node.writes;
  const before = { ...node, disk: written(node.disk, write!), writes };
  return fedOnce(before, { type: 'persisted', sequence: write!.sequence, stamp: STAMP }, setting);
}

function syncedAtOnce(step: NodeStep, setting: Setting): NodeStep {
  let all = step;
  while (setting.syncsAtOnce && all.fault === null && all.node.writes.length > 0) {
    all = joined(all, persistedOnce(all.node, setting));
  }
  return all;
}

/**
 * In the specification a leader knows all servers; the code hears of those that are no voters when they say
 * hello. So they do at once: it has to change nothing that the specification sees, which `compare` asks.
 */
function settled(step: NodeStep, setting: Setting): NodeStep {
  let all = step;
  for (const id of setting.servers) {
    const { raft } = all.node;
    const isUnknown = id !== raft.self.id && !raft.progress.has(id as BrokerId);
    if (all.fault === null && raft.role === 'leader' && isUnknown) {
      all = joined(all, fedOnce(all.node, hello(id, raft.term), setting));
      const progress = all.node.raft.progress.get(id as BrokerId);
      if (progress !== undefined) {
        // Nobody has said this hello, so nobody lives that has.
        progress.active = false;
      }
    }
  }
  const node = renumbered({ ...all.node, raft: cloneRaft(all.node.raft) });
  node.raft.waiting = waitingOnce(node.raft.waiting);
  return { ...all, node, fault: all.fault ?? contradiction(node.raft) };
}

/**
 * What waits for one write leaves with it, into a network that is a set: neither order nor number can be told.
 */
function waitingOnce(waiting: RaftState['waiting']): RaftState['waiting'] {
  const byKey = new Map(waiting.map((each) => [JSON.stringify(each, bytesAsText), each]));
  return [...byKey]
    .sort(([a, x], [b, y]) => x.after - y.after || (a < b ? -1 : 1))
    .map(([, each]) => each);
}

export function hello(id: number, term: RaftState['term']): RaftInput {
  const { directoryId } = voterOf(id, 0);
  const message = { type: 'learnerHello', term } as const;
  return {
    type: 'message',
    from: id as BrokerId,
    fromDirectory: directoryId,
    message,
    stamp: STAMP,
  };
}

function joined(first: NodeStep, second: NodeStep): NodeStep {
  return {
    node: second.node,
    sent: [...first.sent, ...second.sent],
    effects: [...first.effects, ...second.effects],
    pushed: first.pushed + second.pushed,
    fault: first.fault ?? second.fault,
  };
}

function fedOnce(node: ExploredNode, input: RaftInput, { rules }: Setting): NodeStep {
  const before = node.raft;
  const after = cloneRaft(before);
  const effects: RaftEffect[] = [];
  try {
    stepRaft(after, input, effects, rules);
  } catch (error) {
    if (!(error instanceof AssertionError)) {
      throw error;
    }
    return { node, sent: [], effects: [], pushed: 0, fault: error.message };
  }
  const sent: Packet[] = [];
  const writes = [...node.writes];
  let pushed = 0;
  let fault: string | null = null;
  for (const effect of effects) {
    if (effect.type === 'persist') {
      writes.push(effect);
    } else if (effect.type === 'send') {
      const packet = { from: after.self, to: effect.to, message: effect.message };
      const { type } = effect.message;
      if (type === 'appendEntries' || type === 'installSnapshot') {
        const reason = notAllowed(before, after, packet);
        fault ??= reason === null ? null : `${type} to ${effect.to}: ${reason}`;
        pushed++;
      } else {
        sent.push(packet);
      }
    }
  }
  const timers = timersAfter(node.timers, effects);
  return { node: { raft: after, disk: node.disk, writes, timers }, sent, effects, pushed, fault };
}

/** Equal nodes, equal keys: everything that the next step of the code may depend on. */
export function nodeKey({ raft, disk, writes, timers }: ExploredNode): string {
  const state = Buffer.from(encodeRaft(raft)).toString('latin1');
  return `${state}\n${JSON.stringify([disk, writes, timers], bytesAsText)}`;
}

/** Two messages are one if all their fields are. */
export function packetKey(packet: Packet): string {
  return JSON.stringify(packet, bytesAsText);
}

function bytesAsText(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
}
