/** What a crash may leave of the writes under way, as lock C asks of it. */

import { expect, test } from 'vitest';
import { disksAfterCrash } from '../scripts/traces/raft/crash.js';
import { appended, cutFrom, EMPTY_LOG, endOf, upTo } from '../scripts/traces/raft/traced-log.js';
import type { TracedDisk, TracedNode } from '../scripts/traces/raft/traced-node.js';
import { EMPTY_DISK } from '../scripts/traces/raft/traced-node.js';

const entry = (index: number, term: number) => ({
  base: index,
  index,
  term,
  kind: 'data',
  digest: index,
  voters: null,
});
const LOG = appended(EMPTY_LOG, [entry(1, 1), entry(2, 1), entry(3, 1)]);
const DISK: TracedDisk = { ...EMPTY_DISK, term: 1, log: upTo(LOG, 1) };

/** The term, the end of the log and the snapshot's index of each disk, in order. */
function left(disk: TracedDisk, ...images: readonly TracedDisk[]): number[][] {
  const writes = images.map((image, sequence) => ({ sequence, images: [image] }));
  return disksAfterCrash({ disk, writes } as unknown as TracedNode).map(
    ({ term, log, snapshotIndex }) => [term, endOf(log), snapshotIndex],
  );
}

test('a snapshot may outlive entries that were written before it', () => {
  const written = { ...DISK, log: LOG };
  expect(left(DISK, written, { ...written, snapshotIndex: 2 })).toEqual([
    [1, 1, 0],
    // Its own entries are part of it.
    [1, 2, 2],
    [1, 3, 0],
    [1, 3, 2],
    [1, 3, 2],
  ]);
});

test('so may a term, but not the entries behind it', () => {
  const written = { ...DISK, log: upTo(LOG, 2) };
  expect(left(DISK, written, { ...written, term: 2 }, { ...written, term: 2, log: LOG })).toEqual([
    [1, 1, 0],
    [2, 1, 0],
    [1, 2, 0],
    [2, 2, 0],
    [2, 2, 0],
    [2, 3, 0],
  ]);
});

test('what comes behind a cut outlives nothing, for the cut syncs the log', () => {
  const written = { ...DISK, log: LOG };
  const cut = { ...written, log: cutFrom(LOG, 3) };
  expect(left(DISK, written, cut, { ...cut, term: 2 })).toEqual([
    [1, 1, 0],
    [1, 3, 0],
    [1, 2, 0],
    [2, 2, 0],
    [2, 2, 0],
  ]);
});
