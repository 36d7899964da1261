import type { LogIndex } from '../../types/ids.js';
import { diskHolds } from './ghost.js';
import type { RaftProperty } from './property.js';

/** A leader hands over only to one that holds all of its log: another could not win, and service would stop. */
export const successorHoldsLog: RaftProperty = {
  name: 'SuccessorHoldsLog',
  source: 'thesis, 3.10',
  check({ effects, after }, _world, ghost) {
    const last = after.entries.at(-1) ?? after.snapshot;
    for (const effect of effects) {
      if (effect.type !== 'send' || effect.message.type !== 'timeoutNow') {
        continue;
      }
      const holds = [...ghost.disks].some(
        ([key, disk]) =>
          key.startsWith(`${effect.to}:`) && diskHolds(disk, last.index as LogIndex, last.term),
      );
      if (!holds) {
        return `${after.self.id} hands over to ${effect.to}, which lacks ${last.index}`;
      }
    }
    return null;
  },
};
