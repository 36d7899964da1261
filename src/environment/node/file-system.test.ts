import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FileError } from '../environment.js';
import { NodeFileSystem } from './file-system.js';

const root: string = mkdtempSync(join(tmpdir(), 'files-'));
const files: NodeFileSystem = new NodeFileSystem((task) => task());

afterAll(() => rmSync(root, { recursive: true }));

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(FileError);
    return (error as FileError).code;
  }
  return 'no error';
}

describe('real files', () => {
  it('read what was written, also in more parts than one writev takes', () => {
    const path = join(root, 'many');
    const file = files.open(path, 'create');
    const parts = Array.from({ length: 2500 }, (_, i) => Uint8Array.of(i, i >> 8));
    files.write(file, 4, parts);
    expect(files.size(file)).toBe(5004);
    expect(readFileSync(path).subarray(4).equals(Buffer.concat(parts))).toBe(true);
    const target = new Uint8Array(10);
    expect(files.read(file, 5000, target)).toBe(4);
    files.write(file, 0, [Uint8Array.of(9)]);
    expect(files.readWhole(path)[0]).toBe(9);
    files.truncate(file, 2);
    files.close(file);
    expect(files.readWhole(path).length).toBe(2);
    // "create" keeps what is there.
    files.close(files.open(path, 'create'));
    expect(files.readWhole(path).length).toBe(2);
  });

  it('say what went wrong', () => {
    expect(codeOf(() => files.open(join(root, 'none'), 'read'))).toBe('ENOENT');
    expect(codeOf(() => files.readWhole(root))).toBe('EISDIR');
    expect(codeOf(() => files.size(9999))).toBe('EBADF');
    expect(
      codeOf(() => files.write(files.open('/dev/full', 'readWrite'), 0, [new Uint8Array(9)])),
    ).toBe('ENOSPC');
  });

  it('replace, rename, list and remove', () => {
    const directory = join(root, 'a/b');
    files.makeDirectory(directory);
    files.replaceWhole(`${directory}/two`, Uint8Array.of(1));
    files.replaceWhole(`${directory}/two`, Uint8Array.of(2));
    files.replaceWhole(`${directory}/one`, Uint8Array.of(3));
    expect(files.list(directory)).toEqual(['one', 'two']);
    expect([...files.readWhole(`${directory}/two`)]).toEqual([2]);
    files.rename(directory, join(root, 'c'));
    expect(files.list(directory)).toEqual([]);
    files.remove(join(root, 'c'));
    files.remove(join(root, 'c'));
    expect(files.exists(join(root, 'c'))).toBe(false);
  });

  it('sync, and close only when the sync has ended', async () => {
    const file = files.open(join(root, 'synced'), 'create');
    files.write(file, 0, [new Uint8Array(100_000)]);
    const outcome = new Promise((resolve) => files.sync(file, resolve));
    files.close(file);
    const other = files.open(join(root, 'other'), 'create');
    expect(other).not.toBe(file);
    expect(await outcome).toBeNull();
    expect(codeOf(() => files.size(file))).toBe('EBADF');
  });

  it('lock a directory against living processes only', () => {
    const path = join(root, '.lock');
    expect(files.lock(path)).toBe(true);
    expect(files.lock(path)).toBe(false);
    files.unlock(path);
    const dead = spawnSync(process.execPath, ['-e', 'console.log(process.pid)']);
    writeFileSync(path, `${String(dead.stdout).trim()} 12345`);
    expect(files.lock(path)).toBe(true);
    // The same id, but another process has it now.
    writeFileSync(path, `${process.pid} 1`);
    expect(files.lock(path)).toBe(true);
    expect(files.list(root).filter((name) => name.startsWith('.lock'))).toEqual(['.lock']);
  });
});
