/** Files of the real world. Everything but `sync` is one or a few synchronous system calls. */

import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
  writevSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { FileError, type FileHandle, type FileSystem } from '../environment.js';

/** The kernel takes at most IOV_MAX parts in one writev. */
const MAX_PARTS = 1024;

const FLAGS = { read: 'r', readWrite: 'r+', create: 'a+' } as const;

/** Runs an event of this node (environment.ts delivers them one after the other). */
export type Enter = (task: () => void) => void;

export class NodeFileSystem implements FileSystem {
  private readonly enter: Enter;
  /** For messages: the path that a handle was opened with. */
  private readonly paths = new Map<FileHandle, string>();
  /** Syncs under way, by file. */
  private readonly syncing = new Map<FileHandle, number>();
  /** Files to close when their last sync has ended. */
  private readonly closing = new Set<FileHandle>();

  constructor(enter: Enter) {
    this.enter = enter;
  }

  open(path: string, mode: 'read' | 'readWrite' | 'create'): FileHandle {
    return attempt('open', path, () => {
      if (mode === 'create') {
        // "a+" would make every write go to the end: it is only used to make the file.
        closeSync(openSync(path, FLAGS.create));
      }
      const file = openSync(path, mode === 'read' ? FLAGS.read : FLAGS.readWrite);
      this.paths.set(file, path);
      return file;
    });
  }

  close(file: FileHandle): void {
    const path = this.pathOf(file);
    this.paths.delete(file);
    if (this.syncing.has(file)) {
      // The number must not be given to another file while a sync still speaks of this one.
      this.closing.add(file);
      return;
    }
    attempt('close', path, () => closeSync(file));
  }

  size(file: FileHandle): number {
    return attempt('stat', this.pathOf(file), () => fstatSync(file).size);
  }

  read(file: FileHandle, position: number, target: Uint8Array): number {
    return attempt('read', this.pathOf(file), () => {
      let done = 0;
      while (done < target.length) {
        const count = readSync(file, target, done, target.length - done, position + done);
        if (count === 0) {
          break;
        }
        done += count;
      }
      return done;
    });
  }

  write(file: FileHandle, position: number, parts: readonly Uint8Array[]): void {
    attempt('write', this.pathOf(file), () => {
      if (parts.length === 1) {
        writeAll(file, position, parts[0]!, 0);
        return;
      }
      let at = position;
      for (let first = 0; first < parts.length; first += MAX_PARTS) {
        const group =
          parts.length <= MAX_PARTS
            ? (parts as Uint8Array[])
            : parts.slice(first, first + MAX_PARTS);
        at += writeGroup(file, at, group);
      }
    });
  }

  truncate(file: FileHandle, length: number): void {
    attempt('truncate', this.pathOf(file), () => ftruncateSync(file, length));
  }

  sync(file: FileHandle, done: (error: FileError | null) => void): void {
    const path = this.pathOf(file);
    this.syncing.set(file, (this.syncing.get(file) ?? 0) + 1);
    fdatasync(file, (error) => {
      this.synced(file);
      this.enter(() => done(error === null ? null : fileError(error, path, 'sync')));
    });
  }

  syncNow(file: FileHandle): void {
    attempt('sync', this.pathOf(file), () => fdatasyncSync(file));
  }

  readWhole(path: string): Uint8Array {
    return attempt('read', path, () => readFileSync(path));
  }

  replaceWhole(path: string, bytes: Uint8Array): void {
    attempt('replace', path, () => {
      const temporary = `${path}.tmp`;
      const file = openSync(temporary, 'w');
      try {
        writeAll(file, 0, bytes, 0);
        fdatasyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
    });
    this.syncDirectory(dirname(path));
  }

  exists(path: string): boolean {
    return existsSync(path);
  }

  list(path: string): string[] {
    return attempt('list', path, () => {
      try {
        return readdirSync(path).sort();
      } catch (error) {
        if (codeOf(error) === 'ENOENT') {
          return [];
        }
        throw error;
      }
    });
  }

  makeDirectory(path: string): void {
    attempt('mkdir', path, () => mkdirSync(path, { recursive: true }));
  }

  rename(from: string, to: string): void {
    attempt('rename', from, () => renameSync(from, to));
  }

  remove(path: string): void {
    attempt('remove', path, () => rmSync(path, { recursive: true, force: true }));
  }

  syncDirectory(path: string): void {
    attempt('sync', path, () => {
      const directory = openSync(path, 'r');
      try {
        fsyncSync(directory);
      } finally {
        closeSync(directory);
      }
    });
  }

  /**
   * Node has no flock: the file names its owner by process id and start time, and an owner that is
   * gone (or whose id belongs to a younger process) does not count.
   */
  lock(path: string): boolean {
    return attempt('lock', path, () => {
      const own = `${path}.${process.pid}`;
      writeFileSync(own, identity(process.pid) ?? '');
      try {
        return takeLock(path, own);
      } catch (error) {
        // The holder let go, or another moved a dead one's file away, between two looks.
        if (codeOf(error) === 'ENOENT') {
          return linked(own, path);
        }
        throw error;
      } finally {
        rmSync(own, { force: true });
      }
    });
  }

  unlock(path: string): void {
    attempt('unlock', path, () => rmSync(path, { force: true }));
  }

  private synced(file: FileHandle): void {
    const left = this.syncing.get(file)! - 1;
    if (left > 0) {
      this.syncing.set(file, left);
      return;
    }
    this.syncing.delete(file);
    if (this.closing.delete(file)) {
      closeSync(file);
    }
  }

  private pathOf(file: FileHandle): string {
    const path = this.paths.get(file);
    if (path === undefined) {
      throw new FileError('EBADF', `handle ${file}`, 'use');
    }
    return path;
  }
}

function takeLock(path: string, own: string): boolean {
  if (linked(own, path)) {
    return true;
  }
  const holder = readFileSync(path, 'utf8');
  if (isAlive(holder)) {
    return false;
  }
  // Of several that see the dead holder, each moves the file away and looks at what it got: one
  // that took a newer lock by mistake puts it back.
  const aside = `${own}.stale`;
  renameSync(path, aside);
  if (readFileSync(aside, 'utf8') !== holder) {
    linked(aside, path);
    unlinkSync(aside);
    return false;
  }
  unlinkSync(aside);
  return linked(own, path);
}

/** Links `from` as `to`; false if `to` exists. A link, unlike a create, never shows half a file. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** "pid start-time" of a living process, or null. Without /proc the start time is left out. */
function identity(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') {
      return null;
    }
  }
  try {
    // Field 22 of stat; the second field, the name, may hold blanks but ends with the last ")".
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie holds nothing any more.
    return fields[0] === 'Z' ? null : `${pid} ${fields[19]}`;
  } catch {
    return `${pid} ?`;
  }
}

function isAlive(holder: string): boolean {
  const pid = Number.parseInt(holder, 10);
  return Number.isInteger(pid) && pid > 0 && identity(pid) === holder;
}

function writeGroup(file: FileHandle, position: number, group: Uint8Array[]): number {
  let total = 0;
  for (const part of group) {
    total += part.length;
  }
  let written = total === 0 ? 0 : writevSync(file, group, position);
  if (written < total) {
    // Short: the rest is written part by part, until it is done or the kernel says why not.
    let start = 0;
    for (const part of group) {
      const end = start + part.length;
      if (written < end) {
        const from = Math.max(written - start, 0);
        writeAll(file, position + start + from, part, from);
        written = end;
      }
      start = end;
    }
  }
  return total;
}

function writeAll(file: FileHandle, position: number, bytes: Uint8Array, from: number): void {
  let done = from;
  let at = position;
  while (done < bytes.length) {
    const count = writeSync(file, bytes, done, bytes.length - done, at);
    done += count;
    at += count;
  }
}

function attempt<T>(operation: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw fileError(error, path, operation);
  }
}

function fileError(error: unknown, path: string, operation: string): FileError {
  if (error instanceof FileError) {
    return error;
  }
  const code = codeOf(error);
  if (code === undefined) {
    throw error;
  }
  return new FileError(code, path, operation);
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code;
}
