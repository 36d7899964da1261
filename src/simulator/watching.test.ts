import { describe, expect, test } from 'vitest';
import type { RunContext } from './context.js';
import { at, crash, scenario } from './deeds/test-story.js';
import { type RunResult, run } from './run.js';
import type { WatchedNode, Watcher } from './watch.js';

const FOLLOWER = 1;

/** Follower 2 is killed and comes back; `watcher` may do more to it. */
function play(watcher: (context: RunContext) => Watcher): RunResult {
  const choices = [at(crash({ broker: FOLLOWER }, { down: 100 }), 600)];
  const played = scenario(choices, { duration: 2500 });
  return run({ scenario: played, bugs: [], watchers: [watcher], until: 'main' });
}

function isSecondLife({ index, incarnation }: WatchedNode): boolean {
  return index === FOLLOWER && incarnation === 2;
}

/** Steps of the controller in the second life until the first replica is opened: it opens within the last. */
function stepsBeforeOpening(): number {
  let steps = 0;
  let opened = -1;
  play(() => ({
    controllerStepped: (node) => {
      steps += isSecondLife(node) ? 1 : 0;
    },
    replicaOpened: (node) => {
      if (isSecondLife(node) && opened < 0) {
        opened = steps;
      }
    },
  }));
  expect(opened).toBeGreaterThan(0);
  return opened;
}

describe('a node that ends in the middle of a step', () => {
  test('opens its replicas in vain: nobody is told, no judge holds the next life to it', () => {
    const last = stepsBeforeOpening();
    let steps = 0;
    const ended = new Set<WatchedNode>();
    const told: string[] = [];
    const note = (what: string) => (node: WatchedNode) => {
      if (ended.has(node)) {
        told.push(`${what} of ${node.name} in life ${node.incarnation}`);
      }
    };
    const { violation } = play(({ cluster }) => ({
      controllerStepped: (node) => {
        steps += isSecondLife(node) ? 1 : 0;
        if (isSecondLife(node) && steps === last && !ended.has(node)) {
          cluster.nodes[FOLLOWER]!.crash(true, undefined, 'nothing');
        }
      },
      nodeEnded: (node) => void ended.add(node),
      nodeLogged: note('a line'),
      raftStarted: note('the start of Raft'),
      raftStepping: note('a step of Raft'),
      raftExecuted: note('the effects of a step of Raft'),
      controllerStepping: note('a step of the controller'),
      replicaOpened: note('an opened replica'),
      replicaStepping: note('a step of a replica'),
      replicaStepped: note('a step of a replica'),
      replicaExecuted: note('the effects of a step of a replica'),
      replicaClosed: note('a closed replica'),
    }));
    expect(ended.size).toBe(2);
    expect(told).toEqual([]);
    expect(violation).toBeNull();
  });
});
