import type { Entry, HardState, RaftState } from '../../raft/types.js';
import type { GhostDisk } from './ghost.js';
import type { RaftProperty } from './property.js';
import { firstBehind, sameEntry, sameVoter } from './transition.js';

/**
 * A node that comes back shows everything that was reported durable, and nothing that was never
 * written. Of the writes that were under way it may show any: the page cache outlives a killed process.
 */
export const restartKeepsPersisted: RaftProperty = {
  name: 'RestartKeepsPersisted',
  source: 'thesis, figure 3.1 (persistent state on all servers)',
  check({ before, after }, _world, ghost) {
    const disk = before === null ? ghost.leftBehind : null;
    if (disk === null) {
      return null;
    }
    const wrong =
      wrongHardState(disk, after) ?? wrongSnapshot(disk, after) ?? wrongLog(disk, after);
    return wrong === null ? null : `${after.self.id} came back ${wrong}`;
  },
};

function wrongHardState(disk: GhostDisk, after: RaftState): string | null {
  const shown = ({ term, votedFor }: HardState): boolean =>
    after.term === term && sameVoter(after.votedFor, votedFor);
  const written = disk.pending.some(({ hardState }) => hardState !== null && shown(hardState));
  if (written || shown(disk.hardState)) {
    return null;
  }
  // Entries can reach the disk without the term that came with them; nobody has voted in it then.
  const last = after.entries.at(-1)?.term ?? after.snapshot.term;
  if (after.term === last && last > disk.hardState.term && after.votedFor === null) {
    return null;
  }
  const { term, votedFor } = disk.hardState;
  return `in term ${after.term} with a vote for ${after.votedFor?.id}, not ${term} and ${votedFor?.id}`;
}

function wrongSnapshot(disk: GhostDisk, { snapshot }: RaftState): string | null {
  const { pending } = disk;
  const known = [disk.snapshot, ...pending.map((write) => write.snapshot)].some(
    (one) => one?.index === snapshot.index && one.term === snapshot.term,
  );
  return known ? null : `with a snapshot of ${snapshot.index}, not of ${disk.snapshot.index}`;
}

function wrongLog(disk: GhostDisk, after: RaftState): string | null {
  const cut = Math.min(...disk.pending.map((write) => write.truncateFrom ?? Infinity));
  for (const entry of disk.entries) {
    if (entry.index > after.snapshot.index && entry.base < cut && !holds(after.entries, entry)) {
      return `without ${entry.index} of term ${entry.term}, which was on its disk`;
    }
  }
  const invented = after.entries.find(
    (entry) =>
      !holds(disk.entries, entry) && !disk.pending.some((write) => holds(write.entries, entry)),
  );
  return invented === undefined
    ? null
    : `with ${invented.index} of term ${invented.term}, which it never wrote`;
}

function holds(entries: readonly Entry[], wanted: Entry): boolean {
  const found = entries[firstBehind(entries, wanted.index) - 1];
  return found !== undefined && sameEntry(found, wanted);
}
