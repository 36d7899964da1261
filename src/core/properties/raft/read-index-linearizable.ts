import type { RaftProperty } from './property.js';

/** A read answered at an index sees everything committed before it was asked for. */
export const readIndexLinearizable: RaftProperty = {
  name: 'ReadIndexLinearizable',
  source: 'thesis, 6.4',
  check({ effects, after }, _world, ghost) {
    for (const effect of effects) {
      if (effect.type === 'readReady') {
        const floor = ghost.reads.get(`${after.self.id}:${effect.token}`) ?? 0;
        if (effect.index < floor) {
          return `a read at ${effect.index} misses ${floor}, committed before it began`;
        }
      }
    }
    return null;
  },
};
