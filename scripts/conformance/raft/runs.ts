/** The runs of spec/raft.qnt that lead to where a scope begins, followed by the code. */

import { callText } from '../spec-graph.js';
import type { RaftInSpec, RaftState } from './world.js';

/** A run is another one, then calls of actions. */
interface Run {
  readonly base: string;
  readonly calls: readonly (readonly [name: string, numbers: readonly number[]])[];
}

/** All runs in the text of a specification, by name. */
export function runsIn(source: string): ReadonlyMap<string, Run> {
  const runs = [...source.matchAll(/^ {2}run (\w+) = (\w+)((?:\s*\.then\(\w+\([\d, ]*\)\))*)/gm)];
  return new Map(
    runs.map(([, name, base, calls]) => [
      name!,
      {
        base: base!,
        calls: [...calls!.matchAll(/then\((\w+)\(([\d, ]*)\)\)/g)].map(
          ([, action, numbers]) => [action!, numbers!.split(',').map(Number)] as const,
        ),
      },
    ]),
  );
}

/** The state at the end of the run `name`. */
export function follow(world: RaftInSpec, runs: ReadonlyMap<string, Run>, name: string): RaftState {
  if (name === 'init') {
    return world.empty();
  }
  const run = runs.get(name);
  if (run === undefined) {
    throw new Error(`there is no run ${name}`);
  }
  return run.calls.reduce(
    (state, [action, numbers]) => afterCall(world, state, action, numbers),
    follow(world, runs, run.base),
  );
}

function afterCall(
  world: RaftInSpec,
  state: RaftState,
  action: string,
  numbers: readonly number[],
): RaftState {
  const [first, second, third, fourth] = numbers as [number, number, number, number];
  switch (action) {
    case 'electionDue':
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
