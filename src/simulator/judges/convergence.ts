/**
 * What a cluster without faults must come to: one controller whom all know, every broker unfenced, every
 * partition led and fully in sync, and the same metadata everywhere. Pure reads of the brokers' states;
 * nothing here calls a rule of the core.
 */

import { equalImages } from '../../core/metadata/image.js';
import type {
  MetadataImage,
  PartitionRegistration,
  TopicImage,
} from '../../core/metadata/types.js';
import type { PartitionState } from '../../core/partition/types.js';
import type { RaftState } from '../../core/raft/types.js';
import type { BrokerEpoch, BrokerId, PartitionIndex } from '../../core/types/ids.js';
import type { LogOptions } from '../../log/log-options.js';
import { staleConfig } from './log-configs.js';

/** A broker as convergence sees it; `Broker` is one. */
export interface ConvergingBroker {
  readonly controller: {
    readonly isActive: boolean;
    readonly image: MetadataImage;
    readonly imageOffset: number;
  };
  readonly raft: { readonly state: Pick<RaftState, 'role' | 'term' | 'leader'> };
  readonly lifecycle: { readonly state: string; readonly brokerEpoch: BrokerEpoch };
  readonly replicas: { readonly replicas: ReadonlyMap<string, ConvergingReplica> };
}

export interface ConvergingReplica {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly state: Pick<
    PartitionState,
    'role' | 'leader' | 'leaderEpoch' | 'logEndOffset' | 'highWatermark' | 'config'
  >;
  readonly log: { readonly options: () => LogOptions };
}

/** A node of the chosen core. */
export interface CoreNode {
  readonly id: BrokerId;
  readonly name: string;
  /** undefined: it does not run. */
  readonly broker: ConvergingBroker | undefined;
}

/** A partition of which something is demanded, as the controller's image has it. */
interface Demanded {
  readonly name: string;
  /** Its key in `ReplicaManager.replicas`. */
  readonly key: string;
  readonly registration: PartitionRegistration;
}

interface Running extends CoreNode {
  readonly broker: ConvergingBroker;
}

/** What `core` lacks of having converged, in one line; null: it has. */
export function lackOfConvergence(core: readonly CoreNode[]): string | null {
  const down = core.find(({ broker }) => broker === undefined);
  if (down !== undefined) {
    return `${down.name} does not run`;
  }
  const nodes = core as readonly Running[];
  const active = nodes.filter(({ broker }) => broker.controller.isActive);
  const [controller] = active;
  if (controller === undefined || active.length > 1) {
    return `the controller is ${namesOf(active) || 'nobody'}; ${rolesOf(nodes)}`;
  }
  return (
    lackOfKnowledge(nodes, controller) ??
    lackOfMembership(nodes, controller.broker.controller.image) ??
    lackOfReplication(nodes, controller.broker.controller.image) ??
    lackOfConfigs(nodes, controller.broker.controller.image) ??
    lackOfStrays(nodes, controller.broker.controller.image) ??
    lackOfAgreement(nodes, controller)
  );
}

/**
 * What in-sync replicas lack of being equal when nobody writes any more: log ends and high watermarks.
 * Asked of a core that has converged. null: nothing.
 */
export function lackOfRest(core: readonly CoreNode[]): string | null {
  const nodes = core.filter((node): node is Running => node.broker !== undefined);
  const image = controllerImage(nodes);
  if (image === null) {
    return 'nobody is the controller';
  }
  for (const { name, key, registration } of demanded(image, nodes)) {
    const leader = replicaOf(nodes, registration.leader, key);
    if (leader === undefined) {
      return `${name} has no leader`;
    }
    const { logEndOffset, highWatermark } = leader.state;
    if (mayCommit(registration, leader) && highWatermark !== logEndOffset) {
      return `${name}: the leader's log ends at ${logEndOffset}, its high watermark is ${highWatermark}`;
    }
    for (const id of registration.isr) {
      const state = replicaOf(nodes, id, key)?.state;
      if (state?.logEndOffset !== logEndOffset || state.highWatermark !== highWatermark) {
        const of = `log end ${state?.logEndOffset} and high watermark ${state?.highWatermark}`;
        return `${name}: broker ${id} has ${of}, leader ${registration.leader} has ${logEndOffset} and ${highWatermark}`;
      }
    }
  }
  return null;
}

/**
 * Partitions that the core cannot serve, whatever it does, by the committed metadata: nobody in it may
 * lead them without losing data (of ISR and ELR, and where both are empty the last known leader), or
 * fewer replicas of them are in it than acks=all needs. Names are `topic-partition`.
 */
export function unservable(core: readonly CoreNode[]): Set<string> {
  const nodes = core.filter((node): node is Running => node.broker !== undefined);
  const image = controllerImage(nodes);
  const names = new Set<string>();
  for (const [topic, index, registration] of partitionsOf(image)) {
    const leader = replicaOf(nodes, registration.leader, `${topic.id}/${index}`);
    const inCore = registration.replicas.filter((id) => nodes.some((node) => node.id === id));
    const needed = leader === undefined ? 1 : minimumInSync(registration, leader);
    if (isUnrecoverable(registration, nodes) || inCore.length < needed) {
      names.add(`${topic.name}-${index}`);
    }
  }
  return names;
}

/**
 * KIP-966: who may lead. Nobody else is ever elected unless unclean elections are configured; of those that
 * are known to have been eligible last, the first only, which is the last known leader.
 */
function isUnrecoverable(partition: PartitionRegistration, nodes: readonly CoreNode[]): boolean {
  const { isr, elr, lastKnownElr } = partition;
  const eligible = isr.length + elr.length > 0 ? [...isr, ...elr] : lastKnownElr.slice(0, 1);
  return !eligible.some((id) => nodes.some((node) => node.id === id));
}

function lackOfKnowledge(nodes: readonly Running[], controller: Running): string | null {
  const { term } = controller.broker.raft.state;
  for (const { name, broker } of nodes) {
    const { state } = broker.raft;
    if (state.leader !== controller.id || state.term !== term) {
      return `${name} knows leader ${state.leader} of term ${state.term}, not ${controller.id} of term ${term}`;
    }
  }
  return null;
}

function lackOfMembership(nodes: readonly Running[], image: MetadataImage): string | null {
  for (const { id, name, broker } of nodes) {
    const { state, brokerEpoch } = broker.lifecycle;
    const registration = image.brokers.get(id);
    if (registration?.epoch !== brokerEpoch) {
      return `${name} (epoch ${brokerEpoch}) is registered with epoch ${registration?.epoch}`;
    }
    if (registration.fenced || registration.inControlledShutdown) {
      return `${name} is ${registration.fenced ? 'fenced' : 'leaving'}`;
    }
    if (state !== 'running') {
      return `${name} is ${state}`;
    }
  }
  return null;
}

function lackOfReplication(nodes: readonly Running[], image: MetadataImage): string | null {
  for (const { name, key, registration } of demanded(image, nodes)) {
    const { leader, leaderEpoch, isr, leaderRecoveryState } = registration;
    const leading = replicaOf(nodes, leader, key);
    if (leading === undefined) {
      return `${name} has no leader in the core (leader ${leader}, ${candidates(registration)})`;
    }
    if (leading.state.role !== 'leader' || leading.state.leaderEpoch !== leaderEpoch) {
      const { role, leaderEpoch: at } = leading.state;
      return `${name}: broker ${leader} is ${role} of epoch ${at}, not leader of epoch ${leaderEpoch}`;
    }
    const outsider = isr.find((id) => !nodes.some((node) => node.id === id));
    if (outsider !== undefined) {
      return `${name}: ISR ${isr.join()} holds broker ${outsider}, which is not in the core`;
    }
    for (const { id } of nodes) {
      if (registration.replicas.includes(id)) {
        const lack = lackOfReplica(nodes, id, { name, key, registration }, leading);
        if (lack !== null) {
          return lack;
        }
      }
    }
    const { replicas, addingReplicas, removingReplicas } = registration;
    const isWhole = replicas.every((id) => nodes.some((node) => node.id === id));
    if (isWhole && addingReplicas.length + removingReplicas.length > 0) {
      return `${name} is still moving: adding ${addingReplicas}, removing ${removingReplicas}`;
    }
    if (leaderRecoveryState !== 'recovered') {
      return `${name} stays ${leaderRecoveryState}`;
    }
  }
  return null;
}

function lackOfReplica(
  nodes: readonly Running[],
  id: BrokerId,
  { name, key, registration }: Demanded,
  leader: ConvergingReplica,
): string | null {
  const replica = replicaOf(nodes, id, key);
  if (replica === undefined) {
    return `${name}: broker ${id} has no replica`;
  }
  const { state } = replica;
  if (state.leader !== registration.leader || state.leaderEpoch !== registration.leaderEpoch) {
    const wanted = `${registration.leader} of epoch ${registration.leaderEpoch}`;
    return `${name}: broker ${id} has leader ${state.leader} of epoch ${state.leaderEpoch}, not ${wanted}`;
  }
  if (!registration.isr.includes(id)) {
    const ends = `its log ends at ${state.logEndOffset}, the leader's at ${leader.state.logEndOffset}`;
    return `${name}: ISR ${registration.isr.join()} lacks broker ${id}; ${ends}`;
  }
  return null;
}

/** Of a topic's own configs a running replica keeps how many must be in sync, and its log the rest. */
function lackOfConfigs(nodes: readonly Running[], image: MetadataImage): string | null {
  for (const { name, broker } of nodes) {
    for (const { topic, partition, state, log } of broker.replicas.replicas.values()) {
      const own = image.configs.get(`2:${topic}`);
      const wanted = own?.get('min.insync.replicas');
      const { minInsyncReplicas } = state.config;
      if (wanted !== undefined && Number(wanted) !== minInsyncReplicas) {
        return `${topic}-${partition}: min.insync.replicas is ${wanted}, on ${name} ${minInsyncReplicas}`;
      }
      const stale = staleConfig(own, log.options());
      if (stale !== null) {
        return `${topic}-${partition} on ${name}: ${stale}`;
      }
    }
  }
  return null;
}

/** What is left of topics that are gone, and of replicas that were moved away. */
function lackOfStrays(nodes: readonly Running[], image: MetadataImage): string | null {
  for (const { id, name, broker } of nodes) {
    for (const [key, replica] of broker.replicas.replicas) {
      const topic = image.topics.get(key.slice(0, key.lastIndexOf('/')) as TopicImage['id']);
      if (topic?.partitions.get(replica.partition)?.replicas.includes(id) !== true) {
        return `${name} still has ${replica.topic}-${replica.partition}, which is gone`;
      }
    }
  }
  return null;
}

function lackOfAgreement(nodes: readonly Running[], controller: Running): string | null {
  const { image, imageOffset } = controller.broker.controller;
  for (const { name, broker } of nodes) {
    const own = broker.controller;
    if (own.imageOffset !== imageOffset) {
      return `${name} has metadata up to ${own.imageOffset}, the controller up to ${imageOffset}`;
    }
    if (!equalImages(own.image, image)) {
      return `metadata at offset ${imageOffset} of ${name} and ${controller.name} differ`;
    }
  }
  return null;
}

function* demanded(image: MetadataImage, nodes: readonly Running[]): Generator<Demanded> {
  for (const [topic, index, registration] of partitionsOf(image)) {
    if (!isUnrecoverable(registration, nodes)) {
      yield { name: `${topic.name}-${index}`, key: `${topic.id}/${index}`, registration };
    }
  }
}

function* partitionsOf(
  image: MetadataImage | null,
): Generator<[TopicImage, PartitionIndex, PartitionRegistration]> {
  for (const topic of image?.topics.values() ?? []) {
    for (const [index, registration] of topic.partitions) {
      yield [topic, index, registration];
    }
  }
}

function controllerImage(nodes: readonly Running[]): MetadataImage | null {
  const controller = nodes.find(({ broker }) => broker.controller.isActive);
  return controller?.broker.controller.image ?? null;
}

function replicaOf(
  nodes: readonly Running[],
  id: BrokerId,
  key: string,
): ConvergingReplica | undefined {
  return nodes.find((node) => node.id === id)?.broker.replicas.replicas.get(key);
}

/** More in-sync replicas than replicas cannot be asked for (Kafka: Partition.effectiveMinIsr). */
function minimumInSync(registration: PartitionRegistration, leader: ConvergingReplica): number {
  return Math.min(leader.state.config.minInsyncReplicas, registration.replicas.length);
}

function mayCommit(registration: PartitionRegistration, leader: ConvergingReplica): boolean {
  return registration.isr.length >= minimumInSync(registration, leader);
}

function candidates({ isr, elr, lastKnownElr }: PartitionRegistration): string {
  return `ISR [${isr.join()}], ELR [${elr.join()}], last known [${lastKnownElr.join()}]`;
}

function namesOf(nodes: readonly CoreNode[]): string {
  return nodes.map(({ name }) => name).join(' and ');
}

function rolesOf(nodes: readonly Running[]): string {
  const of = ({ name, broker }: Running): string => {
    const { role, term } = broker.raft.state;
    return `${name} is ${role} of term ${term}`;
  };
  return nodes.map(of).join(', ');
}
