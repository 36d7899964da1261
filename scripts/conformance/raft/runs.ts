/** The calls in the runs of spec/raft.qnt that lead to where a scope begins, followed by the code. */

import { callText } from '../spec-graph.js';
import type { RaftState } from './ground.js';
import type { RaftInSpec } from './world.js';

/** The state behind one call of a run. */
export function afterCall(
  world: RaftInSpec,
  state: RaftState,
  action: string,
  numbers: readonly number[],
): RaftState {
  const [first, second, third, fourth] = numbers as [number, number, number, number];
  switch (action) {
    case 'electionDue':
    case 'persisted':
      return taken(world, state, callText(action, [['id', String(first)]]));
    case 'deliver': {
      const m = world.messageText(state, first, second);
      const picks = callText('', [
        ['keep', 'false'],
        ['m', m],
      ]);
      return taken(world, state, picks);
    }
    case 'lose':
      return world.lose(state, first, second);
    case 'replicateTo':
      return world.send(state, first, second, third, fourth);
    default:
      throw new Error(`a run with ${action}`);
  }
}

/** The step whose call ends so. */
function taken(world: RaftInSpec, state: RaftState, call: string): RaftState {
  const step = world.steps(state).find((each) => each.call.endsWith(call));
  if (step === undefined || step.to === null) {
    throw new Error(`the code has no step ${call}`);
  }
  return step.to;
}
