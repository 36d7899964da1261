import { describe, expect, it } from 'vitest';
import { SECTOR_BYTES } from './disk.js';
import { SimulatedFileSystem } from './file-system.js';
import { RandomStream } from './random.js';

const SECTORS = 6;

function disk(): { files: SimulatedFileSystem; syncs: (() => void)[] } {
  const syncs: (() => void)[] = [];
  const files = new SimulatedFileSystem({ scheduleSync: (complete) => syncs.push(complete) });
  files.makeDirectory('d');
  return { files, syncs };
}

function filled(value: number, sectors: number = SECTORS): Uint8Array {
  return new Uint8Array(sectors * SECTOR_BYTES).fill(value);
}

function draws(seed: number): (bound: number) => number {
  const random = new RandomStream(seed, 'test');
  return (bound) => random.next() % bound;
}

function lose(files: SimulatedFileSystem, seed: number): void {
  files.crash({ power: true, draw: draws(seed) });
  files.restart();
}

/** A durable file of SECTORS sectors of ones. */
function durable(): ReturnType<typeof disk> & { file: number } {
  const made = disk();
  const file = made.files.open('d/f', 'create');
  made.files.write(file, 0, [filled(1)]);
  made.files.syncNow(file);
  made.files.syncDirectory('d');
  return { ...made, file };
}

describe('simulated files', () => {
  it('read what was written, wherever it was written', () => {
    const { files } = disk();
    const file = files.open('d/f', 'create');
    files.write(file, 3, [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)]);
    expect([...files.readWhole('d/f')]).toEqual([0, 0, 0, 1, 2, 3]);
    files.truncate(file, 4);
    files.truncate(file, 6);
    expect([...files.readWhole('d/f')]).toEqual([0, 0, 0, 1, 0, 0]);
    const target = new Uint8Array(10);
    expect(files.read(file, 3, target)).toBe(3);
    expect(files.list('d')).toEqual(['f']);
    expect(() => files.open('d/g', 'read')).toThrow(/ENOENT/);
    expect(() => files.open('e/f', 'create')).toThrow(/ENOENT/);
  });

  it('keep the page cache through a kill, and nothing that came after the crash point', () => {
    const { files, file } = durable();
    files.write(file, 0, [filled(2)]);
    files.crash({ power: false, draw: draws(1) });
    files.write(file, 0, [filled(3)]);
    files.remove('d/f');
    files.restart();
    expect(files.readWhole('d/f')).toEqual(filled(2));
    expect(() => files.size(file)).toThrow(/EBADF/);
  });

  it('keep after power loss what was synced, and of the rest some sectors, old or new', () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const { files, file } = durable();
      files.write(file, SECTOR_BYTES, [filled(2, 2)]);
      lose(files, seed);
      const bytes = files.readWhole('d/f');
      const sectors = Array.from({ length: SECTORS }, (_, i) => {
        const sector = bytes.subarray(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES);
        expect(new Set(sector).size).toBe(1);
        return sector[0];
      });
      expect([sectors[0], ...sectors.slice(3)]).toEqual([1, 1, 1, 1]);
      outcomes.add(sectors.join());
    }
    expect(outcomes.size).toBe(4);
  });

  it('may lose a growth, a truncation and names that no sync covered', () => {
    const sizes = new Set<number>();
    const names = new Set<string>();
    for (let seed = 0; seed < 300; seed++) {
      const { files, file } = durable();
      files.write(file, SECTORS * SECTOR_BYTES, [filled(2, 1)]);
      files.open('d/g', 'create');
      files.rename('d/g', 'd/h');
      lose(files, seed);
      sizes.add(files.readWhole('d/f').length);
      names.add(files.list('d').join());
    }
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(SECTORS * SECTOR_BYTES);
    expect(sizes.size).toBeGreaterThan(50);
    // In order: never the rename without the file.
    expect([...names].sort()).toEqual(['f', 'f,g', 'f,h']);
  });

  it('lose or keep the new name of a directory as a whole, and keep it once its parent is synced', () => {
    const names = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const { files } = durable();
      files.rename('d', 'e');
      lose(files, seed);
      const [name] = ['d', 'e'].filter((directory) => files.list(directory).length > 0);
      names.add(name!);
      // Wherever it is, it is a directory like any other.
      files.rename(name!, 'g');
      expect(files.list('g')).toEqual(['f']);
    }
    expect([...names].sort()).toEqual(['d', 'e']);
    for (let seed = 0; seed < 20; seed++) {
      const { files } = durable();
      files.rename('d', 'e');
      files.syncDirectory('');
      lose(files, seed);
      expect(files.list('e')).toEqual(['f']);
    }
  });

  it('sync what was written before the call, not what came later', () => {
    const kept = new Set<number>();
    for (let seed = 0; seed < 50; seed++) {
      const { files, syncs, file } = durable();
      files.write(file, 0, [filled(2)]);
      let done: unknown = 'running';
      files.sync(file, (error) => {
        done = error;
      });
      files.write(file, 0, [filled(3, 1)]);
      expect(done).toBe('running');
      syncs.shift()!();
      expect(done).toBeNull();
      lose(files, seed);
      const bytes = files.readWhole('d/f');
      expect(bytes.subarray(SECTOR_BYTES)).toEqual(filled(2, SECTORS - 1));
      kept.add(bytes[0]!);
    }
    expect([...kept].sort()).toEqual([2, 3]);
  });

  it('never answer a sync of a former incarnation', () => {
    const { files, syncs, file } = durable();
    let answered = false;
    files.sync(file, () => {
      answered = true;
    });
    files.crash({ power: false, draw: draws(1) });
    files.restart();
    syncs.shift()!();
    expect(answered).toBe(false);
  });

  it('replace a whole file at once: after power loss it is the old or the new', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { files } = durable();
      files.replaceWhole('d/f', filled(5));
      lose(files, seed);
      expect(files.readWhole('d/f')).toEqual(filled(5));
    }
  });

  it('fail as they are told', () => {
    const { files, syncs, file } = durable();
    files.faults.freeBytes = 100;
    expect(() => files.write(file, SECTORS * SECTOR_BYTES, [filled(9, 1)])).toThrow(/ENOSPC/);
    // A full disk takes what fits.
    expect(files.size(file)).toBe(SECTORS * SECTOR_BYTES + 100);
    files.faults.freeBytes = null;
    files.faults.failSync = 'EIO';
    const codes: (string | undefined)[] = [];
    files.sync(file, (error) => codes.push(error?.code));
    syncs.shift()!();
    expect(codes).toEqual(['EIO']);
    expect(() => files.syncNow(file)).toThrow(/EIO/);
    files.faults.failSync = null;
    files.faults.failWrite = 'EIO';
    expect(() => files.write(file, 0, [filled(9)])).toThrow(/EIO/);
  });

  it('keep nothing or everything of unsynced data at power loss, as told', () => {
    for (const keeps of ['nothing', 'everything'] as const) {
      const { files, file } = durable();
      files.write(file, SECTOR_BYTES, [filled(2, SECTORS)]);
      files.open('d/g', 'create');
      files.crash({ power: true, keeps, draw: draws(1) });
      files.restart();
      const kept = keeps === 'everything';
      expect(files.list('d')).toEqual(kept ? ['f', 'g'] : ['f']);
      expect(files.readWhole('d/f').length).toBe((SECTORS + (kept ? 1 : 0)) * SECTOR_BYTES);
      expect(files.readWhole('d/f')[SECTOR_BYTES]).toBe(kept ? 2 : 1);
    }
  });

  it('bring a truncation back that no sync covered, if nothing is kept', () => {
    const { files, file } = durable();
    files.truncate(file, 10);
    files.crash({ power: true, keeps: 'nothing', draw: draws(1) });
    files.restart();
    expect(files.readWhole('d/f')).toEqual(filled(1));
  });

  it('rot in one sector, on the disk too, but not where bytes are spared', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { files } = durable();
      expect(files.isRotten('d/f')).toBe(false);
      const sector = files.corruptSector('d/f', draws(seed), (position) => position % 2 === 0);
      expect(files.isRotten('d/f')).toBe(true);
      lose(files, seed);
      const bytes = files.readWhole('d/f');
      const changed = [...bytes.keys()].filter((at) => bytes[at] !== 1);
      expect(changed.length).toBeGreaterThan(0);
      for (const at of changed) {
        expect(Math.floor(at / SECTOR_BYTES) * SECTOR_BYTES).toBe(sector);
        expect(at % 2).toBe(1);
      }
    }
  });

  it('write a sector astray once: it misses its place and hits another', () => {
    const hits: string[] = [];
    const { files, file } = durable();
    const other = files.open('d/other', 'create');
    files.write(other, 0, [filled(3)]);
    files.faults.misdirect = {
      concerns: (path) => path !== 'd/f',
      draw: () => 0,
      leastBytes: 100,
      sparedOf: () => () => false,
      done: (path, victim, position) => void hits.push(`${path} ${victim} ${position}`),
    };
    files.write(file, 0, [filled(5)]);
    files.write(other, SECTORS * SECTOR_BYTES - 50, [new Uint8Array(50).fill(7)]);
    expect(hits).toEqual([]);
    files.write(other, SECTORS * SECTOR_BYTES, [filled(9, 2)]);
    files.write(other, SECTORS * SECTOR_BYTES + 2 * SECTOR_BYTES, [filled(9, 1)]);
    expect(hits).toEqual(['d/other d/other 0']);
    const bytes = files.readWhole('d/other');
    const sectors = Array.from({ length: SECTORS + 3 }, (_, i) => bytes[i * SECTOR_BYTES]);
    expect(sectors).toEqual([9, 3, 3, 3, 3, 3, 0, 9, 9]);
    expect(files.isRotten('d/other')).toBe(true);
    expect(files.isRotten('d/f')).toBe(false);
  });

  it('are not what a dead process meets in its last step', () => {
    const { files, file } = durable();
    const hits: string[] = [];
    files.corrupt('d/f', 0, 1);
    files.faults.misdirect = {
      concerns: () => true,
      draw: () => 0,
      leastBytes: 0,
      sparedOf: () => () => false,
      done: (path) => void hits.push(path),
    };
    files.crash({ power: false, draw: draws(1) });
    files.write(file, 0, [filled(5)]);
    files.remove('d/f');
    expect(hits).toEqual([]);
    expect(files.rottenRemovals('d')).toBe(0);
    files.restart();
    files.write(files.open('d/f', 'readWrite'), 0, [filled(5)]);
    files.remove('d/f');
    expect(hits).toEqual(['d/f']);
    expect(files.rottenRemovals('d')).toBe(1);
  });

  it('are gone with their disk', () => {
    const { files } = durable();
    files.crash({ power: false, draw: draws(1) });
    files.replaceDisk();
    files.restart();
    expect(files.paths()).toEqual([]);
  });

  it('have one digest for equal contents', () => {
    const [a, b] = [durable(), durable()];
    expect(a.files.digest()).toBe(b.files.digest());
    a.files.corrupt('d/f', 5, 1);
    expect(a.files.digest()).not.toBe(b.files.digest());
  });
});
