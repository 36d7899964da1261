/** The calls in the runs of spec/partition.qnt that lead to where a scope begins, followed by the code. */

import type { PartitionState } from './ground.js';
import type { PartitionInSpec } from './world.js';

/** The state behind one call of a run, whatever the scope lets happen. */
export function afterCall(
  world: PartitionInSpec,
  state: PartitionState,
  action: string,
  numbers: readonly number[],
): PartitionState {
  const [first, second] = numbers as [number, number];
  return world.only((each) => {
    switch (action) {
      case 'handleAssigned':
        return each.assign(state, first, second);
      case 'handleProduce':
        return each.produce(state, first, second);
      case 'sendFetch':
        return each.sendFetch(state, first);
      case 'replicaLagDue':
        return each.lag(state, first, second);
      case 'arrive':
        return each.delivery(state, state.network[0]!);
      case 'sessionExpired':
        return each.expire(state, first);
      case 'brokerHeartbeat':
        return each.heartbeat(state, first);
      case 'electPreferredLeaders':
        return each.elect(state, action);
      default:
        throw new Error(`a run with ${action}`);
    }
  });
}
