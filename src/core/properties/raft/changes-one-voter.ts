import type { Configuration } from '../../raft/types.js';
import type { RaftProperty } from './property.js';
import { keptOf, voterKey } from './transition.js';

/** A configuration differs from the one before it in the log by one voter: their majorities meet. */
export const changesOneVoter: RaftProperty = {
  name: 'ChangesOneVoter',
  source: 'thesis, 4.1 and figure 4.3',
  check(transition) {
    const { after } = transition;
    const { from, to } = keptOf(transition);
    for (let at = to - from; at < after.entries.length; at++) {
      const { configuration, index } = after.entries[at]!;
      if (configuration === undefined) {
        continue;
      }
      const before = after.entries.slice(0, at).findLast((entry) => entry.configuration);
      const changed = difference(
        before?.configuration ?? after.snapshot.configuration,
        configuration,
      );
      if (changed.length > 1) {
        return `the configuration at ${index} changes ${changed.join(', ')} at once`;
      }
    }
    return null;
  },
};

/** Voters of one of the two configurations and not of the other. */
function difference(one: Configuration, other: Configuration): string[] {
  const left = one.voters.map(voterKey);
  const right = other.voters.map(voterKey);
  return [
    ...left.filter((key) => !right.includes(key)),
    ...right.filter((key) => !left.includes(key)),
  ];
}
