/** When an explored partition is at rest: everybody serves, is in sync, and holds and has committed the same. */

import type { Goal } from '../reachability.js';
import { registrationIn } from './controller.js';
import type { PartitionWorld } from './world.js';
import type { PartitionWorldState } from './world-state.js';

/** Changes of the partition that it may take to get there: nobody leads, an election, a follower that joins. */
const CHANGES = 3;
/** And where processes end: one that proves nothing leaves the ELR, one that was elected for that recovers. */
const CHANGES_AFTER_ENDS = 5;
const ELECTIONS = 2;

export function restOf({ machines, scope }: PartitionWorld): Goal<PartitionWorldState> {
  const { crashes = 0, powerLosses = 0 } = scope;
  const changes = crashes + powerLosses > 0 ? CHANGES_AFTER_ENDS : CHANGES;
  return {
    isReached({ brokers, lags, controller }) {
      const { image } = machines.controllers.all[controller]!.state;
      const { leader, replicas, isr } = registrationIn(image);
      if (isr.length < replicas.length || lags.some((lag) => lag > 0)) {
        return false;
      }
      const leading = machines.brokers.all[brokers[leader - 1]!]!.replica;
      return replicas.every((id) => {
        const replica = machines.brokers.all[brokers[id - 1]!]!.replica;
        return (
          replica !== null &&
          leading !== null &&
          replica.leaderEpoch === leading.leaderEpoch &&
          replica.logEndOffset === leading.logEndOffset &&
          replica.highWatermark === leading.logEndOffset
        );
      });
    },
    // Whatever else may go wrong by then need not: that a way exists is all that is asked.
    isOwed({ controller }) {
      const { leaderEpoch, partitionEpoch } = machines.controllerFacts[controller]!;
      return (
        leaderEpoch + ELECTIONS <= scope.leaderEpochs &&
        partitionEpoch + changes <= scope.partitionEpochs
      );
    },
  };
}
