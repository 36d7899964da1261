import type { Message } from '../../raft/types.js';
import type { GhostDisk } from './ghost.js';
import { diskEnd } from './ghost.js';
import type { RaftProperty } from './property.js';
import { voterKey } from './transition.js';

/** Votes, candidacies and acknowledgements leave only when what they say is on the disk. */
export const persistedBeforeReply: RaftProperty = {
  name: 'PersistedBeforeReply',
  source: 'thesis, figure 3.1 (persistent state) and 3.8',
  check({ effects, after }, _world, ghost) {
    for (const effect of effects) {
      const disk = effect.type === 'send' ? ghost.disks.get(voterKey(after.self)) : undefined;
      const wrong =
        effect.type === 'send' && disk !== undefined ? notDurable(disk, effect.message) : null;
      if (wrong !== null) {
        return `${after.self.id} ${wrong}`;
      }
    }
    return null;
  },
};

function notDurable(disk: GhostDisk, message: Message): string | null {
  const { term, votedFor } = disk.hardState;
  const votes = message.type === 'voteRequest' || (message.type === 'voteReply' && message.granted);
  if (votes && (term < message.term || (term === message.term && votedFor === null))) {
    return `voted in ${message.term}, which its disk does not know`;
  }
  if (message.type === 'appendEntriesReply' && message.success) {
    // A later write may have cut off what an older term's leader was promised; the promise stands
    // as it was made before the newer term.
    const lacks = term === message.term && diskEnd(disk) < message.matchIndex;
    if (term < message.term || lacks) {
      return `acknowledged ${message.matchIndex}, its disk ends at ${diskEnd(disk)}`;
    }
  }
  if (message.type === 'installSnapshotReply' && message.done && term === message.term) {
    return diskEnd(disk) < message.index ? `acknowledged a snapshot not on its disk` : null;
  }
  return null;
}
