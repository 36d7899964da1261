/** What an operator does to the voters of the metadata log. */

import type { Voter, VoterChange } from '../../core/raft/types.js';
import type { Attempt, Doing, Hands } from './hands.js';

const UNANSWERED = 'no answer before the end of the faults';

/**
 * A voter is removed, another node added. Where a node has lost its disk, its seat is another's by now: it is
 * asked for all the same, which must be refused, then the old seat is given up, then the new one taken.
 */
export function changeVoter(hands: Hands, doing: Doing, index: number): Attempt {
  const { context, operator } = hands;
  const { voters } = context;
  const changes = changesFor(voters.newest, voters.memberAt(index));
  const refused = changes.map((change) => voters.changeRefused(change)).find((why) => why !== null);
  if (refused !== undefined) {
    return refused;
  }
  doing.begins(context.cluster.nodes[index]!.name);
  let answered = false;
  const asked = doing.untilDone(() => {
    if (!answered) {
      doing.failed(UNANSWERED);
    }
  });
  const next = (left: readonly VoterChange[], took: boolean): void => {
    const [change, ...others] = left;
    const why = change === undefined ? null : voters.changeRefused(change);
    if (change === undefined || why !== null) {
      answered = true;
      if (!took) {
        doing.failed(why ?? 'the cluster refused it');
      }
      asked.done();
      return;
    }
    operator.changeVoter(change, (isTaken) => next(others, isTaken));
  };
  // Never within a step of a broker: an operator is somewhere else.
  context.world.schedule(1, 'operator changeVoter', () => next(changes, false));
  return null;
}

function changesFor(voters: readonly Voter[], member: Voter): VoterChange[] {
  const seat = voters.find(({ id }) => id === member.id);
  if (seat === undefined) {
    return [{ type: 'add', voter: member }];
  }
  if (seat.directoryId === member.directoryId) {
    return [{ type: 'remove', voter: seat }];
  }
  return [
    { type: 'add', voter: member },
    { type: 'remove', voter: seat },
    { type: 'add', voter: member },
  ];
}
