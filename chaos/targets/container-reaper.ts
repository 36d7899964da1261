/**
 * Removes the containers of a run, and what their image was being made from, when the harness dies
 * without being able to: a program of its own that waits for the pipe from the harness to break.
 * Containers are children of the engine, so a pid is not enough, as it is for the processes of the
 * other target.
 */

import { removeContainers, removeImageContext } from './container-engine.js';

/** A create or start that the harness had sent reaches the engine within this time (ms). */
const SETTLE_MS = 3_000;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {});
}

const run = process.argv[2] ?? '';
let dismissed = false;
process.stdin.on('data', (bytes) => {
  dismissed ||= bytes.toString().includes('q');
});
process.stdin.on('close', () => {
  if (!dismissed && run !== '') {
    removeImageContext(run);
    // Nobody is left to tell if the engine is gone as well.
    removeContainers(run, SETTLE_MS).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  }
});
