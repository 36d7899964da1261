import { describe, expect, test } from 'vitest';
import { ZERO_UUID } from '../types/ids.js';
import { encodePartition } from './encoding.js';
import { clonePartition, equalPartitions, startPartition } from './state.js';
import type { PartitionState } from './types.js';

/** A state in which every field has something to say. Literals are cast once, here. */
function richState(): PartitionState {
  const batch = (base: number) => ({
    baseSequence: base,
    lastSequence: base + 1,
    baseOffset: base + 10,
    lastOffset: base + 11,
    timestamp: base + 100,
  });
  const progress = (seed: number) => ({
    brokerEpoch: seed,
    logEndOffset: seed + 1,
    leaderEndAtFetch: seed + 2,
    logStartOffset: seed + 6,
    lastFetchStamp: seed + 3,
    lastCaughtUpStamp: seed + 4,
    lagging: seed % 2 === 0,
  });
  const waiting = (token: number) => ({
    token,
    acks: -1,
    requiredOffset: token + 5,
    baseOffset: token + 4,
    logAppendTime: token + 50,
  });
  const broker = (id: number) => ({
    id,
    epoch: id + 7,
    fenced: true,
    inControlledShutdown: false,
    rack: `r${id}`,
  });
  return {
    self: 1,
    topicId: ZERO_UUID,
    partition: 3,
    config: { minInsyncReplicas: 2 },
    role: 'leader',
    leader: 1,
    leaderEpoch: 5,
    partitionEpoch: 9,
    replicas: [1, 2, 3],
    isr: [1, 2],
    leaderRecoveryState: 'recovered',
    brokers: new Map([1, 2, 3].map((id) => [id, broker(id)])),
    logStartOffset: 4,
    logEndOffset: 30,
    nextOffset: 33,
    pendingTruncation: 31,
    highWatermark: 20,
    leaderHighWatermark: 21,
    epochs: [
      { epoch: 2, startOffset: 4 },
      { epoch: 5, startOffset: 15 },
    ],
    producers: new Map([
      [77n, { epoch: 1, batches: [batch(0), batch(2)], lastTimestamp: 102 }],
      [78n, { epoch: 4, batches: [], lastTimestamp: -1 }],
    ]),
    leaderState: {
      epochStartOffset: 15,
      followers: new Map([
        [2, progress(40)],
        [3, progress(61)],
      ]),
      inflight: { isr: [1, 2, 3], brokerEpochs: [8, 9, 10], partitionEpoch: 9 },
      waiting: [waiting(70), waiting(90)],
      deleting: [{ token: 95, requiredOffset: 17 }],
    },
  } as unknown as PartitionState;
}

type Path = readonly (string | number | bigint)[];

/** Paths of all numbers, texts and booleans in plain data. */
function leavesOf(value: unknown, path: Path = []): Path[] {
  if (value instanceof Map) {
    return [...value].flatMap(([key, item]) => leavesOf(item, [...path, key]));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
  }
  return [path];
}

function changed(value: unknown): unknown {
  if (typeof value === 'number') {
    return value + 1;
  }
  if (typeof value === 'boolean') {
    return !value;
  }
  const other: Record<string, string> = { leader: 'follower', recovered: 'recovering' };
  // As long as before: the length alone would tell.
  return other[String(value)] ?? `${String(value).slice(0, -1)}~`;
}

function changeAt(root: unknown, path: Path): void {
  const last = path.at(-1)!;
  let at = root as Record<string, unknown> | Map<unknown, unknown>;
  for (const step of path.slice(0, -1)) {
    at = (at instanceof Map ? at.get(step) : at[step as string]) as typeof at;
  }
  if (at instanceof Map) {
    at.set(last, changed(at.get(last)));
  } else {
    at[last as string] = changed(at[last as string]);
  }
}

describe('the state of a partition', () => {
  test('is cloned whole, sharing no map or list that changes', () => {
    const state = richState();
    const copy = clonePartition(state);
    expect(copy).toEqual(state);
    const mutable: ((of: PartitionState) => unknown)[] = [
      (of) => of.brokers,
      (of) => of.producers,
      (of) => [...of.producers.values()][0],
      (of) => [...of.producers.values()][0]!.batches,
      (of) => of.leaderState,
      (of) => of.leaderState!.followers,
      (of) => [...of.leaderState!.followers.values()][0],
      (of) => of.leaderState!.waiting,
      (of) => of.leaderState!.deleting,
    ];
    for (const part of mutable) {
      expect(part(copy)).not.toBe(part(state));
    }
  });

  test('shows every field in its bytes, except stamps', () => {
    const bytes = encodePartition(richState()).join();
    const leaves = leavesOf(richState());
    expect(leaves.length).toBeGreaterThan(70);
    for (const path of leaves) {
      const other = richState();
      changeAt(other, path);
      const same = encodePartition(other).join() === bytes;
      expect(`${path.join('.')} ${same}`).toBe(
        `${path.join('.')} ${String(path.at(-1)).endsWith('Stamp')}`,
      );
      // Of the same length or not: they are two states.
      expect(equalPartitions(other, richState())).toBe(same);
    }
  });

  test('shows absent parts in its bytes', () => {
    const without = (change: (state: PartitionState) => void) => {
      const state = richState();
      change(state);
      return state;
    };
    const variants = [
      richState(),
      without((state) => {
        state.leaderState = null;
      }),
      without((state) => {
        state.leaderState!.inflight = null;
      }),
      without((state) => {
        state.pendingTruncation = null;
      }),
      without((state) => {
        state.leaderState!.waiting.pop();
      }),
      without((state) => {
        state.leaderState!.deleting.pop();
      }),
    ];
    expect(new Set(variants.map((state) => encodePartition(state).join())).size).toBe(6);
  });

  test('shows whether a part is absent or only empty', () => {
    const bytes = (change: (state: PartitionState) => void) => {
      const state = richState();
      change(state);
      return encodePartition(state).join();
    };
    const cutAt = (offset: number | null) =>
      bytes((state) => {
        state.pendingTruncation = offset as never;
      });
    expect(cutAt(null)).not.toBe(cutAt(0));
    const inRack = (rack: string | null) =>
      bytes((state) => {
        state.brokers.set(2 as never, { ...state.brokers.get(2 as never)!, rack });
      });
    expect(inRack(null)).not.toBe(inRack(''));
    const roles = (['leader', 'follower', 'none'] as const).map((role) =>
      bytes((state) => {
        state.role = role;
      }),
    );
    expect(new Set(roles).size).toBe(3);
  });

  test('shows a change of the ISR in flight, whatever numbers wait behind it', () => {
    // The same numbers in the same order: only what they belong to differs.
    const leading = (more: object) => {
      const state = richState();
      Object.assign(state.leaderState!, { inflight: null, waiting: [], deleting: [] }, more);
      return encodePartition(state).join();
    };
    const wait = { token: 2, acks: 1, requiredOffset: 3, baseOffset: 4, logAppendTime: 0 };
    expect(leading({ inflight: { isr: [2], brokerEpochs: [3], partitionEpoch: 4 } })).not.toBe(
      leading({ waiting: [wait] }),
    );
  });

  test('has bytes for what it holds, and no others', () => {
    const { length } = encodePartition(richState());
    const larger = richState();
    larger.isr = [...larger.isr, 3 as never];
    expect(encodePartition(larger)).toHaveLength(length + 8);
    // However much that is.
    larger.isr = Array.from({ length: 5_000 }, (_, at) => at as never);
    expect(encodePartition(larger)).toHaveLength(length + 8 * 4_998);
  });

  test('has the same bytes whatever the order of its maps', () => {
    const state = richState();
    const other = richState();
    other.brokers = new Map([...other.brokers].reverse());
    other.producers = new Map([...other.producers].reverse());
    other.leaderState!.followers = new Map([...other.leaderState!.followers].reverse());
    expect(equalPartitions(state, other)).toBe(true);
  });

  test('starts without a role, its high watermark within the log', () => {
    const start = (highWatermark: number) =>
      startPartition({
        self: 1,
        topicId: ZERO_UUID,
        partition: 0,
        config: { minInsyncReplicas: 1 },
        logStartOffset: 5,
        logEndOffset: 9,
        highWatermark,
        epochs: [{ epoch: 1, startOffset: 5 }],
        producers: new Map(),
      } as unknown as Parameters<typeof startPartition>[0]);
    expect([0, 7, 12].map((checkpoint) => start(checkpoint).highWatermark)).toEqual([5, 7, 9]);
    expect(start(7)).toMatchObject({ role: 'none', leader: -1, leaderEpoch: -1, nextOffset: 9 });
    // Nobody's replica yet, and nothing to recover from: the controller will say.
    expect(start(7)).toMatchObject({ replicas: [], isr: [], leaderRecoveryState: 'recovered' });
  });
});
