import { describe, expect, it } from 'vitest';
import type { RunContext } from './context.js';
import { type Occurrence, TRIGGER_EVENTS, type TriggerEvent } from './events.js';
import { PROBES, ProbeSummary } from './probes.js';
import { type RunResult, run } from './run.js';
import type { Act, Choice, Moment, Scenario, Target } from './scenario.js';
import { testClient, testScenario } from './test-scenario.js';
import type { WatchedNode, Watcher } from './watch.js';

const TOPIC = 'main';
const CONTROLLER: Target = { role: 'controller' };
const SUBJECT: Target = { role: 'subject' };
const LEADER: Target = { role: 'leader', topic: TOPIC, partition: 0 };
const FOLLOWER: Target = { role: 'follower', topic: TOPIC, partition: 0 };

function scenario(
  deeds: readonly (readonly [Moment, Act])[],
  changes: Partial<Scenario> = {},
): Scenario {
  return testScenario({
    seed: 11,
    configs: { 'metadata.log.max.record.bytes.between.snapshots': '600' },
    topics: [{ name: TOPIC, partitions: 1, replicationFactor: 3, configs: {} }],
    clients: ['client1', 'client2'].map((name) =>
      testClient(name, { topics: [TOPIC], pipeline: 2, think: 20 }),
    ),
    duration: 3000,
    choices: deeds.map(([when, act], index): Choice => ({ name: `deed${index}`, when, act })),
    ...changes,
  });
}

function crash(target: Target, down: number, power = false): Act {
  return { type: 'crash', target, power, keeps: power ? 'nothing' : 'everything', down };
}

function cut(target: Target, lasts: number): Act {
  return { type: 'partition', shape: 'one', target, direction: 'both', clients: false, lasts };
}

function on(event: TriggerEvent, after = 0): Moment {
  return { on: event, nth: 1, after };
}

/** Runs the faults, with the events that are `wanted` told to `watcher` while they last. */
function play(
  played: Scenario,
  watcher: (context: RunContext) => Watcher,
  wanted: readonly TriggerEvent[] = TRIGGER_EVENTS,
): RunResult {
  const watch = (context: RunContext): Watcher => {
    for (const event of wanted) {
      context.watching.wanted.add(event);
    }
    const inner = watcher(context);
    return {
      ...inner,
      // The elections of the start are nobody's concern here.
      occurred: (occurrence) => {
        if (context.phase() === 'main') {
          inner.occurred?.(occurrence);
        }
      },
    };
  };
  const result = run({ scenario: played, bugs: [], watchers: [watch], until: 'main' });
  // Also what a watcher expected in vain shows there.
  expect(result.violation).toBeNull();
  return result;
}

/** A run in which much happens: fail-overs, tails, snapshots, ISR changes, a truncation. */
const EVENTFUL: Scenario = scenario(
  [
    [{ at: 200 }, crash(CONTROLLER, 700)],
    [{ at: 1500 }, cut(LEADER, 2200)],
    [{ at: 4500 }, crash(FOLLOWER, 2000)],
    [{ at: 7000 }, { type: 'restart', target: LEADER, down: 50 }],
  ],
  { duration: 9000 },
);

/** Told before the effects of their step left, by their names. */
const BEFORE: ReadonlySet<TriggerEvent> = new Set(
  TRIGGER_EVENTS.filter(
    (event) =>
      (event.startsWith('controller.') ||
        /-(requesting|persisting|granting|acknowledging|truncating|installing|answering|shrinking|expanding)$/.test(
          event,
        ) ||
        /\.(appending|committing|truncating|acknowledging)/.test(event)) &&
      event !== 'raft.snapshot-installed',
  ),
);

describe('Triggers', () => {
  it('tell an event between the steps of its node that its name says', () => {
    const points = new Map<TriggerEvent, Set<string>>();
    let last = '';
    let lastNode = -1;
    const saw = (point: string) => (node: WatchedNode) => {
      last = point;
      lastNode = node.index;
    };
    const watcher: Watcher = {
      raftStepped: saw('before'),
      controllerStepped: saw('before'),
      replicaStepped: saw('before'),
      replicaStepping: saw('stepping'),
      raftExecuted: saw('after'),
      replicaExecuted: saw('after'),
      occurred: ({ event, node }: Occurrence) => {
        if (event.startsWith('node.')) {
          return;
        }
        expect(node, event).toBe(lastNode);
        points.set(event, (points.get(event) ?? new Set()).add(last));
      },
    };
    play(EVENTFUL, () => watcher);
    expect(points.size).toBeGreaterThan(45);
    for (const [event, seen] of points) {
      const others = ['partition.isr-answered', 'partition.isr-shrunk-to-one'];
      const early =
        BEFORE.has(event) || /answered|fetched-by/.test(event) || others.includes(event);
      const expected = event === 'partition.isr-answered' ? 'stepping' : early ? 'before' : 'after';
      expect([...seen], event).toEqual([expected]);
    }
  });

  it('tell nothing more of a node that a deed ended in the same step', () => {
    const told: string[] = [];
    const dead = new Set<string>();
    const watcher: Watcher = {
      nodeEnded: ({ index, incarnation }) => void dead.add(`${index} ${incarnation}`),
      raftStepped: ({ index, incarnation }) => void told.push(`${index} ${incarnation}`),
      occurred: ({ event }) => {
        if (event !== 'node.crashed') {
          expect(dead.has(told.at(-1)!), event).toBe(false);
        }
      },
    };
    const played = scenario([
      [{ at: 200 }, crash(CONTROLLER, 800)],
      [on('raft.vote-granting'), crash(SUBJECT, 100)],
    ]);
    const result = play(played, () => watcher, ['raft.vote-granted', 'raft.vote-granting']);
    expect(result.outcomes.get('deed1')).toMatchObject({ took: true });
  });
});

/** What became of the first vote after the controller ended, where its voter lost power at `event`. */
function voteAt(event: TriggerEvent): {
  readonly voter: number;
  readonly candidate: number | null;
  /** The candidate heard of the vote. */
  readonly heard: boolean;
  /** Whom the voter had voted for, by its own disk, when it was back. */
  readonly restored: number | null | undefined;
  readonly term: number;
} {
  let voter = -1;
  let candidate: number | null = null;
  let term = -1;
  let heard = false;
  let restored: number | null | undefined;
  const watcher: Watcher = {
    raftStepping: (node, state, input) => {
      if (voter < 0 || input.type !== 'message' || input.message.type !== 'voteReply') {
        return;
      }
      const { granted, term: replied } = input.message;
      heard ||= node.index === candidate && input.from === voter + 1 && granted && replied === term;
      expect(state.term).toBeGreaterThan(0);
    },
    raftStepped: (node, state) => {
      if (voter < 0) {
        term = state.term;
      }
      expect(node.index).toBeLessThan(3);
    },
    raftStarted: (node, state) => {
      if (node.index === voter && restored === undefined) {
        restored = state.term === term && state.votedFor !== null ? state.votedFor.id - 1 : null;
      }
    },
    occurred: (occurrence) => {
      if (voter < 0 && occurrence.event === event) {
        ({ node: voter, peer: candidate } = occurrence);
      }
    },
  };
  const played = scenario([
    [{ at: 200 }, crash(CONTROLLER, 2500)],
    [on(event), crash(SUBJECT, 200, true)],
  ]);
  const result = play(played, () => watcher, [event]);
  expect(result.outcomes.get('deed1')).toMatchObject({ took: true });
  return { voter, candidate, heard, restored, term };
}

describe('the moments of a vote', () => {
  it('vote-persisting: power lost here, the vote was never given', () => {
    const { candidate, heard, restored } = voteAt('raft.vote-persisting');
    expect(candidate).not.toBeNull();
    expect(heard).toBe(false);
    expect(restored).toBeNull();
  });

  it('vote-granting: the vote is durable, and nobody heard of it', () => {
    const { candidate, heard, restored } = voteAt('raft.vote-granting');
    expect(heard).toBe(false);
    expect(restored).toBe(candidate);
  });

  it('vote-granted: the vote is durable, and the candidate hears of it', () => {
    const { candidate, heard, restored } = voteAt('raft.vote-granted');
    expect(heard).toBe(true);
    expect(restored).toBe(candidate);
  });

  it('vote-requesting: the candidate voted for itself, and nobody was asked', () => {
    let candidate = -1;
    let asked = false;
    let restored: number | null | undefined;
    const watcher: Watcher = {
      raftStepping: (_node, _state, input) => {
        asked ||=
          candidate >= 0 &&
          restored === undefined &&
          input.type === 'message' &&
          input.message.type === 'voteRequest' &&
          input.from === candidate + 1;
      },
      raftStarted: (node, state) => {
        if (node.index === candidate) {
          restored ??= state.votedFor === null ? null : state.votedFor.id - 1;
        }
      },
      occurred: ({ node }) => {
        candidate = candidate < 0 ? node : candidate;
      },
    };
    const played = scenario([
      [{ at: 200 }, crash(CONTROLLER, 2500)],
      [on('raft.vote-requesting'), crash(SUBJECT, 200, true)],
    ]);
    play(played, () => watcher, ['raft.vote-requesting']);
    expect(asked).toBe(false);
    expect(restored).toBe(candidate);
  });
});

describe('the moments of the controller and of partitions', () => {
  it('alter-partition-answering: the change is committed, the leader never hears so', () => {
    let asker: number | null = null;
    let controller: number | null = null;
    /** What its sender, which has one request under way at a time, heard next. */
    let error: number | null = null;
    let shown = false;
    const watcher: Watcher = {
      replicaStepping: ({ index }, { state }, input) => {
        if (asker !== index || error !== null) {
          return;
        }
        if (input.type === 'alterPartitionAnswered') {
          error = input.error;
        } else if (input.type === 'assigned' && input.assignment.leader === state.self) {
          shown ||= input.assignment.partitionEpoch > state.partitionEpoch;
        }
      },
      occurred: ({ node, peer }) => {
        if (controller === null) {
          controller = node;
          asker = peer;
        }
      },
    };
    const played = scenario(
      [
        [{ at: 100 }, { type: 'pause', target: FOLLOWER, lasts: 2200 }],
        [on('controller.alter-partition-answering'), crash(SUBJECT, 300)],
      ],
      {
        seed: 12,
        duration: 3000,
        configs: { 'broker.session.timeout.ms': '6000', 'replica.lag.time.max.ms': '800' },
      },
    );
    const result = play(played, () => watcher, ['controller.alter-partition-answering']);
    expect(result.outcomes.get('deed1')).toMatchObject({ took: true });
    expect(asker).not.toBeNull();
    expect(asker).not.toBe(controller);
    expect(error).not.toBe(0);
    expect(shown).toBe(true);
  });

  it('appended-as-leader: the batch is in the log of the leader, and in no other', () => {
    let seen = 0;
    const ends = new Map<number, number>();
    let leaderEnd = 0;
    const watcher: Watcher = {
      replicaExecuted: ({ index }, { topic, log, state }) => {
        if (topic === TOPIC) {
          ends.set(index, log.logEndOffset);
          leaderEnd = state.role === 'leader' ? log.logEndOffset : leaderEnd;
        }
      },
      occurred: ({ node, event }) => {
        if (event === 'partition.appended-as-leader' && ends.get(node) === leaderEnd) {
          seen++;
          for (const [index, end] of ends) {
            expect(index === node || end < leaderEnd).toBe(true);
          }
        }
      },
    };
    play(scenario([], { duration: 800 }), () => watcher, ['partition.appended-as-leader']);
    expect(seen).toBeGreaterThan(10);
  });
});

describe('Probes', () => {
  it('count deeds by their kinds, moments and rare branches, from the faults on', () => {
    const told = new Set<TriggerEvent>();
    const watcher: Watcher = { occurred: ({ event }) => void told.add(event) };
    const { probes } = play(EVENTFUL, () => watcher, ['raft.elected', 'partition.isr-expanding']);
    // What nobody waits for is counted, and not told.
    expect([...told].sort()).toEqual(['partition.isr-expanding', 'raft.elected']);
    expect(probes.get('partition.acknowledged')).toBeGreaterThan(20);
    expect([...probes.keys()]).toEqual(PROBES);
    expect(probes.get('deed.crash.killed')).toBe(2);
    expect(probes.get('deed.partition.one-both')).toBe(1);
    expect(probes.get('deed.restart')).toBe(1);
    expect(probes.get('deed.wipe')).toBe(0);
    for (const hit of [
      'raft.elected',
      'raft.deposed',
      'raft.snapshot-taken',
      'controller.broker-fenced',
      'controller.leader-elected',
      'controller.shutdown-begun',
      'partition.isr-expanding',
      'partition.fenced-leader-epoch-answered',
      'node.crashed',
    ]) {
      expect(probes.get(hit), hit).toBeGreaterThan(0);
    }
  });

  it('count nothing where nothing happens', () => {
    const { probes } = play(scenario([], { duration: 500 }), () => ({}), []);
    expect(probes.get('raft.elected')).toBe(0);
    expect(probes.get('node.started')).toBe(0);
    expect(probes.get('partition.acknowledged')).toBeGreaterThan(5);
  });

  it('are summed up over runs and over workers', () => {
    const one = new ProbeSummary();
    const other = new ProbeSummary();
    one.add(new Map([['raft.elected', 3]]));
    one.add(new Map([['raft.elected', 0]]));
    other.add(
      new Map([
        ['raft.elected', 2],
        ['node.crashed', 1],
      ]),
    );
    one.merge(other);
    expect(one.runs).toBe(3);
    expect(one.entries.get('raft.elected')).toEqual({ runs: 2, hits: 5 });
    expect(one.neverHit).not.toContain('node.crashed');
    expect(one.neverHit).toContain('deed.wipe');
    expect(one.neverHit).toHaveLength(PROBES.length - 2);
  });
});
