/** Deeds to the disk of one node. */

import { unreachable } from '../../core/types/assert.js';
import type { SimulatedNode } from '../../environment/simulated/environment.js';
import type { Act } from '../scenario.js';
import type { Attempt, Doing, Hands } from './hands.js';
import type { PartitionKey } from './hosted.js';

type DiskAct = Extract<Act, { type: 'disk' }>;
type Fault = DiskAct['fault'];

/** A sync of a disk that has become slow takes up to so many microseconds more. */
const SLOWNESS = 400_000;
/** A disk is full when so many bytes, at most, are left: the write that fails is cut short. */
const LEFT_BYTES = 4096;
/** Of a batch: where its length is, where the bytes begin of which a change is seen, and its CRC's end. */
const LENGTH_AT = 8;
const PROTECTED_FROM = 16;
const CRC_END = 21;
const PARTITION_FILE = /^\/data\/(.+)-(\d+)\/\d{20}\.log$/;
const METADATA_FILE = /^\/data\/__cluster_metadata-0\/\d{20}\.log$/;

/** Which faults each disk has: the same one is not laid on twice. */
export class DiskDeeds {
  private readonly present: Set<Fault>[];

  constructor(brokers: number) {
    this.present = Array.from({ length: brokers }, () => new Set());
  }

  spoil(hands: Hands, doing: Doing, act: DiskAct, index: number): Attempt {
    if (this.present[index]!.has(act.fault)) {
      return 'its disk has this fault already';
    }
    switch (act.fault) {
      case 'corruptSector':
        return corruptSector(hands, doing, act, index);
      case 'misdirectedWrite':
        return this.misdirect(hands, doing, act, index);
      case 'slowSync':
        return this.last(hands, doing, act, index, null);
      case 'full':
      case 'writeError':
      case 'syncError':
      case 'readError':
        return this.last(hands, doing, act, index, hands.atlas.killRefused(index));
      default:
        return unreachable(act.fault);
    }
  }

  /** A fault that lasts. All but the slow disk end the broker as soon as it needs the disk. */
  private last(
    hands: Hands,
    doing: Doing,
    act: DiskAct,
    index: number,
    refused: string | null,
  ): Attempt {
    if (refused !== null) {
      return refused;
    }
    const { context, atlas } = hands;
    const node = context.cluster.nodes[index]!;
    const present = this.present[index]!;
    doing.begins(node.name);
    present.add(act.fault);
    const ends = act.fault !== 'slowSync';
    if (ends) {
      atlas.doubted(index, 1);
    }
    setFault(node, act.fault, true, context.world.stream('disk faults').below(LEFT_BYTES));
    doing.until(act.lasts, () => {
      setFault(node, act.fault, false, 0);
      present.delete(act.fault);
      if (ends) {
        atlas.doubted(index, -1);
      }
    });
    return null;
  }

  /** The next write to a file of a partition (or of the metadata) goes astray, if one comes in time. */
  private misdirect(hands: Hands, doing: Doing, act: DiskAct, index: number): Attempt {
    const { context, atlas } = hands;
    const node = context.cluster.nodes[index]!;
    const refused = refusedSector(hands, act, index, null);
    if (refused !== null) {
      return refused;
    }
    const present = this.present[index]!;
    doing.begins(node.name);
    present.add(act.fault);
    atlas.mayStray(index, 1);
    const stream = context.world.stream('disk faults');
    node.files.faults.misdirect = {
      concerns: (path) => isEligible(hands, act, index, path),
      draw: (bound) => stream.below(bound),
      leastBytes: PROTECTED_FROM,
      sparedOf: (victim) => spared(node, victim, telling),
      done: (path, victim) => {
        for (const hit of [path, victim]) {
          noteDamage(hands, index, hit);
        }
        atlas.mayStray(index, -1);
      },
    };
    doing.until(act.lasts, () => {
      if (node.files.faults.misdirect !== null) {
        node.files.faults.misdirect = null;
        doing.failed('nothing was written');
        atlas.mayStray(index, -1);
      }
      present.delete(act.fault);
    });
    return null;
  }
}

/** One sector of one file decays, at once and for good. */
function corruptSector(hands: Hands, doing: Doing, act: DiskAct, index: number): Attempt {
  const { context } = hands;
  const node = context.cluster.nodes[index]!;
  const stream = context.world.stream('disk faults');
  const files = node.files
    .paths()
    .filter((path) => node.files.sizeOf(path) > 0 && isEligible(hands, act, index, path));
  if (files.length === 0) {
    return 'no file has a sector yet';
  }
  const path = stream.pick(files);
  const refused = refusedSector(hands, act, index, keyOf(hands, path));
  if (refused !== null) {
    return refused;
  }
  doing.begins(node.name);
  noteDamage(hands, index, path);
  const left = spared(node, path, uncovered);
  node.files.corruptSector(path, (bound) => stream.below(bound), left);
  doing.until(0, () => {});
  return null;
}

/**
 * Base offset and leader epoch of a batch lie outside of its CRC (Kafka's record format v2): nobody can
 * see a bit that flips there, and no judge could hold a broker to anything behind it: none does, also beyond
 * the atlas.
 */
function uncovered(at: number): boolean {
  // The length is not covered either, but what it leads to is.
  return at < LENGTH_AT || (at >= LENGTH_AT + 4 && at < PROTECTED_FROM);
}

/**
 * What goes astray is the front of a batch, and a file begins with one: a whole sound batch in the place of
 * another, which no CRC tells from the right one. The CRC of the batch that is hit stays, and tells.
 */
function telling(at: number): boolean {
  return at < CRC_END;
}

/** Bytes of a file of batches that a sector fault leaves alone: by their place in a batch. */
function spared(
  node: SimulatedNode,
  path: string,
  which: (at: number) => boolean,
): (position: number) => boolean {
  const positions = new Set<number>();
  const bytes = node.files.peek(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (at + CRC_END <= bytes.length) {
    const length = view.getInt32(at + LENGTH_AT);
    if (length <= 0) {
      break;
    }
    for (let i = 0; i < CRC_END; i++) {
      if (which(i)) {
        positions.add(at + i);
      }
    }
    at += LENGTH_AT + 4 + length;
  }
  return (position) => positions.has(position);
}

function refusedSector(
  hands: Hands,
  act: DiskAct,
  index: number,
  only: PartitionKey | null,
): string | null {
  return act.where === 'metadata'
    ? hands.atlas.metadataDamageRefused()
    : hands.atlas.lossRefused(index, 'sector', only);
}

/** Log files of partitions that exist, or of the metadata; not those that were set aside. */
function isEligible(hands: Hands, act: DiskAct, _index: number, path: string): boolean {
  return act.where === 'metadata' ? METADATA_FILE.test(path) : keyOf(hands, path) !== null;
}

function keyOf(hands: Hands, path: string): PartitionKey | null {
  const match = PARTITION_FILE.exec(path);
  const id = match === null ? undefined : hands.images.get()?.topicIds.get(match[1]!);
  return id === undefined ? null : `${id}/${match![2]}`;
}

function noteDamage(hands: Hands, index: number, path: string): void {
  const key = keyOf(hands, path);
  if (key !== null) {
    hands.atlas.damaged(index, key);
  } else if (METADATA_FILE.test(path)) {
    hands.atlas.damagedMetadata(index);
  }
}

function setFault(node: SimulatedNode, fault: Fault, on: boolean, left: number): void {
  const { faults } = node.files;
  switch (fault) {
    case 'full':
      faults.freeBytes = on ? left : null;
      return;
    case 'writeError':
      faults.failWrite = on ? 'EIO' : null;
      return;
    case 'syncError':
      faults.failSync = on ? 'EIO' : null;
      return;
    case 'readError':
      faults.failRead = on ? 'EIO' : null;
      return;
    case 'slowSync':
      node.disk.slowness = on ? SLOWNESS : 0;
      return;
    case 'corruptSector':
    case 'misdirectedWrite':
      return;
    default:
      unreachable(fault);
  }
}
