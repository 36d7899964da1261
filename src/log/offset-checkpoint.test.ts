import { describe, expect, it } from 'vitest';
import type { Offset, PartitionIndex } from '../core/types/ids.js';
import type { FileError } from '../environment/environment.js';
import { SimulatedFileSystem } from '../environment/simulated/file-system.js';
import { type PartitionOffset, readOffsetCheckpoint } from './checkpoints.js';
import { OffsetCheckpoint, partsOf } from './offset-checkpoint.js';

const PATH = '/data/replication-offset-checkpoint';

function at(offset: number, topic: string = 't'): PartitionOffset {
  return { topic, partition: 0 as PartitionIndex, offset: offset as Offset };
}

/** A disk whose syncs end when the test says so. */
function slowDisk(): { files: SimulatedFileSystem; syncs: (() => void)[] } {
  const syncs: (() => void)[] = [];
  const files = new SimulatedFileSystem({ scheduleSync: (complete) => syncs.push(complete) });
  files.makeDirectory('/data');
  return { files, syncs };
}

function unexpected(error: FileError): void {
  throw error;
}

describe('an offset checkpoint', () => {
  it('is not waited for: the file is replaced when the new one is on the disk', () => {
    const { files, syncs } = slowDisk();
    const checkpoint = new OffsetCheckpoint(files, PATH);
    checkpoint.storeLater([at(5)], unexpected);
    expect(checkpoint.get('t-0')).toBe(5);
    expect(readOffsetCheckpoint(files, PATH)).toEqual([]);
    syncs[0]!();
    expect(readOffsetCheckpoint(files, PATH)).toEqual([at(5)]);
    expect(new OffsetCheckpoint(files, PATH).get('t-0')).toBe(5);
  });

  it('what was stored since is not replaced by what was begun before', () => {
    const { files, syncs } = slowDisk();
    const checkpoint = new OffsetCheckpoint(files, PATH);
    checkpoint.storeLater([at(9), at(1, 'u')], unexpected);
    checkpoint.forget(['t-0', 'gone-1']);
    syncs[0]!();
    expect(readOffsetCheckpoint(files, PATH)).toEqual([at(1, 'u')]);
    checkpoint.storeLater([at(2)], unexpected);
    syncs[1]!();
    expect(readOffsetCheckpoint(files, PATH)).toEqual([at(2), at(1, 'u')]);
  });

  it('nothing is written where nothing has changed, or while the disk is at it', () => {
    const { files, syncs } = slowDisk();
    const checkpoint = new OffsetCheckpoint(files, PATH);
    checkpoint.storeLater([], unexpected);
    checkpoint.storeLater([at(5)], unexpected);
    checkpoint.storeLater([at(6)], unexpected);
    expect(syncs).toHaveLength(1);
    syncs[0]!();
    checkpoint.storeLater([at(6)], unexpected);
    syncs[1]!();
    expect(readOffsetCheckpoint(files, PATH)).toEqual([at(6)]);
    checkpoint.storeLater([at(6)], unexpected);
    new OffsetCheckpoint(files, PATH).storeLater([at(6)], unexpected);
    expect(syncs).toHaveLength(2);
  });

  it('says when the disk failed, and leaves the file as it was', () => {
    const { files, syncs } = slowDisk();
    const checkpoint = new OffsetCheckpoint(files, PATH);
    checkpoint.store([at(3)]);
    const failures: string[] = [];
    checkpoint.storeLater([at(4)], (error) => failures.push(error.code));
    files.faults.failSync = 'EIO';
    syncs[0]!();
    expect(failures).toEqual(['EIO']);
    expect(readOffsetCheckpoint(files, PATH)).toEqual([at(3)]);
  });

  it('names of topics may hold dashes', () => {
    expect(partsOf('a-1-x-12')).toEqual({ topic: 'a-1-x', partition: 12 });
  });
});
