import { describe, expect, it } from 'vitest';
import type { Entry, HardState, Snapshot } from '../core/raft/types.js';
import {
  type BrokerId,
  type LeaderEpoch,
  type LogIndex,
  NO_TIMESTAMP,
  type Offset,
  type Term,
  type Uuid,
  ZERO_UUID,
} from '../core/types/ids.js';
import { SimulatedFileSystem } from '../environment/simulated/file-system.js';
import { RandomStream } from '../environment/simulated/random.js';
import { uuidBytes, uuidText } from './raft-files.js';
import { type OpenedRaftLog, openRaftLog, type PersistEffect } from './raft-log.js';
import { RaftLogDamaged } from './raft-recovery.js';
import { buildBatch, inspectBatches } from './record-batch.js';

const DIRECTORY = 'data/__cluster_metadata-0';

function payload(text: string, count: number): Uint8Array {
  return buildBatch({
    baseOffset: 0 as Offset,
    leaderEpoch: 0 as LeaderEpoch,
    records: Array.from({ length: count }, (_, i) => ({
      key: null,
      value: new TextEncoder().encode(`${text}${i}`),
      headers: [],
      timestamp: NO_TIMESTAMP,
    })),
  });
}

function data(base: number, count: number, term: number, text: string = 'x'): Entry {
  const index = base + count - 1;
  return {
    base: base as LogIndex,
    index: index as LogIndex,
    term: term as Term,
    kind: 'data',
    payload: payload(text, count),
  };
}

function noop(index: number, term: number): Entry {
  const at = index as LogIndex;
  return { base: at, index: at, term: term as Term, kind: 'noop', payload: new Uint8Array(0) };
}

let sequence = 0;

function effect(parts: Partial<PersistEffect>): PersistEffect {
  return {
    type: 'persist',
    sequence: ++sequence,
    hardState: null,
    truncateFrom: null,
    entries: [],
    snapshot: null,
    ...parts,
  };
}

function hardState(term: number, votedFor: number | null): HardState {
  const voter = votedFor === null ? null : { id: votedFor as BrokerId, directoryId: DIRECTORY_ID };
  return { term: term as Term, votedFor: voter };
}

const DIRECTORY_ID = 'AQIDBAUGBwgJCgsMDQ4PEA' as Uuid;

function snapshotAt(index: number, term: number): Snapshot {
  return {
    index: index as LogIndex,
    term: term as Term,
    configuration: { voters: [{ id: 3 as BrokerId, directoryId: DIRECTORY_ID }] },
    data: payload('state', 4),
  };
}

/** A disk whose syncs end when the test says so. */
class Disk {
  readonly syncs: (() => void)[] = [];
  readonly files: SimulatedFileSystem = new SimulatedFileSystem({
    scheduleSync: (complete) => this.syncs.push(complete),
  });

  open(): OpenedRaftLog {
    return openRaftLog(this.files, DIRECTORY);
  }

  completeSyncs(): void {
    while (this.syncs.length > 0) {
      this.syncs.shift()!();
    }
  }

  crash(power: boolean, seed: number = 1): void {
    const random = new RandomStream(seed, 'crash');
    this.files.crash({ power, draw: (bound) => random.next() % bound });
    this.files.restart();
    this.syncs.length = 0;
  }

  persist(opened: OpenedRaftLog, parts: Partial<PersistEffect>): void {
    const outcomes: unknown[] = [];
    opened.store.persist(effect(parts), (error) => outcomes.push(error));
    expect(outcomes).toEqual([]);
    this.completeSyncs();
    expect(outcomes).toEqual([null]);
  }

  get log(): string {
    return this.files
      .paths()
      .filter((path) => path.endsWith('.log'))
      .at(-1)!;
  }
}

describe('the Raft log', () => {
  it('starts empty in an empty directory', () => {
    const { hardState: found, snapshot, entries } = new Disk().open();
    expect(found).toEqual({ term: 0, votedFor: null });
    expect(snapshot).toMatchObject({ index: 0, term: 0 });
    expect(entries).toEqual([]);
  });

  it('finds entries, term and vote again, byte for byte', () => {
    const disk = new Disk();
    const opened = disk.open();
    const entries = [noop(1, 1), data(2, 3, 1), data(5, 1, 2, 'y')];
    disk.persist(opened, { hardState: hardState(2, 3), entries });
    disk.crash(false);
    const again = disk.open();
    expect(again.entries).toEqual(entries);
    expect(again.hardState).toEqual(hardState(2, 3));
  });

  it('reports after the sync only, and groups what waits into the next one', () => {
    const disk = new Disk();
    const { store } = disk.open();
    const done: number[] = [];
    for (let i = 1; i <= 3; i++) {
      store.persist(effect({ entries: [noop(i, 1)] }), () => done.push(i));
    }
    expect(disk.syncs.length).toBe(1);
    disk.syncs.shift()!();
    expect(done).toEqual([1]);
    expect(disk.syncs.length).toBe(1);
    disk.syncs.shift()!();
    expect(done).toEqual([1, 2, 3]);
  });

  it('keeps every reported entry through any power loss, and nothing out of order', () => {
    for (let seed = 0; seed < 300; seed++) {
      const disk = new Disk();
      const opened = disk.open();
      const entries = [
        noop(1, 1),
        data(2, 9, 1),
        data(11, 40, 1, 'some longer text '),
        noop(51, 2),
      ];
      disk.persist(opened, { entries: entries.slice(0, 2), hardState: hardState(1, 3) });
      opened.store.persist(effect({ entries: entries.slice(2) }), () => {});
      disk.crash(true, seed);
      const again = disk.open();
      expect(again.entries.length).toBeGreaterThanOrEqual(2);
      expect(again.entries).toEqual(entries.slice(0, again.entries.length));
      expect(again.hardState).toEqual(hardState(1, 3));
      // The torn tail is gone from the file too.
      expect(inspectBatches(disk.files.readWhole(disk.log)).error).toBeUndefined();
    }
  });

  it('makes durable what it finds: a killed process may not have lived to sync it', () => {
    for (let seed = 0; seed < 20; seed++) {
      const disk = new Disk();
      const entries = [noop(1, 1), data(2, 9, 1)];
      disk.open().store.persist(effect({ entries }), () => {});
      disk.crash(false);
      expect(disk.open().entries).toEqual(entries);
      disk.crash(true, seed);
      expect(disk.open().entries).toEqual(entries);
    }
  });

  it('truncates, and goes on with other entries of the same indexes, through any power loss', () => {
    for (let seed = 0; seed < 100; seed++) {
      const disk = new Disk();
      const opened = disk.open();
      disk.persist(opened, { entries: [noop(1, 1), data(2, 5, 1), data(7, 30, 1)] });
      opened.store.persist(
        effect({ truncateFrom: 2 as LogIndex, entries: [data(2, 60, 2)] }),
        () => {},
      );
      disk.crash(true, seed);
      const { entries } = disk.open();
      expect(entries[0]).toEqual(noop(1, 1));
      expect(entries.length === 1 || entries[1]!.term === 2).toBe(true);
    }
  });

  it('stores a snapshot, drops the log below it and keeps what is behind', () => {
    const disk = new Disk();
    const opened = disk.open();
    const entries = [noop(1, 1), data(2, 3, 1), data(5, 2, 1)];
    disk.persist(opened, { entries });
    disk.persist(opened, { snapshot: snapshotAt(4, 1) });
    disk.crash(true);
    const again = disk.open();
    expect(again.snapshot).toEqual(snapshotAt(4, 1));
    expect(again.entries).toEqual([entries[2]]);
    disk.persist(again, { snapshot: snapshotAt(6, 1) });
    disk.persist(again, { entries: [noop(7, 2)] });
    expect(disk.files.list(DIRECTORY).filter((name) => /checkpoint|log$/.test(name))).toEqual([
      '00000000000000000006-0000000001.checkpoint',
      '00000000000000000006.log',
    ]);
    disk.crash(true);
    expect(disk.open()).toMatchObject({ snapshot: snapshotAt(6, 1), entries: [noop(7, 2)] });
  });

  it('installs a snapshot far ahead of its log, through a crash at every change of files', () => {
    for (let after = 0; after < 40; after++) {
      const disk = new Disk();
      const opened = disk.open();
      disk.persist(opened, { entries: [noop(1, 1), data(2, 3, 1), data(5, 2, 1)] });
      let left = after;
      disk.files.beforeChange = () => {
        if (left-- === 0) {
          const random = new RandomStream(after, 'crash');
          disk.files.crash({ power: after % 2 === 0, draw: (bound) => random.next() % bound });
        }
      };
      const install = { truncateFrom: 5 as LogIndex, snapshot: snapshotAt(100, 3) };
      opened.store.persist(effect({ ...install, hardState: hardState(3, null) }), () => {});
      disk.completeSyncs();
      disk.files.beforeChange = null;
      disk.files.restart();
      const again = disk.open();
      const { index } = again.snapshot;
      expect(index === 0 || index === 100).toBe(true);
      expect(again.entries.every((entry) => entry.index > index)).toBe(true);
      if (left < 0 && index === 0) {
        expect(again.entries.length).toBeGreaterThanOrEqual(2);
      }
    }
  });

  describe('damage', () => {
    function fiveEntries(): Disk {
      const disk = new Disk();
      const opened = disk.open();
      for (let i = 1; i <= 5; i++) {
        disk.persist(opened, { entries: [data(i, 1, 1, `entry ${i} `)] });
      }
      return disk;
    }

    it('in the last synced entry is refused, not cut off', () => {
      const disk = fiveEntries();
      disk.crash(false);
      disk.files.corrupt(disk.log, disk.files.readWhole(disk.log).length - 2, 4);
      expect(() => disk.open()).toThrow(RaftLogDamaged);
    });

    it('in the middle is refused, also after power loss and without the mark', () => {
      const disk = fiveEntries();
      disk.crash(true);
      disk.files.remove(`${DIRECTORY}/synced-end`);
      disk.files.corrupt(disk.log, 100, 4);
      expect(() => disk.open()).toThrow(/damaged at byte \d+ \(corrupt\)/);
    });

    it('that removed a segment is refused', () => {
      const disk = fiveEntries();
      disk.crash(false);
      disk.files.remove(disk.log);
      expect(() => disk.open()).toThrow(RaftLogDamaged);
    });

    it('in quorum-state and in a snapshot is refused', () => {
      const disk = fiveEntries();
      const opened = disk.open();
      disk.persist(opened, { hardState: hardState(2, 3), snapshot: snapshotAt(5, 1) });
      disk.files.corrupt(`${DIRECTORY}/00000000000000000005-0000000001.checkpoint`, 200, 1);
      expect(() => disk.open()).toThrow(RaftLogDamaged);
      disk.files.corrupt(`${DIRECTORY}/00000000000000000005-0000000001.checkpoint`, 200, 1);
      disk.files.corrupt(`${DIRECTORY}/quorum-state`, 0, 1);
      expect(() => disk.open()).toThrow(RaftLogDamaged);
    });
  });

  it('hands a failed sync to all that wait, and writes nothing afterwards', () => {
    const disk = new Disk();
    const { store } = disk.open();
    const outcomes: (string | undefined)[] = [];
    store.persist(effect({ entries: [noop(1, 1)] }), (error) => outcomes.push(error?.code));
    store.persist(effect({ entries: [noop(2, 1)] }), (error) => outcomes.push(error?.code));
    disk.files.faults.failSync = 'EIO';
    disk.completeSyncs();
    disk.files.faults.failSync = null;
    const digest = disk.files.digest();
    store.persist(effect({ entries: [noop(3, 1)] }), (error) => outcomes.push(error?.code));
    expect(outcomes).toEqual(['EIO', 'EIO', 'EIO']);
    expect(disk.files.digest()).toBe(digest);
  });
});

describe('Uuids', () => {
  it('are the same printed and as bytes', () => {
    expect(uuidText(uuidBytes(DIRECTORY_ID))).toBe(DIRECTORY_ID);
    expect([...uuidBytes(DIRECTORY_ID)]).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    expect([...uuidBytes(ZERO_UUID)]).toEqual(new Array(16).fill(0));
  });
});
