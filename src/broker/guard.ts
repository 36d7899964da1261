/**
 * A file operation that fails, in whatever event that shows, ends the broker in one clear line: nobody
 * knows any more what the files hold.
 */

import { type ConnectionHandler, type Environment, FileError } from '../environment/environment.js';

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
  const { network, timers } = environment;
  return {
    ...environment,
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
