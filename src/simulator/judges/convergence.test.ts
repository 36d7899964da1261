import { describe, expect, it } from 'vitest';
import { emptyImage } from '../../core/metadata/image.js';
import type { MetadataImage, PartitionRegistration } from '../../core/metadata/types.js';
import type {
  BrokerEpoch,
  BrokerId,
  LeaderEpoch,
  Offset,
  PartitionEpoch,
  PartitionIndex,
  Term,
  Uuid,
} from '../../core/types/ids.js';
import { DEFAULT_LOG_OPTIONS } from '../../log/log-options.js';
import {
  type ConvergingBroker,
  type CoreNode,
  lackOfConvergence,
  lackOfRest,
  unservable,
} from './convergence.js';

const TOPIC_ID = 'topicAAAAAAAAAAAAAAAAA' as Uuid;
const id = (number: number): BrokerId => number as BrokerId;

/** A cluster of three that has converged: one topic of one partition, led by broker 1. */
function converged(): {
  nodes: CoreNode[];
  image: (of: number) => MetadataImage;
  registration: (of: number) => PartitionRegistration;
  broker: (of: number) => DeepMutable<ConvergingBroker>;
} {
  const nodes = [1, 2, 3].map((number) => ({
    id: id(number),
    name: `broker${number}`,
    broker: brokerOf(number),
  }));
  const broker = (of: number): DeepMutable<ConvergingBroker> =>
    nodes[of - 1]!.broker as unknown as DeepMutable<ConvergingBroker>;
  const image = (of: number): MetadataImage => nodes[of - 1]!.broker.controller.image;
  const registration = (of: number): PartitionRegistration =>
    image(of)
      .topics.get(TOPIC_ID)!
      .partitions.get(0 as PartitionIndex)!;
  return { nodes, image, registration, broker };
}

/** The states are plain data: a test may change what production code may not. */
type DeepMutable<T> =
  T extends ReadonlyMap<infer K, infer V>
    ? Map<K, DeepMutable<V>>
    : T extends string | number | boolean | null
      ? T
      : { -readonly [P in keyof T]: DeepMutable<T[P]> };

function brokerOf(number: number): ConvergingBroker {
  const image = emptyImage();
  for (const each of [1, 2, 3]) {
    image.brokers.set(id(each), {
      id: id(each),
      epoch: (10 + each) as BrokerEpoch,
      incarnationId: `incarnation${each}AAAAAAAAAA` as Uuid,
      endPoints: [],
      rack: null,
      fenced: false,
      inControlledShutdown: false,
      logDirs: [],
    });
  }
  image.topicIds.set('t', TOPIC_ID);
  image.topics.set(TOPIC_ID, {
    id: TOPIC_ID,
    name: 't',
    partitions: new Map([
      [
        0 as PartitionIndex,
        {
          replicas: [1, 2, 3].map(id),
          isr: [1, 2, 3].map(id),
          removingReplicas: [],
          addingReplicas: [],
          elr: [],
          lastKnownElr: [],
          leader: id(1),
          leaderEpoch: 4 as LeaderEpoch,
          partitionEpoch: 7 as PartitionEpoch,
          leaderRecoveryState: 'recovered' as const,
          directories: [],
        },
      ],
    ]),
  });
  return {
    controller: { isActive: number === 2, image, imageOffset: 99 },
    raft: {
      state: {
        role: number === 2 ? 'leader' : 'follower',
        term: 3 as Term,
        leader: id(2),
      },
    },
    lifecycle: { state: 'running', brokerEpoch: (10 + number) as BrokerEpoch },
    replicas: {
      replicas: new Map([
        [
          `${TOPIC_ID}/0`,
          {
            topic: 't',
            partition: 0 as PartitionIndex,
            log: { options: () => DEFAULT_LOG_OPTIONS },
            state: {
              role: number === 1 ? ('leader' as const) : ('follower' as const),
              leader: id(1),
              leaderEpoch: 4 as LeaderEpoch,
              logEndOffset: 50 as Offset,
              highWatermark: 50 as Offset,
              config: { minInsyncReplicas: 2 },
            },
          },
        ],
      ]),
    },
  };
}

type Cluster = ReturnType<typeof converged>;

const stateOf = (cluster: Cluster, of: number) =>
  cluster.broker(of).replicas.replicas.get(`${TOPIC_ID}/0`)!.state;

/** What is changed in the converged cluster, and what the line must say. */
const lacks: [string, (cluster: Cluster) => void, RegExp][] = [
  [
    'a node that is down',
    ({ nodes }) => void nodes.splice(1, 1, { ...nodes[1]!, broker: undefined }),
    /^broker2 does not run$/,
  ],
  [
    'no controller',
    ({ broker }) => {
      broker(2).controller.isActive = false;
    },
    /^the controller is nobody;/,
  ],
  [
    'two controllers',
    ({ broker }) => {
      broker(3).controller.isActive = true;
    },
    /^the controller is broker2 and broker3;/,
  ],
  [
    'a node that does not know the controller',
    ({ broker }) => {
      broker(1).raft.state.leader = null;
    },
    /^broker1 knows leader null/,
  ],
  [
    'a node in another term',
    ({ broker }) => {
      broker(3).raft.state.term = 2 as Term;
    },
    /^broker3 knows leader 2 of term 2, not 2 of term 3/,
  ],
  [
    'an old registration',
    ({ broker }) => {
      broker(3).lifecycle.brokerEpoch = 44 as BrokerEpoch;
    },
    /^broker3 \(epoch 44\) is registered with epoch 13/,
  ],
  [
    'a fenced broker',
    ({ image }) => {
      image(2).brokers.get(id(1))!.fenced = true;
    },
    /^broker1 is fenced/,
  ],
  [
    'a broker that leaves',
    ({ image }) => {
      image(2).brokers.get(id(1))!.inControlledShutdown = true;
    },
    /^broker1 is leaving/,
  ],
  [
    'a broker that does not serve',
    ({ broker }) => {
      broker(1).lifecycle.state = 'registered';
    },
    /^broker1 is registered$/,
  ],
  [
    'no leader',
    ({ registration }) => {
      registration(2).leader = id(-1);
    },
    /^t-0 has no leader in the core/,
  ],
  [
    'a leader that does not know',
    (cluster) => {
      stateOf(cluster, 1).role = 'follower';
    },
    /^t-0: broker 1 is follower of epoch 4, not leader/,
  ],
  [
    'a leader of an older epoch',
    (cluster) => {
      stateOf(cluster, 1).leaderEpoch = 3 as LeaderEpoch;
    },
    /^t-0: broker 1 is leader of epoch 3/,
  ],
  [
    'a follower of an older epoch',
    (cluster) => {
      stateOf(cluster, 3).leaderEpoch = 3 as LeaderEpoch;
    },
    /^t-0: broker 3 has leader 1 of epoch 3/,
  ],
  [
    'a replica that is missing',
    ({ broker }) => void broker(3).replicas.replicas.clear(),
    /^t-0: broker 3 has no replica/,
  ],
  [
    'a replica out of sync',
    ({ registration }) => {
      registration(2).isr = [id(1), id(2)];
    },
    /^t-0: ISR 1,2 lacks broker 3; its log ends at 50/,
  ],
  [
    'a recovery that does not end',
    ({ registration }) => {
      registration(2).leaderRecoveryState = 'recovering';
    },
    /^t-0 stays recovering/,
  ],
  [
    'a replica that has not heard of a config',
    ({ image }) => {
      for (const of of [1, 2, 3]) {
        image(of).configs.set('2:t', new Map([['min.insync.replicas', of === 2 ? '3' : '2']]));
      }
    },
    /^t-0: min.insync.replicas is 3, on broker1 2/,
  ],
  [
    'a stray replica',
    ({ image }) => {
      for (const of of [1, 2, 3]) {
        image(of).topics.clear();
      }
    },
    /^broker1 still has t-0, which is gone/,
  ],
  [
    'metadata that lags',
    ({ broker }) => {
      broker(3).controller.imageOffset = 98;
    },
    /^broker3 has metadata up to 98, the controller up to 99/,
  ],
  [
    'metadata that differs',
    ({ image }) => void image(3).configs.set('2:t', new Map([['a', 'b']])),
    /^metadata at offset 99 of broker3 and broker2 differ/,
  ],
];

describe('convergence', () => {
  it('is reached', () => {
    const { nodes } = converged();
    expect(lackOfConvergence(nodes)).toBeNull();
    expect(lackOfRest(nodes)).toBeNull();
    expect(unservable(nodes)).toEqual(new Set());
  });

  it.each(lacks)('lacks: %s', (_name, change, line) => {
    const cluster = converged();
    change(cluster);
    expect(lackOfConvergence(cluster.nodes)).toMatch(line);
  });

  it('of a core: nobody outside of it is in sync', () => {
    const cluster = converged();
    const core = cluster.nodes.slice(0, 2);
    expect(lackOfConvergence(core)).toBe('t-0: ISR 1,2,3 holds broker 3, which is not in the core');
    for (const of of [1, 2]) {
      cluster.registration(of).isr = [id(1), id(2)];
    }
    expect(lackOfConvergence(core)).toBeNull();
  });

  it('of a core excuses what nobody in it may lead, and nothing else', () => {
    const cluster = converged();
    const core = cluster.nodes.slice(0, 2);
    const say = (change: Partial<PartitionRegistration>): void => {
      for (const of of [1, 2]) {
        Object.assign(cluster.registration(of), change);
      }
    };
    say({ isr: [id(3)], leader: id(-1) });
    expect(lackOfConvergence(core)).toBeNull();
    expect(unservable(core)).toEqual(new Set(['t-0']));
    say({ isr: [], elr: [id(3)] });
    expect(lackOfConvergence(core)).toBeNull();
    say({ isr: [], elr: [id(3), id(2)] });
    expect(lackOfConvergence(core)).toMatch(/no leader in the core .*ELR \[3,2\]/);
    say({ isr: [], elr: [], lastKnownElr: [id(3)] });
    expect(lackOfConvergence(core)).toBeNull();
    say({ isr: [], elr: [], lastKnownElr: [id(3), id(1)] });
    expect(lackOfConvergence(core)).toBeNull();
    say({ isr: [], elr: [], lastKnownElr: [id(1), id(3)] });
    expect(lackOfConvergence(core)).toMatch(/no leader in the core/);
  });

  it('of a core excuses service, not leadership, with fewer replicas than acks=all needs', () => {
    const cluster = converged();
    const core = cluster.nodes.slice(0, 2);
    for (const of of [1, 2]) {
      Object.assign(cluster.registration(of), { isr: [id(1), id(2)] });
    }
    stateOf(cluster, 1).config.minInsyncReplicas = 3;
    expect(lackOfConvergence(core)).toBeNull();
    expect(unservable(core)).toEqual(new Set(['t-0']));
    // More than there are replicas cannot be asked for.
    for (const of of [1, 2]) {
      cluster.registration(of).replicas = [id(1), id(2)];
    }
    expect(unservable(core)).toEqual(new Set());
  });
});

describe('rest', () => {
  it('lacks a high watermark that stays behind', () => {
    const cluster = converged();
    stateOf(cluster, 1).highWatermark = 49 as Offset;
    expect(lackOfRest(cluster.nodes)).toBe(
      "t-0: the leader's log ends at 50, its high watermark is 49",
    );
  });

  it('lacks a replica whose log ends elsewhere, or that has not heard of the high watermark', () => {
    const cluster = converged();
    stateOf(cluster, 2).highWatermark = 48 as Offset;
    expect(lackOfRest(cluster.nodes)).toMatch(
      /^t-0: broker 2 has log end 50 and high watermark 48/,
    );
    stateOf(cluster, 3).logEndOffset = 51 as Offset;
    stateOf(cluster, 2).highWatermark = 50 as Offset;
    expect(lackOfRest(cluster.nodes)).toMatch(/^t-0: broker 3 has log end 51/);
  });
});
