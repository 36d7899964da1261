/** What the steps of the nemesis act on, and the moves that several of them share. */

import { applyParts, type CutPart, countersOf, healParts, type Links, linkName } from '../links.js';
import type { ClusterView, Observer } from '../observer.js';
import type { Random } from '../random.js';
import { type BrokerNumber, FaultSkipped, type Target } from '../targets/target.js';
import type { FaultLog, OpenFault } from './fault-log.js';
import type { Aim } from './schedule.js';

export interface Arena {
  readonly target: Target;
  readonly observer: Observer;
  readonly faults: FaultLog;
  /** Draws that depend on what is seen; the schedule has draws of its own. */
  readonly random: Random;
  /** Consumer groups of the workload, if it has any. */
  readonly groups: readonly string[];
  /** Timeouts of the cluster that faults are timed by, in milliseconds. */
  readonly timing: { readonly session: number; readonly lag: number };
  /** Ends early when the time of the trial is up. */
  sleep(milliseconds: number): Promise<void>;
  isOver(): boolean;
}

/** Which broker plays the role now. */
export async function choose(arena: Arena, aim: Aim): Promise<BrokerNumber> {
  const view = await arena.observer.look();
  if (aim === 'controller' && view.controller !== null) {
    return view.controller;
  }
  const leaders = leadersIn(view).filter((broker) => arena.target.isUp(broker));
  if (aim === 'leader' && leaders.length > 0) {
    return arena.random.pick(leaders);
  }
  return arena.random.pick(arena.target.brokers);
}

/** Brokers that lead, each once per partition: who leads more is drawn more often. */
export function leadersIn(view: ClusterView): BrokerNumber[] {
  return view.partitions.flatMap(({ leader }) => (leader >= 0 ? [leader as number] : []));
}

/** kill -9 as a fault of its own; ends when `restartKilled` brings the broker back. */
export async function kill(arena: Arena, broker: BrokerNumber): Promise<OpenFault> {
  const fault = arena.faults.begin('kill', `broker ${broker}`);
  try {
    await arena.target.kill(broker);
  } catch (error) {
    arena.faults.failed(fault, error);
    throw error;
  }
  return fault;
}

export async function restartKilled(
  arena: Arena,
  fault: OpenFault,
  broker: BrokerNumber,
): Promise<void> {
  const { proof } = await arena.target.restart(broker);
  arena.faults.end(fault, `ended by SIGKILL, then ${proof}`);
}

/** A cut that has begun. */
export interface OpenCut {
  readonly fault: OpenFault;
  readonly parts: readonly CutPart[];
  readonly before: Effects;
}

interface Effects {
  readonly held: number;
  readonly dropped: number;
  readonly delayed: number;
}

export function startCut(
  arena: Arena,
  kind: string,
  target: string,
  parts: readonly CutPart[],
): OpenCut {
  const before = effects(arena.target.links, parts);
  applyParts(arena.target.links, parts);
  return { fault: arena.faults.begin(kind, target), parts, before };
}

/** Heals the links of the cut; it counts only if something was held, lost or delayed. */
export function endCut(arena: Arena, cut: OpenCut): void {
  const { links } = arena.target;
  const now = effects(links, cut.parts);
  const held = now.held - cut.before.held;
  const dropped = now.dropped - cut.before.dropped;
  const delayed = now.delayed - cut.before.delayed;
  healParts(links, cut.parts);
  const names = [...new Set(cut.parts.map(linkName))].join(' ');
  if (held + dropped + delayed > 0) {
    arena.faults.end(
      cut.fault,
      `${names}: ${held} bytes or connections held, ${dropped} bytes lost, ${delayed} delayed`,
    );
  } else {
    arena.faults.skip(cut.fault, `${names}: nothing came that could be held`);
  }
}

/** Bytes that wait in the links of the cut are lost with their connections, as in a crash. */
export function resetCut(arena: Arena, parts: readonly CutPart[]): void {
  for (const { from, to } of parts) {
    arena.target.links.get(from, to).resetAll();
  }
}

function effects(links: Links, parts: readonly CutPart[]): Effects {
  const counters = countersOf(links, parts);
  return {
    held: counters.bytesHeld + counters.connectionsHeld,
    dropped: counters.bytesDropped,
    delayed: counters.bytesDelayed,
  };
}

/** Polls `condition` until it holds; false if `patience` ms pass or the trial is over first. */
export async function waitFor(
  arena: Arena,
  patience: number,
  condition: () => Promise<boolean>,
): Promise<boolean> {
  const end = performance.now() + patience;
  while (!arena.isOver() && performance.now() < end) {
    if (await condition()) {
      return true;
    }
    await arena.sleep(30);
  }
  return false;
}

export function skipUnless(condition: boolean, reason: string): asserts condition {
  if (!condition) {
    throw new FaultSkipped(reason);
  }
}
