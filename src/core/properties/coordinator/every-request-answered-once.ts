import type { GroupsProperty } from './property.js';

/**
 * Every request gets exactly one answer, and a replica that does not coordinate (any more) owes none
 * and holds no soft state: nothing outlives a leadership.
 */
export const everyRequestAnsweredOnce: GroupsProperty = {
  name: 'EveryRequestAnsweredOnce',
  source: 'design: deciders',
  violation: ({ node, after }, ghost) => {
    const stray = ghost.strayAnswers[0];
    if (stray !== undefined) {
      return `request ${stray} is answered twice, or was never asked`;
    }
    if (after.decider.active !== null) {
      return null;
    }
    if (after.groups.size > 0 || after.timers.size > 0) {
      return 'soft state has outlived its coordinator';
    }
    const owed = [...ghost.open].find((token) => ghost.asked.get(token)?.node === node);
    return owed === undefined ? null : `request ${owed} waits where nobody coordinates`;
  },
};
