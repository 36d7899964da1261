/**
 * A file operation that fails, in whatever event that shows, ends the broker in one clear line: nobody
 * knows any more what the files hold.
 */

import {
  type ConnectionHandler,
  type Environment,
  FileError,
  type FileSystem,
} from '../environment/environment.js';

/** `environment`, with `failed` called for a `FileError` that an event lets out. */
export function guarded(environment: Environment, failed: (error: FileError) => void): Environment {
  const escaped = (error: unknown): void => {
    if (!(error instanceof FileError)) {
      throw error;
    }
    failed(error);
  };
  const guard = (task: () => void): (() => void) => {
    return () => {
      try {
        task();
      } catch (error) {
        escaped(error);
      }
    };
  };
  const guardHandler = (handler: ConnectionHandler): ConnectionHandler => ({
    ...(handler.damaged && {
      damaged: (id, reason) => guard(() => handler.damaged?.(id, reason))(),
    }),
    ...(handler.halfClosed && { halfClosed: (id) => guard(() => handler.halfClosed?.(id))() }),
    connected: (id) => guard(() => handler.connected?.(id))(),
    // Of all frames: without a function made for each.
    frame: (id, frame) => {
      try {
        handler.frame(id, frame);
      } catch (error) {
        escaped(error);
      }
    },
    closed: (id, reason) => guard(() => handler.closed(id, reason))(),
    drained: (id) => guard(() => handler.drained?.(id))(),
  });
  const { files, network, timers } = environment;
  return {
    ...environment,
    files: guardedFiles(files, escaped),
    atTurnEnd: (task) => environment.atTurnEnd(guard(task)),
    timers: {
      arm: (after, fire) => timers.arm(after, guard(fire)),
      cancel: (handle) => timers.cancel(handle),
    },
    network: {
      listen: (options, accept, outcome) =>
        network.listen(options, (id, remote) => guardHandler(accept(id, remote)), outcome),
      connect: (host, port, maxFrameBytes, handler) =>
        network.connect(host, port, maxFrameBytes, guardHandler(handler)),
      send: (id, parts, sent) => network.send(id, parts, sent),
      pause: (id) => network.pause(id),
      resume: (id) => network.resume(id),
      close: (id, graceful) => network.close(id, graceful),
      stopListening: () => network.stopListening(),
    },
  };
}

/** Only the end of a sync is an event; all else of the files answers at once, to whoever called. */
function guardedFiles(files: FileSystem, escaped: (error: unknown) => void): FileSystem {
  return {
    open: (path, mode) => files.open(path, mode),
    close: (file) => files.close(file),
    size: (file) => files.size(file),
    read: (file, position, target) => files.read(file, position, target),
    write: (file, position, parts) => files.write(file, position, parts),
    truncate: (file, length) => files.truncate(file, length),
    sync: (file, done) =>
      files.sync(file, (error) => {
        try {
          done(error);
        } catch (problem) {
          escaped(problem);
        }
      }),
    syncNow: (file) => files.syncNow(file),
    readWhole: (path) => files.readWhole(path),
    replaceWhole: (path, bytes) => files.replaceWhole(path, bytes),
    exists: (path) => files.exists(path),
    list: (path) => files.list(path),
    makeDirectory: (path) => files.makeDirectory(path),
    rename: (from, to) => files.rename(from, to),
    remove: (path) => files.remove(path),
    syncDirectory: (path) => files.syncDirectory(path),
    lock: (path) => files.lock(path),
    unlock: (path) => files.unlock(path),
  };
}
