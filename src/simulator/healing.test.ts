import { describe, expect, it } from 'vitest';
import type { Bug } from '../bugs/bug.js';
import { findBug } from '../bugs/registry.js';
import type { Offset, PartitionIndex } from '../core/types/ids.js';
import type { RunContext } from './context.js';
import { type RunResult, run } from './run.js';
import type { Choice, ClientPlan, Scenario } from './scenario.js';
import { TEST_TOPIC, testClient, testScenario } from './test-scenario.js';
import type { Watcher } from './watch.js';

const SECOND = 1_000_000;

const scenario = testScenario({
  topics: [{ name: TEST_TOPIC, partitions: 2, replicationFactor: 3, configs: {} }],
});

interface Seen {
  /** Virtual seconds from the end of the faults to the end of healing. */
  healed: number;
  /** Phase of each start of a broker. */
  starts: Map<string, string[]>;
}

/** Runs `changes` of the scenario, with whatever `meddle` does. */
function play(
  changes: Partial<Scenario>,
  meddle: (context: RunContext) => Watcher = () => ({}),
  bug?: string,
): RunResult & Seen {
  const seen: Seen = { healed: 0, starts: new Map() };
  const watch = (context: RunContext): Watcher => {
    let endOfFaults = 0;
    return {
      nodeStarted: ({ name }) => {
        seen.starts.set(name, [...(seen.starts.get(name) ?? []), context.phase()]);
      },
      deed: (name, _type, _node, phase) => {
        if (name === 'main' && phase === 'ends') {
          endOfFaults = context.world.now;
        }
        seen.healed = (context.world.now - endOfFaults) / SECOND;
      },
    };
  };
  const bugs = bug === undefined ? [] : [findBug(bug)!];
  const result = run({ scenario: { ...scenario, ...changes }, bugs, watchers: [watch, meddle] });
  return { ...result, ...seen };
}

/** What `begin` schedules when the faults begin, and what `end` does when they end. */
function during(
  context: RunContext,
  begin: () => void,
  end: () => void,
  more: Watcher = {},
): Watcher {
  return {
    ...more,
    deed: (name, _type, _node, phase) => {
      if (name === 'main') {
        (phase === 'begins' ? begin : end)();
      }
      void context;
    },
  };
}

const leaderOf = ({ cluster }: RunContext, partition: number): number =>
  cluster.nodes.findIndex((_, index) => {
    const replicas = cluster.broker(index)?.replicas;
    return replicas?.findByName(TEST_TOPIC, partition as PartitionIndex)?.isLeader === true;
  });

/** A leader that is cut off as soon as it leads, before it appends anything, and comes back later. */
function leaderWithoutData(context: RunContext): Watcher {
  const { world, cluster } = context;
  const { links } = cluster;
  let armed = false;
  return during(
    context,
    () =>
      world.schedule(SECOND, 'kill the leader', () => {
        armed = true;
        const leader = leaderOf(context, 0);
        cluster.nodes[leader]!.crash(false);
        world.schedule(400_000, 'start it', () => cluster.start(leader));
      }),
    () => links.healAll(),
    {
      replicaExecuted: ({ name }, { topic, state }, { type }) => {
        if (armed && topic === TEST_TOPIC && type === 'assigned' && state.role === 'leader') {
          armed = false;
          const brokers = cluster.nodes.map((node) => node.name);
          const others = [...brokers, 'client1', 'client2'].filter((other) => other !== name);
          for (const other of others) {
            links.cut(name, other);
            links.cut(other, name);
          }
          // The clients stay away longer: nothing is appended in the old epoch.
          world.schedule(3.5 * SECOND, 'mend', () => {
            for (const other of brokers.filter((broker) => broker !== name)) {
              links.heal(name, other);
              links.heal(other, name);
            }
          });
        }
      },
    },
  );
}

describe('healing', () => {
  it('ends at once where nothing happened', () => {
    const { verdict, violation, starts } = play({ duration: 1000 });
    expect(violation).toBeNull();
    expect(verdict).toBe('valid');
    expect([...starts.values()]).toEqual([['boot'], ['boot'], ['boot']]);
  });

  it('converges on the core while a node stays down, and with that node once it comes back', () => {
    let downDuringHeal = false;
    const result = play({ core: [0, 1] }, (context) => ({
      nodeEnded: ({ index }) => {
        downDuringHeal ||= index === 2 && context.phase() === 'heal';
      },
    }));
    expect(result.violation).toBeNull();
    expect(downDuringHeal).toBe(true);
    expect(result.starts.get('broker3')).toEqual(['boot', 'heal']);
    expect(result.starts.get('broker1')).toEqual(['boot']);
  });

  it('excuses a partition whose only replica is outside the core, until that is back', () => {
    const topics = [{ name: TEST_TOPIC, partitions: 3, replicationFactor: 1, configs: {} }];
    const result = play({ topics, core: [0, 2] });
    expect(result.violation).toBeNull();
    expect(result.verdict).toBe('valid');
  });

  it('goes on with a broker that ends itself meanwhile, and is started by its supervisor', () => {
    const slow: Choice = {
      name: 'slow disk',
      when: { at: 100 },
      act: {
        type: 'disk',
        target: { broker: 1 },
        fault: 'slowSync',
        where: 'partition',
        lasts: 50,
      },
    };
    const result = play({ choices: [slow] }, (context) => {
      const { faults } = context.cluster.nodes[1]!.files;
      return during(
        context,
        () => {},
        () => {
          faults.failWrite = 'EIO';
          context.world.schedule(300_000, 'its disk is well', () => {
            faults.failWrite = null;
          });
        },
      );
    });
    expect(result.violation).toBeNull();
    expect(result.starts.get('broker2')).toEqual(['boot', 'heal']);
  });

  it('names the node that stays away', () => {
    const result = play({}, (context) =>
      during(
        context,
        () => {},
        () => context.cluster.nodes[1]!.crash(false),
      ),
    );
    expect(result.violation?.property).toBe('Converges');
    expect(result.violation?.detail).toContain('broker2 does not run');
  });

  it('names the link that stays cut', () => {
    const result = play({}, (context) =>
      during(
        context,
        () => {},
        () => {
          context.cluster.links.cut('broker1', 'broker3');
          context.cluster.links.cut('broker3', 'broker1');
        },
      ),
    );
    expect(result.violation?.property).toBe('Converges');
    expect(result.violation?.detail).toMatch(/broker ?[13]/);
  });

  it('demands service: a cluster that converges and acknowledges nothing does not serve', () => {
    const never: Bug = {
      name: 'never-acknowledged',
      title: 'acks=all is never answered',
      source: 'this test',
      violates: ['Serves'],
      partition: { acknowledgedAt: () => Number.MAX_SAFE_INTEGER as Offset },
    };
    const { violation } = run({ scenario: { ...scenario, duration: 500 }, bugs: [never] });
    expect(violation?.property).toBe('Serves');
    expect(violation?.detail).toMatch(/nothing was acknowledged in .*; though the cluster/);
  });

  it('converges after a leader without data was cut off', () => {
    expect(play({ duration: 6000 }, leaderWithoutData).violation).toBeNull();
  });

  it('finds the leader that refuses what comes behind sequence 2^31-1 (KAFKA-7692)', () => {
    const wraps: ClientPlan = testClient('wraps', { kind: 'producer', nearWrap: true });
    // Many partitions: in some of them a batch ends right at 2^31-1.
    const topics = [{ name: TEST_TOPIC, partitions: 10, replicationFactor: 3, configs: {} }];
    const changes = { clients: [wraps], topics, duration: 4000 };
    expect(play(changes).violation).toBeNull();
    const { violation } = play(changes, () => ({}), 'sequence-wraps-late');
    expect(violation?.property).toBe('ProducerNotStuck');
    expect(violation?.detail).toMatch(/sequence 0 of producer .* follows 2147483647/);
  });

  it('finds the follower that never gets rid of an epoch without data (KAFKA-10706)', () => {
    const { violation } = play({ duration: 6000 }, leaderWithoutData, 'epoch-entry-at-end-kept');
    expect(violation?.property).toBe('Converges');
    expect(violation?.detail).toMatch(/simulated-\d: ISR .* lacks broker/);
  });
});
