/** A path through Raft's world, step by step, for whoever tells it. */

import type { RaftTransition } from '../../core/properties/raft/transition.js';
import type { RaftState } from '../../core/raft/types.js';
import { stepsAlong } from '../steps.js';
import { RESTART, WIPE } from './inputs.js';
import type { Packet } from './message-codec.js';
import type { Happening, RaftWorld, RaftWorldState } from './world.js';

export interface ToldStep {
  readonly kind: 'step' | 'restart' | 'wipe' | 'lost';
  /** The message that arrives or is lost. */
  readonly packet: Packet | null;
  readonly isDuplicated: boolean;
  /** What the machine was told, in order, and how it answered. None where a message is lost. */
  readonly transitions: readonly RaftTransition[];
  /** Before the step; of a node that starts anew, of its life before. */
  readonly before: RaftState | null;
  readonly after: RaftState | null;
  readonly sent: readonly Packet[];
}

/** The steps of `path`, from the initial state on. */
export function stepsOn(world: RaftWorld, path: readonly number[]): ToldStep[] {
  return stepsAlong(world, path, (before) => told(world, before, world.happening));
}

function told(world: RaftWorld, state: RaftWorldState, happening: Happening): ToldStep {
  const { node, code, message, isDuplicated } = happening;
  const { nodes, packets } = world.machines;
  const packet = message === null ? null : packets.all[message]!;
  const played = world.play(state, happening);
  if (node === null || played === null) {
    const nothing = { isDuplicated, transitions: [], before: null, after: null, sent: [] };
    return { kind: 'lost', packet, ...nothing };
  }
  const isRestart = code >= RESTART && code < RESTART + 32;
  return {
    kind: code === WIPE ? 'wipe' : isRestart ? 'restart' : 'step',
    packet,
    isDuplicated,
    transitions: played.transitions,
    before: nodes.all[state.nodes[node - 1]!]!.raft,
    after: played.node.raft,
    sent: played.sent,
  };
}
