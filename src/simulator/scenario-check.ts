/** A scenario that comes from a file: every field checked, so that what runs is what was written. */

import { TRIGGER_EVENTS, type TriggerEvent } from './events.js';
import type {
  Act,
  Choice,
  ClientPlan,
  DiskPlan,
  GroupMemberPlan,
  GroupPlan,
  Moment,
  NetworkPlan,
  Scenario,
  Target,
  TopicPlan,
} from './scenario.js';
import {
  type Check,
  flag,
  integer,
  listOf,
  MalformedError,
  oneOf,
  record,
  shape,
  text,
  texts,
  variants,
} from './validate.js';

const MOST_BROKERS = 9;
const MOST_PARTITIONS = 1000;
/** A day: what is longer is a mistake. */
const MOST_MILLISECONDS = 86_400_000;

const milliseconds = integer(0, MOST_MILLISECONDS);
const microseconds = integer(0, MOST_MILLISECONDS * 1000);

const topicPlan: Check<TopicPlan> = shape<TopicPlan>({
  name: text,
  partitions: integer(1, MOST_PARTITIONS),
  replicationFactor: integer(1, MOST_BROKERS),
  configs: texts,
});

const clientPlan: Check<ClientPlan> = shape<ClientPlan>(
  {
    name: text,
    kind: oneOf('producer', 'consumer', 'both'),
    topics: listOf(text),
    acks: oneOf(-1, 0, 1),
    idempotent: flag,
    pipeline: integer(1, 5),
    think: milliseconds,
    repeatsElsewhere: flag,
    nearWrap: flag,
    raisesEpoch: flag,
    staggers: flag,
    rack: text,
  },
  ['raisesEpoch', 'staggers', 'rack'],
);

const groupMemberPlan: Check<GroupMemberPlan> = shape<GroupMemberPlan>({
  name: text,
  isStatic: flag,
  assignors: listOf(oneOf('range', 'roundrobin', 'cooperative-sticky')),
  sessionTimeout: milliseconds,
});

const groupPlan: Check<GroupPlan> = shape<GroupPlan>(
  {
    name: text,
    topics: listOf(text),
    order: oneOf('process-first', 'commit-first'),
    members: listOf(groupMemberPlan),
    think: integer(1, MOST_MILLISECONDS),
    heartbeat: integer(1, MOST_MILLISECONDS),
    rebalanceTimeout: milliseconds,
    unrest: integer(0, 1_000_000),
    deletedEvery: integer(1, MOST_MILLISECONDS),
  },
  ['deletedEvery'],
);

const network: Check<NetworkPlan> = shape<NetworkPlan>({
  baseDelay: microseconds,
  jitter: microseconds,
  stragglers: integer(0, 10_000),
});

const disk: Check<DiskPlan> = shape<DiskPlan>({
  syncBase: microseconds,
  syncSpread: microseconds,
});

const moment: Check<Moment> = (value, path) =>
  'at' in record(value, path)
    ? shape<Extract<Moment, { readonly at: number }>>({ at: milliseconds })(value, path)
    : shape<Extract<Moment, { readonly on: TriggerEvent }>>(
        {
          on: oneOf(...TRIGGER_EVENTS),
          nth: integer(1),
          after: milliseconds,
          from: milliseconds,
        },
        ['from'],
      )(value, path);

const target: Check<Target> = (value, path) => {
  const given = record(value, path);
  if ('broker' in given) {
    return shape<{ readonly broker: number }>({ broker: integer(0, MOST_BROKERS - 1) })(
      value,
      path,
    );
  }
  return 'topic' in given
    ? shape<Extract<Target, { readonly topic: string }>>({
        role: oneOf('leader', 'follower', 'outOfSync'),
        topic: text,
        partition: integer(0, MOST_PARTITIONS),
      })(value, path)
    : shape<{ readonly role: 'controller' | 'subject' | 'peer' }>({
        role: oneOf('controller', 'subject', 'peer'),
      })(value, path);
};

type ActOf<Type extends Act['type']> = Extract<Act, { readonly type: Type }>;

const act: Check<Act> = variants<Act>({
  crash: shape<ActOf<'crash'>>({
    type: text as Check<'crash'>,
    target,
    power: flag,
    keeps: oneOf('nothing', 'drawn', 'everything'),
    down: milliseconds,
  }),
  crashLoop: shape<ActOf<'crashLoop'>>({
    type: text as Check<'crashLoop'>,
    target,
    times: integer(1, 1000),
    up: milliseconds,
    down: milliseconds,
  }),
  wipe: shape<ActOf<'wipe'>>({ type: text as Check<'wipe'>, target, down: milliseconds }),
  changeVoter: shape<ActOf<'changeVoter'>>({ type: text as Check<'changeVoter'>, target }),
  restart: shape<ActOf<'restart'>>({
    type: text as Check<'restart'>,
    target,
    down: milliseconds,
  }),
  rollingRestart: shape<ActOf<'rollingRestart'>>({
    type: text as Check<'rollingRestart'>,
    down: milliseconds,
    between: milliseconds,
  }),
  pause: shape<ActOf<'pause'>>({ type: text as Check<'pause'>, target, lasts: milliseconds }),
  partition: shape<ActOf<'partition'>>({
    type: text as Check<'partition'>,
    shape: oneOf('one', 'halves', 'ring', 'bridge'),
    target,
    direction: oneOf('both', 'in', 'out'),
    clients: flag,
    lasts: milliseconds,
  }),
  reset: shape<ActOf<'reset'>>({ type: text as Check<'reset'>, target }),
  slow: shape<ActOf<'slow'>>({
    type: text as Check<'slow'>,
    target,
    delay: microseconds,
    lasts: milliseconds,
  }),
  clock: shape<ActOf<'clock'>>({
    type: text as Check<'clock'>,
    target,
    clock: oneOf('wall', 'monotonic'),
    jump: integer(Number.MIN_SAFE_INTEGER),
    rate: integer(1, 1_000_000),
    lasts: milliseconds,
  }),
  disk: shape<ActOf<'disk'>>({
    type: text as Check<'disk'>,
    target,
    fault: oneOf(
      'full',
      'writeError',
      'syncError',
      'readError',
      'slowSync',
      'corruptSector',
      'misdirectedWrite',
    ),
    where: oneOf('partition', 'metadata'),
    lasts: milliseconds,
  }),
  createTopic: shape<ActOf<'createTopic'>>({
    type: text as Check<'createTopic'>,
    topic: topicPlan,
  }),
  deleteTopic: shape<ActOf<'deleteTopic'>>({ type: text as Check<'deleteTopic'>, topic: text }),
  recreateTopic: shape<ActOf<'recreateTopic'>>(
    {
      type: text as Check<'recreateTopic'>,
      topic: text,
      pause: milliseconds,
      configs: texts,
    },
    ['configs'],
  ),
  deleteRecords: shape<ActOf<'deleteRecords'>>({
    type: text as Check<'deleteRecords'>,
    topic: text,
    partition: integer(0, MOST_PARTITIONS),
    percent: integer(0, 100),
  }),
  reassign: shape<ActOf<'reassign'>>(
    {
      type: text as Check<'reassign'>,
      topic: text,
      partition: integer(0, MOST_PARTITIONS),
      replace: integer(0, 9),
      givenUpAfter: (value, path) => (value === null ? null : milliseconds(value, path)),
      factor: integer(1, MOST_BROKERS),
    },
    ['factor'],
  ),
  addPartitions: shape<ActOf<'addPartitions'>>({
    type: text as Check<'addPartitions'>,
    topic: text,
    count: integer(1, MOST_PARTITIONS),
  }),
  configure: shape<ActOf<'configure'>>({
    type: text as Check<'configure'>,
    topic: text,
    key: text,
    value: text,
  }),
});

const choice: Check<Choice> = shape<Choice>({ name: text, when: moment, act });

const fields: Check<Scenario> = shape<Scenario>(
  {
    format: oneOf(1),
    seed: integer(0),
    brokers: integer(1, MOST_BROKERS),
    configs: texts,
    topics: listOf(topicPlan),
    clients: listOf(clientPlan),
    network,
    disk,
    duration: integer(1, MOST_MILLISECONDS),
    atlas: oneOf('within', 'beyond'),
    choices: listOf(choice),
    voters: integer(1, MOST_BROKERS),
    core: listOf(integer(0, MOST_BROKERS - 1)),
    groups: listOf(groupPlan),
  },
  ['core', 'groups', 'voters'],
);

/** `value` as a scenario. Throws a {@link MalformedError} that names the first wrong field. */
export const checkScenario: Check<Scenario> = (value, path) => {
  const scenario = fields(value, path);
  const at = path === '' ? '' : `${path}.`;
  unique(scenario.choices, `${at}choices`);
  unique(scenario.clients, `${at}clients`);
  unique(scenario.topics, `${at}topics`);
  checkGroups(scenario, at);
  const { brokers, voters } = scenario;
  if (voters !== undefined && voters > brokers) {
    throw new MalformedError(`${at}voters`, `is ${voters}, but there are only ${brokers} brokers`);
  }
  scenario.choices.forEach(({ act: deed }, index) => {
    if ('target' in deed && 'broker' in deed.target && deed.target.broker >= brokers) {
      throw new MalformedError(
        `${at}choices[${index}].act.target.broker`,
        `is ${deed.target.broker}, but there are only ${brokers} brokers, from 0`,
      );
    }
  });
  const needed = Number(scenario.configs[OFFSETS_REPLICATION] ?? OFFSETS_REPLICATION_DEFAULT);
  if (scenario.groups !== undefined && brokers < needed) {
    throw new MalformedError(`${at}groups`, `need ${needed} brokers (${OFFSETS_REPLICATION})`);
  }
  return scenario;
};

/** With it offsets expire within a run, where a wall clock jumps: after a week otherwise. */
const RETENTION = 'offsets.retention.minutes';

/** Kafka's default refuses sessions that end within a run. */
export const LEAST_SESSION_TIMEOUT = 'group.min.session.timeout.ms';
const LEAST_SESSION_TIMEOUT_DEFAULT = '6000';

/** Without so many brokers nobody ever coordinates a group. */
const OFFSETS_REPLICATION = 'offsets.topic.replication.factor';
const OFFSETS_REPLICATION_DEFAULT = '3';

/** A group of which the judges can hold nobody to anything proves nothing. */
function checkGroups(scenario: Scenario, at: string): void {
  const { groups = [], topics, choices, atlas } = scenario;
  unique(groups, `${at}groups`);
  if (groups.length > 0 && atlas === 'beyond') {
    throw new MalformedError(`${at}groups`, 'must be missing beyond the atlas');
  }
  groups.forEach((group, index) => {
    const path = `${at}groups[${index}]`;
    unique(group.members, `${path}.members`);
    if (RETENTION in scenario.configs && group.deletedEvery === undefined) {
      throw new MalformedError(path, `is promised its positions, which ${RETENTION} takes`);
    }
    if (group.members.length === 0) {
      throw new MalformedError(`${path}.members`, 'is empty');
    }
    const least = Number(scenario.configs[LEAST_SESSION_TIMEOUT] ?? LEAST_SESSION_TIMEOUT_DEFAULT);
    group.members.forEach(({ assignors, sessionTimeout }, place) => {
      if (sessionTimeout < least) {
        const where = `${path}.members[${place}].sessionTimeout`;
        throw new MalformedError(where, `is less than ${LEAST_SESSION_TIMEOUT} (${least}) admits`);
      }
      const all = group.members.every((other) =>
        other.assignors.some((name) => assignors.includes(name)),
      );
      if (!all || (assignors.length > 1 && assignors.includes('cooperative-sticky'))) {
        const where = `${path}.members[${place}].assignors`;
        throw new MalformedError(where, 'must be cooperative-sticky alone, or share one with all');
      }
    });
    group.topics.forEach((name, place) => {
      const where = `${path}.topics[${place}]`;
      if (!topics.some((topic) => topic.name === name)) {
        throw new MalformedError(where, `names no topic of the scenario: '${name}'`);
      }
      const changing = choices.find(({ act: deed }) => changesTopic(deed, name));
      if (changing !== undefined) {
        throw new MalformedError(
          where,
          `is '${name}', which the choice '${changing.name}' changes`,
        );
      }
    });
  });
}

/** It takes records away, or adds partitions of which members hear at different times. */
function changesTopic(deed: Act, topic: string): boolean {
  switch (deed.type) {
    case 'addPartitions':
    case 'deleteTopic':
    case 'recreateTopic':
    case 'deleteRecords':
      return deed.topic === topic;
    default:
      return false;
  }
}

/** Names tell outcomes and streams of draws apart. */
function unique(named: readonly { readonly name: string }[], path: string): void {
  const seen = new Set<string>();
  named.forEach(({ name }, index) => {
    if (seen.has(name)) {
      throw new MalformedError(`${path}[${index}].name`, `is '${name}', as another one is`);
    }
    seen.add(name);
  });
}
