import { diskEnd } from './ghost.js';
import type { RaftProperty } from './property.js';
import { keptLeading, keptOf, voterKey } from './transition.js';

/** Who becomes a voter holds the log up to where it ended when somebody asked for it. */
export const addedVoterCaughtUp: RaftProperty = {
  name: 'AddedVoterCaughtUp',
  source: 'thesis, 4.2.1',
  check(transition, _world, ghost) {
    const { after, effects } = transition;
    const accepted = effects.find((effect) => effect.type === 'changeAccepted');
    if (accepted?.type !== 'changeAccepted' || !keptLeading(transition)) {
      return null;
    }
    const asked = ghost.changes.get(`${after.self.id}:${accepted.token}`);
    const { from, to } = keptOf(transition);
    const isAdded = after.entries
      .slice(to - from)
      .some(({ configuration }) =>
        configuration?.voters.some((voter) => voterKey(voter) === asked?.added),
      );
    if (asked === undefined || asked.added === null || !isAdded) {
      return null;
    }
    const disk = ghost.disks.get(asked.added);
    const held = disk === undefined ? 0 : diskEnd(disk);
    return held >= asked.end
      ? null
      : `${asked.added} becomes a voter with the log up to ${held}; it ended at ${asked.end} when that was asked for`;
  },
};
