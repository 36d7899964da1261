/** For tests of the judges: a small cluster under load whose nodes are crashed from outside. */

import type { Bug } from '../../bugs/bug.js';
import type { RunContext } from '../context.js';
import { type RunResult, run } from '../run.js';
import type { Scenario } from '../scenario.js';
import { testClient, testScenario } from '../test-scenario.js';
import type { Watcher } from '../watch.js';

export const TOPIC = 'judged';

export function smallScenario(seed: number, duration: number): Scenario {
  return testScenario({
    seed,
    topics: [{ name: TOPIC, partitions: 1, replicationFactor: 3, configs: {} }],
    clients: [1, 2, 3].map((number) =>
      testClient(`client${number}`, {
        topics: [TOPIC],
        pipeline: 3,
        think: 4,
        repeatsElsewhere: true,
        nearWrap: number === 1,
      }),
    ),
    network: { baseDelay: 80, jitter: 400, stragglers: 20 },
    duration,
  });
}

export function runSmall(options: {
  readonly seed: number;
  readonly duration: number;
  readonly bugs?: readonly Bug[];
  readonly watchers: readonly ((context: RunContext) => Watcher)[];
  /** Healing and the last reads too. */
  readonly whole?: boolean;
}): RunResult {
  const { seed, duration, bugs = [], watchers, whole = false } = options;
  const scenario = smallScenario(seed, duration);
  return run({ scenario, bugs, watchers, ...(whole ? {} : { until: 'main' }) });
}

/**
 * Kills nodes in the main phase, at most two at a time, and starts them again. The power is cut only where
 * all replicas are in sync: what is lost then must be survived.
 */
export function crashing(context: RunContext): Watcher {
  const { world, cluster } = context;
  const stream = world.stream('crashes of a test');
  const start = (index: number): void => {
    if (context.phase() === 'main' && !cluster.nodes[index]!.isRunning) {
      cluster.start(index);
    }
  };
  const crash = (): void => {
    const index = stream.below(cluster.nodes.length);
    const down = cluster.nodes.filter((node) => !node.isRunning).length;
    if (cluster.broker(index) !== undefined && down < 2) {
      cluster.nodes[index]!.crash(allInSync(context) && stream.below(2) === 0);
      world.schedule(50_000 + stream.below(1_500_000), 'start', () => start(index));
    }
    if (context.phase() === 'main') {
      world.schedule(100_000 + stream.below(1_000_000), 'crash', crash);
    }
  };
  world.schedule(1_000_000, 'crash', crash);
  return {};
}

function allInSync({ cluster }: RunContext): boolean {
  return cluster.nodes.every((_node, index) => {
    const replicas = cluster.broker(index)?.replicas.replicas.values();
    return replicas !== undefined && [...replicas].every(({ state }) => state.isr.length === 3);
  });
}
