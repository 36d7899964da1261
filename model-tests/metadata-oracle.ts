/**
 * What a command must be answered, worked out by hand from the image before it. Shares no rule with
 * the core; where the answer is a choice (which brokers a topic gets) only its limits are checked.
 */

import type { ControllerRules } from '../src/core/metadata/rules.js';
import type {
  AlterPartitionChange,
  ControllerCommand,
  ControllerResponse,
  CreatableTopic,
  MetadataImage,
  ReassignedPartition,
} from '../src/core/metadata/types.js';
import type { BrokerId, Uuid } from '../src/core/types/ids.js';

/** What is wrong with the response; null if nothing is. */
export type Expectation = (response: ControllerResponse) => string | null;

/** The oracle's word on `command`, decided on `image`. */
export function expectedResponse(
  image: MetadataImage,
  command: ControllerCommand,
  rules: ControllerRules,
): Expectation {
  switch (command.type) {
    case 'registerBroker': {
      const known = image.brokers.get(command.brokerId);
      const rival = known !== undefined && known.incarnationId !== command.incarnationId;
      const error =
        command.clusterId !== rules.settings.clusterId ? 104 : rival && !known.fenced ? 101 : 0;
      return (response) => differs(response, 'registered', { error });
    }
    case 'brokerHeartbeat':
      return heartbeat(image, command);
    case 'createTopics': {
      const names = command.topics.map((topic) => topic.name);
      const taken = [...image.topicIds.keys()];
      const errors = command.topics.map((topic) => {
        const error = creationError(image, topic, names, taken, rules);
        if (error === 0) {
          taken.push(topic.name);
        }
        return error;
      });
      return (response) =>
        response.type === 'topics'
          ? same(
              response.topics.map((topic) => topic.error),
              errors,
            )
          : 'not a topics response';
    }
    case 'createPartitions': {
      const errors = command.topics.map(({ name, count }) => growthError(image, name, count));
      return (response) =>
        response.type === 'topics'
          ? same(
              response.topics.map((topic) => topic.error),
              errors,
            )
          : 'not a topics response';
    }
    case 'deleteTopics': {
      const errors = command.topics.map(({ name, topicId }) =>
        name !== null ? (image.topicIds.has(name) ? 0 : 3) : image.topics.has(topicId) ? 0 : 100,
      );
      return (response) =>
        response.type === 'topics'
          ? same(
              response.topics.map((topic) => topic.error),
              errors,
            )
          : 'not a topics response';
    }
    case 'alterPartition':
      return alterPartition(image, command);
    case 'allocateProducerIds': {
      const current = image.brokers.get(command.brokerId)?.epoch === command.brokerEpoch;
      const expected = current
        ? { error: 0, start: image.nextProducerId, length: 1000 }
        : { error: 77, length: 0 };
      return (response) => differs(response, 'producerIds', expected);
    }
    case 'sessionExpired': {
      const current = image.brokers.get(command.brokerId)?.epoch === command.brokerEpoch;
      return (response) => differs(response, 'done', { error: current ? 0 : 77 });
    }
    case 'unregisterBroker': {
      const error = image.brokers.has(command.brokerId) ? 0 : 102;
      return (response) => differs(response, 'done', { error });
    }
    case 'electPreferredLeaders':
      return preferredElections(image, command);
    case 'electUncleanLeaders':
      return (response) => (response.type === 'elections' ? null : 'not an elections response');
    case 'alterPartitionReassignments': {
      const errors = command.partitions.map((asked) =>
        reassignmentError(image, asked, command.allowReplicationFactorChange, rules),
      );
      return (response) =>
        response.type === 'reassignments'
          ? same(
              response.results.map(({ error }) => error),
              errors,
            )
          : 'not a reassignments response';
    }
    case 'bootstrap':
      return (response) => differs(response, 'done', { error: 0 });
    case 'incrementalAlterConfigs':
    case 'replaceConfigs':
      return (response) => (response.type === 'configs' ? null : 'not a configs response');
  }
}

function reassignmentError(
  image: MetadataImage,
  { topic: name, partition: index, replicas: target }: ReassignedPartition,
  factorMayChange: boolean,
  rules: ControllerRules,
): number {
  const topic = image.topics.get(image.topicIds.get(name) ?? ('' as Uuid));
  const partition = topic?.partitions.get(index);
  if (partition === undefined) {
    return 3;
  }
  const { replicas, isr, elr, lastKnownElr, addingReplicas, removingReplicas } = partition;
  if (target === null) {
    if (addingReplicas.length + removingReplicas.length === 0) {
      return 85;
    }
    const eligible = elr.length > 0 ? elr : lastKnownElr.slice(0, 1);
    const best = isr.length > 0 ? isr : eligible;
    const lossless = best.length === 0 || !best.every((id) => addingReplicas.includes(id));
    const option = 'unclean.leader.election.enable';
    const unclean =
      image.configs.get(`2:${name}`)?.get(option) ??
      image.configs.get('4:')?.get(option) ??
      rules.settings.topicDefaults.get(option);
    return lossless || unclean === 'true' ? 0 : 39;
  }
  const known = target.every((id, i) => image.brokers.has(id) && target.indexOf(id) === i);
  if (target.length === 0 || !known) {
    return 39;
  }
  const factor = replicas.filter((id) => !removingReplicas.includes(id)).length;
  return factorMayChange || target.length === factor ? 0 : 38;
}

function heartbeat(
  image: MetadataImage,
  command: Extract<ControllerCommand, { type: 'brokerHeartbeat' }>,
): Expectation {
  const broker = image.brokers.get(command.brokerId);
  if (broker?.epoch !== command.brokerEpoch) {
    return (response) => differs(response, 'heartbeat', { error: 77 });
  }
  const isCaughtUp = command.currentMetadataOffset >= broker.epoch;
  if (broker.fenced) {
    const serves =
      isCaughtUp && !broker.inControlledShutdown && !command.wantFence && !command.wantShutDown;
    const expected = { error: 0, isCaughtUp, isFenced: !serves };
    return (response) =>
      differs(response, 'heartbeat', { ...expected, shouldShutDown: command.wantShutDown });
  }
  const leads = [...image.topics.values()].some((topic) =>
    [...topic.partitions.values()].some((partition) => partition.leader === broker.id),
  );
  if (command.wantShutDown && leads && !command.wantFence) {
    // Never granted in the step that first moves the leaders.
    return (response) => differs(response, 'heartbeat', { error: 0, shouldShutDown: false });
  }
  return (response) => differs(response, 'heartbeat', { error: 0, isCaughtUp });
}

function creationError(
  image: MetadataImage,
  topic: CreatableTopic,
  names: readonly string[],
  taken: readonly string[],
  rules: ControllerRules,
): number {
  if (names.filter((name) => name === topic.name).length > 1) {
    return 42;
  }
  if (image.topicIds.has(topic.name)) {
    return 36;
  }
  const flat = (name: string): string => name.split('.').join('_');
  if (taken.some((name) => flat(name) === flat(topic.name))) {
    return 17;
  }
  if (topic.partitions === 0) {
    return 37;
  }
  const { defaultReplicationFactor } = rules.settings;
  const factor =
    topic.replicationFactor === -1 ? defaultReplicationFactor : topic.replicationFactor;
  const live = [...image.brokers.values()].some((b) => !b.fenced && !b.inControlledShutdown);
  return factor < 1 || factor > image.brokers.size || !live ? 38 : 0;
}

/** For a request with one topic and no explicit assignment. */
function growthError(image: MetadataImage, name: string, count: number): number {
  const id = image.topicIds.get(name);
  if (id === undefined) {
    return 3;
  }
  const partitions = [...image.topics.get(id)!.partitions.values()];
  if (count <= partitions.length) {
    return 37;
  }
  const live = [...image.brokers.values()].some((b) => !b.fenced && !b.inControlledShutdown);
  return !live || partitions[0]!.replicas.length > image.brokers.size ? 38 : 0;
}

function alterPartition(
  image: MetadataImage,
  command: Extract<ControllerCommand, { type: 'alterPartition' }>,
): Expectation {
  if (image.brokers.get(command.brokerId)?.epoch !== command.brokerEpoch) {
    return (response) => differs(response, 'alterPartition', { error: 77 });
  }
  const errors = command.changes.map((change) => changeError(image, command.brokerId, change));
  return (response) => {
    if (response.type !== 'alterPartition' || response.error !== 0) {
      return 'not an alterPartition response without error';
    }
    for (const [i, result] of response.partitions.entries()) {
      const asked = command.changes[i]?.newIsr.map((member) => member.brokerId) ?? [];
      if (result.error === 0 && [...result.isr].sort().join() !== [...asked].sort().join()) {
        return `granted ISR ${result.isr} for ${asked}`;
      }
    }
    return same(
      response.partitions.map((result) => result.error),
      errors,
    );
  };
}

function changeError(image: MetadataImage, leader: BrokerId, change: AlterPartitionChange): number {
  const partition = image.topics.get(change.topicId)?.partitions.get(change.partition);
  if (partition === undefined) {
    return image.topics.has(change.topicId) ? 3 : 100;
  }
  const { leaderEpoch, partitionEpoch } = partition;
  if (change.leaderEpoch > leaderEpoch || change.partitionEpoch > partitionEpoch) {
    return 41;
  }
  if (change.leaderEpoch !== leaderEpoch) {
    return 74;
  }
  if (leader !== partition.leader) {
    return 42;
  }
  if (change.partitionEpoch !== partitionEpoch) {
    return 95;
  }
  const ids = change.newIsr.map((member) => member.brokerId);
  if (!ids.includes(leader) || ids.some((id) => !partition.replicas.includes(id))) {
    return 42;
  }
  const recovering = partition.leaderRecoveryState === 'recovering';
  if (change.leaderRecoveryState === 'recovering' && (!recovering || ids.length > 1)) {
    return 42;
  }
  for (const { brokerId, brokerEpoch } of change.newIsr) {
    const broker = image.brokers.get(brokerId);
    const stale = brokerEpoch !== -1 && broker?.epoch !== brokerEpoch;
    if (broker === undefined || broker.fenced || broker.inControlledShutdown || stale) {
      return 107;
    }
  }
  // It ends a move that takes replicas away: even who leads on does so in a new epoch.
  const { replicas, removingReplicas } = partition;
  const target = replicas.filter((id) => !removingReplicas.includes(id));
  return removingReplicas.length > 0 && target.every((id) => ids.includes(id)) ? 108 : 0;
}

function preferredElections(
  image: MetadataImage,
  command: Extract<ControllerCommand, { type: 'electPreferredLeaders' }>,
): Expectation {
  if (command.partitions !== null) {
    return (response) => (response.type === 'elections' ? null : 'not an elections response');
  }
  let movable = 0;
  for (const topic of image.topics.values()) {
    for (const { replicas, isr, leader } of topic.partitions.values()) {
      const preferred = replicas[0];
      if (preferred !== undefined && preferred !== leader && isr.includes(preferred)) {
        movable++;
      }
    }
  }
  return (response) =>
    response.type === 'elections' && response.results.length === movable
      ? null
      : `${movable} leaders could go home`;
}

function same(got: readonly number[], expected: readonly number[]): string | null {
  return got.join() === expected.join() ? null : `errors ${got} where ${expected} were expected`;
}

function differs(
  response: ControllerResponse,
  type: ControllerResponse['type'],
  fields: Readonly<Record<string, unknown>>,
): string | null {
  if (response.type !== type) {
    return `a response of type ${response.type}`;
  }
  const values = new Map<string, unknown>(Object.entries(response));
  for (const [name, value] of Object.entries(fields)) {
    if (values.get(name) !== value) {
      return `${name} is ${String(values.get(name))} where ${String(value)} was expected`;
    }
  }
  return null;
}
