import { newestCommitted } from './ghost.js';
import type { RaftProperty } from './property.js';
import { keptOf } from './transition.js';

/** No log holds more than one configuration that was never committed. */
export const oneChangeAtATime: RaftProperty = {
  name: 'OneChangeAtATime',
  source: 'thesis, 4.1',
  check(transition, _world, ghost) {
    const { after } = transition;
    const { from, to } = keptOf(transition);
    const isNew = after.entries
      .slice(to - from)
      .some(({ configuration }) => configuration !== undefined);
    if (!isNew) {
      return null;
    }
    const committed = newestCommitted(ghost);
    const open = after.entries.filter(
      ({ index, configuration }) => configuration !== undefined && index > committed,
    );
    return open.length <= 1
      ? null
      : `${after.self.id} holds ${open.length} configurations that are not committed`;
  },
};
