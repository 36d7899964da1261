/** The judges of Raft, of the metadata and of the nodes' lives, in runs of whole brokers. */

import { describe, expect, it } from 'vitest';
import { findBug } from '../../bugs/registry.js';
import type { SimulatedNode } from '../../environment/simulated/environment.js';
import type { RunContext } from '../context.js';
import { type RunResult, run } from '../run.js';
import type { Act, Choice, Moment } from '../scenario.js';
import { TEST_TOPIC, testClient, testScenario } from '../test-scenario.js';
import type { Watcher } from '../watch.js';

const METADATA_LOG = '/data/__cluster_metadata-0';

const scenario = testScenario({
  seed: 11,
  configs: { 'metadata.log.max.record.bytes.between.snapshots': '2000' },
  topics: [{ name: TEST_TOPIC, partitions: 2, replicationFactor: 3, configs: {} }],
  clients: ['client1', 'client2'].map((name) => testClient(name, { think: 20 })),
  duration: 4000,
});

function choose(...acts: readonly (readonly [when: number | Moment, act: Act])[]): Choice[] {
  return acts.map(([when, act], index) => ({
    name: `choice${index + 1}`,
    when: typeof when === 'number' ? { at: when } : when,
    act,
  }));
}

function crash(
  target: Extract<Act, { type: 'crash' }>['target'],
  down: number,
  power = false,
): Act {
  return { type: 'crash', target, power, keeps: 'drawn', down };
}

const controller = { role: 'controller' } as const;

/** Runs with choices and a bug, and with `meddle` called once, some milliseconds into the main phase. */
function play(options: {
  readonly choices?: readonly Choice[];
  readonly bug?: string;
  readonly seed?: number;
  readonly after?: number;
  readonly meddle?: (context: RunContext) => void;
  readonly watch?: Watcher;
}): RunResult {
  const { choices = [], bug, seed = scenario.seed, after = 1000, meddle } = options;
  const meddler = (context: RunContext): Watcher => ({
    deed: (name, _type, _node, phase) => {
      if (name === 'main' && phase === 'begins' && meddle !== undefined) {
        context.world.schedule(after * 1000, 'meddle', () => meddle(context));
      }
    },
  });
  return run({
    scenario: { ...scenario, seed, choices },
    bugs: bug === undefined ? [] : [findBug(bug)!],
    watchers: [meddler, () => options.watch ?? {}],
  });
}

/** Kills a broker and starts it again; something happens to its disk before it reads it. */
function betweenLives(index: number, change: (node: SimulatedNode) => void) {
  return (context: RunContext): void => {
    const node = context.cluster.nodes[index]!;
    node.crash(false);
    context.world.schedule(100_000, 'start', () => {
      context.cluster.start(index);
      change(node);
    });
  };
}

describe('judges of Raft, metadata and lives', () => {
  it('have nothing to say where brokers crash, stop and come back', () => {
    const counts = { restored: 0, snapshots: 0, started: 0, elected: 0 };
    const watch: Watcher = {
      raftStarted: () => {
        counts.started++;
      },
      raftStepped: (_node, _state, input, effects) => {
        counts.snapshots += input.type === 'snapshotTaken' ? 1 : 0;
        counts.elected += effects.some((e) => e.type === 'roleChanged' && e.role === 'leader')
          ? 1
          : 0;
      },
      controllerStepped: (_node, _state, input) => {
        counts.restored += input.type === 'restored' ? 1 : 0;
      },
    };
    for (let seed = 1; seed <= 3; seed++) {
      const choices = choose(
        [200, crash(controller, 300)],
        [900, crash({ broker: seed % 3 }, 200, true)],
        [1500, { type: 'restart', target: { broker: (seed + 1) % 3 }, down: 200 }],
        [2300, crash(controller, 1800, true)],
      );
      const { violation } = play({ seed, choices, watch });
      expect(violation, `seed ${seed}`).toBeNull();
    }
    expect(counts.started).toBeGreaterThan(15);
    expect(counts.elected).toBeGreaterThan(5);
    expect(counts.snapshots).toBeGreaterThan(4);
    expect(counts.restored).toBeGreaterThan(4);
  });

  it.each([
    ['vote-forgotten', 'RestartKeepsPersisted', [[500, crash(controller, 100)]]],
    ['quorum-of-one', 'TermNeedsPreVote', []],
    ['no-pre-vote', 'TermNeedsPreVote', []],
    ['no-check-quorum', 'LeaderKeepsQuorum', [[300, cutOff(2000)]]],
    ['leader-counts-unsynced', 'CommittedIsDurable', []],
    ['second-incarnation-registers', 'OneIncarnation', [[500, crash({ broker: 1 }, 20)]]],
    ['unfenced-before-caught-up', 'UnfencedHasApplied', []],
    ['fenced-keeps-isr-seat', 'FencedNotInIsr', [[300, crash({ broker: 1 }, 3000)]]],
    [
      'elr-not-cleared-on-unclean-restart',
      'UncleanRestartLeavesElr',
      [
        [300, crash({ broker: 1 }, 9000)],
        [2400, crash({ role: 'follower', topic: 'simulated', partition: 0 }, 300)],
      ],
    ],
  ] as const)('see %s as %s', (bug, property, acts) => {
    const found: string[] = [];
    for (let seed = 1; seed <= 8 && !found.includes(property); seed++) {
      found.push(play({ bug, seed, choices: choose(...acts) }).violation?.property ?? 'nothing');
    }
    expect(found).toContain(property);
  });

  it('RestartKeepsPersisted: a node that lost its term and vote is found out', () => {
    const { violation } = play({
      meddle: betweenLives(0, (node) => node.files.remove(`${METADATA_LOG}/quorum-state`)),
    });
    expect(violation).toMatchObject({ property: 'RestartKeepsPersisted', node: 'broker1' });
  });

  it('BrokerKeepsRunning: a broker ends itself though nothing was done to its disk', () => {
    const damage = betweenLives(1, (node) => {
      const name = node.files.list(METADATA_LOG).find((each) => each.endsWith('.log'))!;
      const file = node.files.open(`${METADATA_LOG}/${name}`, 'readWrite');
      node.files.write(file, 20, [Uint8Array.of(1, 2, 3, 4)]);
      node.files.close(file);
    });
    expect(play({ meddle: damage }).violation).toMatchObject({
      property: 'BrokerKeepsRunning',
      node: 'broker2',
    });
    // The same after a deed that hurt the disk: it is what the node should do.
    const excused = play({
      meddle: (context) => {
        context.watching.deed('damage', 'disk', 'broker2', 'begins');
        damage(context);
      },
    });
    expect(excused.violation?.property).not.toBe('BrokerKeepsRunning');
  });

  it('StateIsFoldOfLog: an image that changed by itself is found when it is touched', () => {
    const { violation } = play({
      meddle: (context) => {
        const { image } = context.cluster.broker(2)!.controller;
        image.brokers.get(1 as never)!.rack = 'elsewhere';
      },
      choices: choose([1500, { type: 'restart', target: { broker: 0 }, down: 100 }]),
    });
    // Only what touches it: the restart's registration replaces it, its shutdown does not.
    expect(violation).toMatchObject({ property: 'StateIsFoldOfLog', node: 'broker3' });
  });

  it('PendingEqualsCommitted: what the controller decides on is what is committed', () => {
    const spoil = (context: RunContext): void => {
      for (let index = 0; index < 3; index++) {
        const host = context.cluster.broker(index)!.controller as unknown as {
          decider: { active: { pending: { image: { features: Map<string, number> } } } | null };
        };
        host.decider.active?.pending.image.features.set('metadata.version', 7);
      }
    };
    const choices = choose(
      ...[1, 2, 3, 4, 5, 6].map((each) => {
        const topic = { name: `t${each}`, partitions: 4, replicationFactor: 3, configs: {} };
        return [1000 + each * 200, { type: 'createTopic', topic }] as const;
      }),
      [2600, { type: 'restart', target: { broker: 0 }, down: 100 }],
    );
    const { violation } = play({ meddle: spoil, choices });
    expect(violation?.property).toBe('PendingEqualsCommitted');
  });
});

/** The controller is cut off from the others. */
function cutOff(lasts: number): Extract<Act, { type: 'partition' }> {
  return {
    type: 'partition',
    shape: 'one',
    target: controller,
    direction: 'both',
    clients: false,
    lasts,
  };
}
