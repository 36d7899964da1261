import { describe, expect, test } from 'vitest';
import { type Artifact, decodeArtifact, encodeArtifact, mismatch } from './artifact.js';
import type { Act, Choice, GroupMemberPlan, GroupPlan, Outcome, Target } from './scenario.js';

const TARGETS: readonly Target[] = [
  { broker: 2 },
  { role: 'controller' },
  { role: 'peer' },
  { role: 'leader', topic: 'one', partition: 0 },
];
const [target] = TARGETS as readonly [Target];
const TOPIC = {
  name: 'one',
  partitions: 2,
  replicationFactor: 3,
  configs: { 'retention.ms': '5' },
};

/** One of every kind: a type that is added must be added here, or this does not compile. */
const ACTS: { readonly [Type in Act['type']]: Extract<Act, { readonly type: Type }> } = {
  crash: { type: 'crash', target, power: true, keeps: 'drawn', down: 10 },
  crashLoop: { type: 'crashLoop', target, times: 3, up: 10, down: 10 },
  wipe: { type: 'wipe', target, down: 10 },
  changeVoter: { type: 'changeVoter', target },
  restart: { type: 'restart', target, down: 10 },
  rollingRestart: { type: 'rollingRestart', down: 10, between: 10 },
  pause: { type: 'pause', target, lasts: 10 },
  partition: {
    type: 'partition',
    shape: 'ring',
    target,
    direction: 'in',
    clients: false,
    lasts: 10,
  },
  reset: { type: 'reset', target },
  slow: { type: 'slow', target, delay: 10, lasts: 10 },
  clock: { type: 'clock', target, clock: 'wall', jump: -10, rate: 1001, lasts: 10 },
  disk: { type: 'disk', target, fault: 'full', where: 'metadata', lasts: 10 },
  createTopic: { type: 'createTopic', topic: { ...TOPIC, name: 'two' } },
  deleteTopic: { type: 'deleteTopic', topic: 'one' },
  recreateTopic: {
    type: 'recreateTopic',
    topic: 'one',
    pause: 10,
    configs: { 'retention.ms': '5' },
  },
  addPartitions: { type: 'addPartitions', topic: 'one', count: 3 },
  reassign: {
    type: 'reassign',
    topic: 'one',
    partition: 0,
    replace: 1,
    givenUpAfter: 50,
    factor: 2,
  },
  deleteRecords: { type: 'deleteRecords', topic: 'one', partition: 0, percent: 50 },
  configure: { type: 'configure', topic: 'one', key: 'retention.ms', value: '1' },
};

const CHOICES: readonly Choice[] = [
  ...Object.entries(ACTS).map(([name, act]) => ({ name, when: { at: 5 }, act })),
  ...TARGETS.map((each, index) => ({
    name: `target ${index}`,
    when: { on: 'raft.elected', nth: 2, after: 0, from: 100 } as const,
    act: { type: 'reset', target: each } as const,
  })),
];

const GROUP: GroupPlan = {
  name: 'readers',
  topics: ['grouped'],
  order: 'commit-first',
  members: [
    { name: 'a', isStatic: true, assignors: ['range', 'roundrobin'], sessionTimeout: 500 },
    { name: 'b', isStatic: false, assignors: ['range'], sessionTimeout: 500 },
  ],
  think: 10,
  heartbeat: 50,
  rebalanceTimeout: 300,
  unrest: 40,
};

const PASSING: GroupPlan = { ...GROUP, name: 'passers', deletedEvery: 100 };

const ARTIFACT: Artifact = {
  format: 1,
  madeBy: 'logjury 0.1.0',
  bugs: ['ack-before-high-watermark'],
  property: 'NoCommittedRecordLost',
  detail: 'offset 3 of one-0',
  event: 1234,
  at: 5_678_901,
  node: 'broker1',
  hash: '0123456789abcdef',
  idle: ['wipe'],
  scenario: {
    format: 1,
    seed: 7,
    brokers: 3,
    configs: { 'log.segment.bytes': '1000', 'group.min.session.timeout.ms': '500' },
    topics: [TOPIC, { ...TOPIC, name: 'grouped' }],
    clients: [
      {
        name: 'client1',
        kind: 'both',
        topics: ['one'],
        acks: -1,
        idempotent: true,
        pipeline: 2,
        think: 5,
        repeatsElsewhere: false,
        nearWrap: false,
      },
    ],
    network: { baseDelay: 80, jitter: 400, stragglers: 5 },
    disk: { syncBase: 100, syncSpread: 900 },
    duration: 6000,
    atlas: 'within',
    choices: CHOICES,
    core: [0, 1],
    groups: [GROUP, PASSING],
  },
};

type Plain = Record<string, unknown>;

/** Every place in `value`: the object or list that holds it, its key, and its path. */
function* places(value: unknown, path = ''): Generator<[holder: Plain, key: string, path: string]> {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  for (const key of Object.keys(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    yield [value as Plain, key, at];
    yield* places((value as Plain)[key], at);
  }
}

function problemOf(artifact: unknown): string {
  try {
    decodeArtifact(JSON.stringify(artifact));
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

describe('an artifact', () => {
  test('is the same after a file', () => {
    expect(decodeArtifact(encodeArtifact(ARTIFACT))).toEqual(ARTIFACT);
    const { core: _core, ...all } = ARTIFACT.scenario;
    const without = { ...ARTIFACT, scenario: all };
    expect(decodeArtifact(encodeArtifact(without))).toEqual(without);
  });

  test('is refused where any value is of another type, by the path of the field', () => {
    const unnoticed: string[] = [];
    const count = [...places(ARTIFACT)].length;
    for (let index = 0; index < count; index++) {
      const copy = JSON.parse(JSON.stringify(ARTIFACT)) as Plain;
      const [holder, key, path] = [...places(copy)][index]!;
      holder[key] = 0.5;
      const problem = problemOf(copy);
      if (!problem.startsWith(path)) {
        unnoticed.push(`${path}: ${problem}`);
      }
    }
    expect(unnoticed).toEqual([]);
  });

  test('is refused where a field is missing or unknown', () => {
    const unnoticed: string[] = [];
    const count = [...places(ARTIFACT)].length;
    const mayLack = new RegExp(
      [/\[\d+\]$/, /configs\./, /\.(core|groups|deletedEvery|from)$/, /act\.(configs|factor)$/]
        .map(({ source }) => source)
        .join('|'),
    );
    for (let index = 0; index < count; index++) {
      const copy = JSON.parse(JSON.stringify(ARTIFACT)) as Plain;
      const [holder, key, path] = [...places(copy)][index]!;
      if (!Array.isArray(holder) && !mayLack.test(path)) {
        delete holder[key];
        if (problemOf(copy) === 'none') {
          unnoticed.push(path);
        }
      }
    }
    expect(unnoticed).toEqual([]);
    const more = { ...ARTIFACT, scenario: { ...ARTIFACT.scenario, surprise: 1 } };
    expect(problemOf(more)).toBe('scenario.surprise is no field that is known here');
  });

  test.each([
    ['no JSON', (): unknown => undefined, /^the document is no JSON/],
    ['a list', (): unknown => [], /^the document must be an object/],
    ['another format', (): unknown => ({ ...ARTIFACT, format: 2 }), /^format must be 1/],
    ['an unknown bug', (): unknown => ({ ...ARTIFACT, bugs: ['x'] }), /^bugs\[0\] names no bug/],
    ['a broker too many', (): unknown => withBrokers(2), /choices\[0\]\.act\.target\.broker is 2/],
    ['one name twice', (): unknown => twice(), /^scenario\.choices\[1\]\.name is 'crash', as/],
    [
      'a group of nobody',
      (): unknown => withGroup({ members: [] }),
      /groups\[0\]\.members is empty/,
    ],
    ['an unknown topic', (): unknown => withGroup({ topics: ['x'] }), /topics\[0\] names no topic/],
    [
      'one that goes',
      (): unknown => withGroup({ topics: ['one'] }),
      /which the choice 'deleteTopic'/,
    ],
    ['nothing in common', (): unknown => withAssignors('roundrobin'), /\[0\]\.assignors must be/],
    ['two kinds', (): unknown => withAssignors('range', 'cooperative-sticky'), /\[1\]\.assignors/],
    [
      'promises that expire',
      (): unknown => withRetention(),
      /groups\[0\] is promised its positions/,
    ],
    [
      'sessions that brokers refuse',
      (): unknown => withoutConfigs(),
      /\[0\]\.sessionTimeout is less/,
    ],
    ['groups beyond the atlas', (): unknown => beyond(), /^scenario\.groups must be missing/],
  ])('is refused: %s', (_name, make, message) => {
    expect(problemOf(make())).toMatch(message);
  });
});

function withBrokers(brokers: number): Artifact {
  return { ...ARTIFACT, scenario: { ...ARTIFACT.scenario, brokers } };
}

function withGroup(changes: Partial<GroupPlan>): Artifact {
  return { ...ARTIFACT, scenario: { ...ARTIFACT.scenario, groups: [{ ...GROUP, ...changes }] } };
}

function withAssignors(...assignors: GroupMemberPlan['assignors']): Artifact {
  const [first, second] = GROUP.members as [GroupMemberPlan, GroupMemberPlan];
  const one: GroupMemberPlan = { ...first, assignors: ['range'] };
  return withGroup({ members: [one, { ...second, assignors }] });
}

function withRetention(): Artifact {
  const configs = { ...ARTIFACT.scenario.configs, 'offsets.retention.minutes': '1' };
  return { ...ARTIFACT, scenario: { ...ARTIFACT.scenario, configs } };
}

function withoutConfigs(): Artifact {
  return { ...ARTIFACT, scenario: { ...ARTIFACT.scenario, configs: {} } };
}

function beyond(): Artifact {
  return { ...ARTIFACT, scenario: { ...ARTIFACT.scenario, atlas: 'beyond' } };
}

function twice(): Artifact {
  const [first] = CHOICES;
  return { ...ARTIFACT, scenario: { ...ARTIFACT.scenario, choices: [first!, first!] } };
}

describe('a replay', () => {
  const violation = {
    property: ARTIFACT.property,
    detail: '',
    event: ARTIFACT.event,
    at: 1,
    node: null,
    phase: 'main',
  } as const;
  const outcomes = new Map<string, Outcome>(
    CHOICES.map(({ name }) => [name, name === 'wipe' ? null : { took: true, at: 1, node: null }]),
  );

  test('matches: same property, same event, every choice took effect', () => {
    expect(mismatch(ARTIFACT, { violation, outcomes })).toBeNull();
  });

  test.each([
    [
      'no violation',
      null,
      'nothing is violated; the artifact says NoCommittedRecordLost at event 1234',
    ],
    [
      'another property',
      { ...violation, property: 'VoteOnce' },
      'VoteOnce is violated at event 1234; the artifact says NoCommittedRecordLost at event 1234',
    ],
    [
      'another event',
      { ...violation, event: 9 },
      'NoCommittedRecordLost is violated at event 9; the artifact says NoCommittedRecordLost at event 1234',
    ],
  ])('does not match: %s', (_name, found, why) => {
    expect(mismatch(ARTIFACT, { violation: found, outcomes })).toBe(why);
  });

  test('does not match where a choice that had no effect has one', () => {
    const more = new Map<string, Outcome>([
      ...outcomes,
      ['wipe', { took: true, at: 1, node: null }],
    ]);
    expect(mismatch(ARTIFACT, { violation, outcomes: more })).toMatch(/^the choice 'wipe' had an/);
  });

  test.each([
    [null, 'its moment never came'],
    [{ took: false, reason: 'broker3 is down' } as const, 'broker3 is down'],
  ])('does not match where a choice had no effect', (outcome, reason) => {
    const idle = new Map<string, Outcome>([...outcomes, ['pause', outcome]]);
    expect(mismatch(ARTIFACT, { violation, outcomes: idle })).toBe(
      `the choice 'pause' had no effect: ${reason}`,
    );
  });
});
