/** Turns drawn numbers into what happens in the cluster: each step depends on the state it finds. */

import type {
  AlterPartitionChange,
  ControllerCommand,
  CreatableTopic,
  PartitionRegistration,
} from '../src/core/metadata/types.js';
import type { BrokerEpoch, BrokerId, PartitionIndex, Uuid } from '../src/core/types/ids.js';
import {
  type Actor,
  type Cluster,
  commit,
  failOver,
  freshId,
  pendingImage,
  reload,
  settle,
  submit,
} from './metadata-cluster.js';

/** One step: what kind, and three choices that it may use. */
export type Draw = readonly [kind: number, a: number, b: number, c: number];

/** Draws of `kind` lie below this. */
export const KINDS = 32;
/** Draws of choices lie below this. */
export const CHOICES = 60;

/** Brokers up and unfenced, two topics with min.insync.replicas 2 and 1: where the interesting begins. */
export function prepare(cluster: Cluster): void {
  for (const actor of cluster.actors) {
    register(cluster, actor);
  }
  settle(cluster);
  for (const actor of cluster.actors) {
    beat(cluster, actor, cluster.decider.committedOffset, false, false);
  }
  settle(cluster);
  const topics: CreatableTopic[] = ['a', 'b'].map((name) =>
    newTopic(cluster, name, 1, name === 'a' ? 3 : 2, name === 'a' ? 2 : 1),
  );
  submit(cluster, { type: 'createTopics', topics, validateOnly: false });
  settle(cluster);
}

/** Lets one drawn step happen. */
export function walk(cluster: Cluster, [kind, a, b, c]: Draw): void {
  const actor = cluster.actors[a % cluster.actors.length]!;
  switch (kind) {
    case 0:
    case 1:
    case 2:
      register(cluster, actor);
      return;
    case 3:
      // The process dies: what it had not synced may be gone, and there is no clean-shutdown file.
      actor.epoch = -1 as BrokerEpoch;
      actor.cleanEpoch = -1 as BrokerEpoch;
      actor.incarnationId = '' as Uuid;
      expire(cluster, actor.id);
      return;
    case 4:
      expire(cluster, actor.id);
      return;
    case 5:
    case 6:
    case 7:
    case 8: {
      const caughtUp = b % 4 !== 0;
      const applied = caughtUp ? cluster.decider.committedOffset : actor.epoch - 1;
      beat(cluster, actor, applied, b % 16 === 1, actor.stopping);
      return;
    }
    case 9:
      actor.stopping = actor.epoch >= 0;
      beat(cluster, actor, cluster.decider.committedOffset, false, actor.stopping);
      return;
    case 10:
    case 11:
    case 12:
    case 13:
    case 14:
      alterIsr(cluster, a, b, c);
      return;
    case 15:
      createTopic(cluster, a, b, c);
      return;
    case 16:
      deleteTopic(cluster, a, b);
      return;
    case 17:
      alterConfig(cluster, a, b, c);
      return;
    case 18:
      allocate(cluster, actor, b);
      return;
    case 19:
      submit(cluster, { type: 'electPreferredLeaders', partitions: null });
      return;
    case 20:
    case 21:
      commit(cluster, a % 4);
      return;
    case 22:
      settle(cluster);
      return;
    case 23:
      failOver(cluster, cluster.uncommitted.length === 0 ? 0 : a % cluster.uncommitted.length);
      return;
    case 24:
      if (b % 2 === 0) {
        reload(cluster);
      } else {
        submit(cluster, { type: 'bootstrap', features: [] });
      }
      return;
    case 25:
      growTopic(cluster, a, b, c);
      return;
    case 26:
    case 27:
    case 28:
      reassign(cluster, a, b, c);
      return;
    case 29:
    case 30:
      followMove(cluster, a, b);
      return;
    default:
      rare(cluster, actor, b);
      return;
  }
}

/** The brokers that have no replica of the first partition of `topic`: a move of everything. */
function othersThanNow(cluster: Cluster, topic: string): BrokerId[] {
  const { topicIds, topics } = pendingImage(cluster);
  const id = topicIds.get(topic);
  const partition =
    id === undefined ? undefined : topics.get(id)?.partitions.get(0 as PartitionIndex);
  return cluster.actors
    .map((actor) => actor.id)
    .filter((id) => partition?.replicas.includes(id) === false);
}

/** What befalls a partition that is moving: one of the added gets in sync, an old one dies, a change of mind. */
function followMove(cluster: Cluster, a: number, b: number): void {
  const moving = [...cluster.decider.committed.image.topics.values()].flatMap((topic) =>
    [...topic.partitions]
      .filter(([, { addingReplicas }]) => addingReplicas.length > 0)
      .map(([index, partition]) => ({ topic, index, partition })),
  );
  const chosen = moving[a % Math.max(1, moving.length)];
  if (chosen === undefined) {
    return;
  }
  const { topic, index, partition } = chosen;
  const { leader, leaderEpoch, partitionEpoch, isr, addingReplicas } = partition;
  const leaderHere = cluster.decider.committed.image.brokers.get(leader);
  if (b % 3 === 0 && leaderHere !== undefined) {
    const joining = addingReplicas.find((id) => !isr.includes(id)) ?? leader;
    const newIsr = [...new Set([...isr, joining])].map((brokerId) => ({
      brokerId,
      brokerEpoch: fetchedWith(cluster, brokerId, leader, 1),
    }));
    const change: AlterPartitionChange = {
      topicId: topic.id,
      partition: index,
      leaderEpoch,
      partitionEpoch,
      newIsr,
      leaderRecoveryState: 'recovered',
    };
    const { id: brokerId, epoch: brokerEpoch } = leaderHere;
    submit(cluster, { type: 'alterPartition', brokerId, brokerEpoch, changes: [change] });
  } else if (b % 3 === 1) {
    const old = isr.find((id) => !addingReplicas.includes(id));
    if (old !== undefined) {
      expire(cluster, old);
    }
  } else {
    submit(cluster, {
      type: 'alterPartitionReassignments',
      partitions: [{ topic: topic.name, partition: index, replicas: null }],
      allowReplicationFactorChange: true,
    });
  }
}

/** Partitions of `a` and `b` move, to two drawn brokers or three, or back; sometimes to nonsense. */
function reassign(cluster: Cluster, a: number, b: number, c: number): void {
  const ids = cluster.actors.map(({ id }) => id);
  const first = b % ids.length;
  const size = c % 7 === 0 ? 1 + (b % 4) : 2 + (c % 2);
  const elsewhere = othersThanNow(cluster, NAMES[a % 3]!);
  const drawn = Array.from(
    { length: size },
    (_, i) => ids[(first + i * (1 + (c % 3))) % ids.length]!,
  );
  const nonsense = b % 13 === 0 ? [99 as BrokerId] : [];
  const cancels = c % 4 === 1;
  submit(cluster, {
    type: 'alterPartitionReassignments',
    partitions: [
      {
        topic: NAMES[a % 3]!,
        partition: (b % 11 === 0 ? 1 : 0) as PartitionIndex,
        replicas: cancels ? null : [...(c % 6 === 0 ? elsewhere : drawn), ...nonsense],
      },
    ],
    allowReplicationFactorChange: c % 5 !== 0,
  });
}

/** What hardly ever happens. */
function rare(cluster: Cluster, actor: Actor, b: number): void {
  if (b % 7 === 0) {
    const partitions = [...pendingImage(cluster).topics.keys()].slice(0, 1).map((topicId) => ({
      topicId,
      partition: 0 as PartitionIndex,
    }));
    submit(cluster, { type: 'electUncleanLeaders', partitions });
  } else if (b % 3 === 0) {
    submit(cluster, { type: 'unregisterBroker', brokerId: actor.id });
  } else if (b % 3 === 1) {
    // A second process with the same id: it is to be turned away while the first one serves.
    submit(cluster, registration(actor.id, freshId(cluster), -1 as BrokerEpoch));
  } else {
    const features: readonly (readonly [string, number])[] = [['metadata.version', 1 + (b % 2)]];
    submit(cluster, { type: 'bootstrap', features });
  }
}

function registration(
  brokerId: BrokerId,
  incarnationId: Uuid,
  previousBrokerEpoch: BrokerEpoch,
): ControllerCommand {
  return {
    type: 'registerBroker',
    brokerId,
    clusterId: 'cluster',
    incarnationId,
    endPoints: [{ name: 'PLAINTEXT', host: `b${brokerId}`, port: 9092, securityProtocol: 0 }],
    rack: brokerId % 2 === 0 ? 'even' : 'odd',
    logDirs: [`dir${brokerId}` as Uuid],
    previousBrokerEpoch,
  };
}

/** A broker that is down starts; one that waits for the answer asks again. */
function register(cluster: Cluster, actor: Actor): void {
  if (actor.epoch < 0) {
    const asking = [...cluster.open.values()].some(
      ({ command }) =>
        command.type === 'registerBroker' && command.incarnationId === actor.incarnationId,
    );
    actor.incarnationId = asking ? actor.incarnationId : freshId(cluster);
    actor.stopping = false;
  }
  submit(cluster, registration(actor.id, actor.incarnationId, actor.cleanEpoch));
}

function expire(cluster: Cluster, brokerId: BrokerId): void {
  const brokerEpoch = pendingImage(cluster).brokers.get(brokerId)?.epoch ?? (0 as BrokerEpoch);
  submit(cluster, { type: 'sessionExpired', brokerId, brokerEpoch });
}

function beat(
  cluster: Cluster,
  actor: Actor,
  currentMetadataOffset: number,
  wantFence: boolean,
  wantShutDown: boolean,
): void {
  if (actor.epoch < 0) {
    return;
  }
  // A started broker removes the clean-shutdown file.
  actor.cleanEpoch = -1 as BrokerEpoch;
  submit(cluster, {
    type: 'brokerHeartbeat',
    brokerId: actor.id,
    brokerEpoch: actor.epoch,
    currentMetadataOffset,
    wantFence,
    wantShutDown,
    lowestActiveOffset: cluster.decider.committedOffset,
  });
}

/** The leader of some partition asks for some ISR, perhaps late, perhaps with a stale fetch. */
function alterIsr(cluster: Cluster, a: number, b: number, c: number): void {
  // Leaders act on what is committed, which may be behind what the controller decides on.
  const { image } = cluster.decider.committed;
  const all: [Uuid, PartitionIndex, PartitionRegistration][] = [];
  for (const topic of image.topics.values()) {
    for (const [index, partition] of topic.partitions) {
      all.push([topic.id, index, partition]);
    }
  }
  const chosen = all[a % Math.max(1, all.length)];
  if (chosen === undefined || chosen[2].leader < 0) {
    return;
  }
  const [topicId, partition, { replicas, leader, leaderEpoch, partitionEpoch }] = chosen;
  const members = replicas.filter((id, i) => id === leader || ((b >> i) & 1) === 1);
  const change: AlterPartitionChange = {
    topicId,
    partition,
    leaderEpoch: (c % 11 === 0 ? leaderEpoch - 1 : leaderEpoch) as typeof leaderEpoch,
    partitionEpoch: (c % 7 === 0 ? partitionEpoch - 1 : partitionEpoch) as typeof partitionEpoch,
    newIsr: members.map((brokerId) => ({
      brokerId,
      brokerEpoch: fetchedWith(cluster, brokerId, leader, c),
    })),
    leaderRecoveryState: c % 13 === 0 ? 'recovering' : 'recovered',
  };
  const brokerEpoch = image.brokers.get(leader)?.epoch ?? (0 as BrokerEpoch);
  submit(cluster, { type: 'alterPartition', brokerId: leader, brokerEpoch, changes: [change] });
}

function fetchedWith(cluster: Cluster, id: BrokerId, leader: BrokerId, c: number): BrokerEpoch {
  const known = cluster.decider.committed.image.brokers.get(id)?.epoch ?? (0 as BrokerEpoch);
  if (id === leader) {
    return -1 as BrokerEpoch;
  }
  // Now and then the leader still has the fetch of the incarnation before.
  return (c % 5 === 0 ? Math.max(0, known - 1) : known) as BrokerEpoch;
}

function newTopic(
  cluster: Cluster,
  name: string,
  partitions: number,
  replicationFactor: number,
  minIsr: number | null,
): CreatableTopic {
  const configs = minIsr === null ? [] : [{ name: 'min.insync.replicas', value: String(minIsr) }];
  return {
    name,
    topicId: freshId(cluster),
    partitions,
    replicationFactor,
    assignments: null,
    configs,
  };
}

const NAMES = ['a', 'b', 'a.b', 'a_b'];

function createTopic(cluster: Cluster, a: number, b: number, c: number): void {
  const topics = [newTopic(cluster, NAMES[a % 4]!, b % 3, (c % 4) + 1, c % 2 === 0 ? 2 : null)];
  if (b % 5 === 0) {
    topics.push(newTopic(cluster, NAMES[c % 4]!, 1, -1, null));
  }
  submit(cluster, { type: 'createTopics', topics, validateOnly: b % 7 === 6 });
}

function growTopic(cluster: Cluster, a: number, b: number, c: number): void {
  const topics = [{ name: NAMES[a % 4]!, count: b % 5, assignments: null }];
  submit(cluster, { type: 'createPartitions', topics, validateOnly: c % 5 === 0 });
}

function deleteTopic(cluster: Cluster, a: number, b: number): void {
  const name = NAMES[a % 4]!;
  const id = pendingImage(cluster).topicIds.get(name);
  const byId = b % 2 === 0 && id !== undefined;
  const zero = 'AAAAAAAAAAAAAAAAAAAAAA' as Uuid;
  const topics = [byId ? { name: null, topicId: id } : { name, topicId: zero }];
  submit(cluster, { type: 'deleteTopics', topics });
}

function alterConfig(cluster: Cluster, a: number, b: number, c: number): void {
  const unclean = a % 3 === 0;
  const change = {
    resourceType: c % 4 === 0 ? 4 : 2,
    resourceName: c % 4 === 0 ? '' : NAMES[c % 2]!,
    name: unclean ? 'unclean.leader.election.enable' : 'min.insync.replicas',
    operation: b % 4 === 0 ? 1 : 0,
    value: unclean ? String(b % 8 === 1) : String((b % 3) + 1),
  };
  if (b % 5 === 4) {
    const { resourceType, resourceName, name, value } = change;
    const resources = [{ resourceType, resourceName, configs: [{ name, value }] }];
    submit(cluster, { type: 'replaceConfigs', resources, validateOnly: false });
    return;
  }
  submit(cluster, { type: 'incrementalAlterConfigs', changes: [change], validateOnly: false });
}

function allocate(cluster: Cluster, actor: Actor, b: number): void {
  const brokerEpoch = (b % 4 === 0 ? actor.epoch - 1 : actor.epoch) as BrokerEpoch;
  submit(cluster, { type: 'allocateProducerIds', brokerId: actor.id, brokerEpoch });
}
