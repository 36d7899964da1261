/**
 * A closed world around one controller: brokers that register, crash and stop, a log whose newest
 * entries may be lost at a change of term, clients. Driven by plain numbers, so that fast-check can
 * draw and shrink a run, and judged by the shared properties after every step.
 */

import {
  type DeciderEffect,
  type DeciderState,
  initialDecider,
  stepDecider,
} from '../src/core/decider/decider.js';
import {
  type ControllerState,
  cloneControllerState,
  controller,
  controllerStateFrom,
  encodeControllerState,
  equalControllerStates,
  initialControllerState,
} from '../src/core/metadata/controller.js';
import {
  applyRecord,
  cloneImage,
  emptyImage,
  equalImages,
  snapshotRecords,
} from '../src/core/metadata/image.js';
import type { ControllerRules } from '../src/core/metadata/rules.js';
import type {
  ControllerCommand,
  ControllerResponse,
  MetadataImage,
  MetadataRecord,
  PartitionRegistration,
} from '../src/core/metadata/types.js';
import { metadataProperties } from '../src/core/properties/metadata/all.js';
import {
  type MetadataGhost,
  observeCommand,
  observeImage,
  startMetadataGhost,
} from '../src/core/properties/metadata/ghost.js';
import { pendingEqualsCommitted } from '../src/core/properties/metadata/pending-equals-committed.js';
import type { BrokerEpoch, BrokerId, Uuid } from '../src/core/types/ids.js';
import { type Expectation, expectedResponse } from './metadata-oracle.js';

/** A property, or the driver's own check, that a run broke. */
export class Violation extends Error {
  readonly property: string;
  constructor(property: string, message: string) {
    super(`${property}: ${message}`);
    this.property = property;
  }
}

/** A broker as it sees itself. */
export interface Actor {
  readonly id: BrokerId;
  /** -1: it is down, or its registration is not answered. */
  epoch: BrokerEpoch;
  incarnationId: Uuid;
  /** What its clean-shutdown file says; -1: none. */
  cleanEpoch: BrokerEpoch;
  stopping: boolean;
}

interface Entry {
  readonly base: number;
  readonly records: readonly MetadataRecord[];
}

export interface Cluster {
  readonly rules: ControllerRules;
  readonly decider: DeciderState<ControllerState, ControllerResponse>;
  readonly ghost: MetadataGhost;
  readonly actors: Actor[];
  /** The committed log. */
  readonly log: Entry[];
  uncommitted: Entry[];
  /** Offset of the next record to be appended. */
  end: number;
  term: number;
  tokens: number;
  ids: number;
  /** Open commands: what they are, and what an oracle expects of the response. */
  readonly open: Map<number, { command: ControllerCommand; expected: Expectation }>;
  /** First producer ids that were given away. */
  readonly producerIds: Set<bigint>;
  /** What happened at all, so that a test can insist that it was not an empty run. */
  readonly seen: Set<string>;
}

/** `brokers` brokers that are down, and a controller that has just become active. */
export function startCluster(rules: ControllerRules, brokers: number): Cluster {
  const actors = Array.from({ length: brokers }, (_, i) => ({
    id: (i + 1) as BrokerId,
    epoch: -1 as BrokerEpoch,
    incarnationId: '' as Uuid,
    cleanEpoch: -1 as BrokerEpoch,
    stopping: false,
  }));
  const minIsr = rules.settings.topicDefaults.get('min.insync.replicas');
  const cluster: Cluster = {
    rules,
    decider: initialDecider(initialControllerState()),
    ghost: startMetadataGhost({
      minInsyncReplicas: minIsr === undefined ? 1 : Number(minIsr),
      uncleanLeaderElection: false,
    }),
    actors,
    log: [],
    uncommitted: [],
    end: 1,
    term: 0,
    tokens: 0,
    ids: 0,
    open: new Map(),
    producerIds: new Set(),
    seen: new Set(),
  };
  becomeActive(cluster);
  return cluster;
}

/** The image that the controller decides on. */
export function pendingImage(cluster: Cluster): MetadataImage {
  return (cluster.decider.active?.pending ?? cluster.decider.committed).image;
}

/** An id that the host draws; never twice. */
export function freshId(cluster: Cluster): Uuid {
  cluster.ids++;
  return `id${String(cluster.ids).padStart(20, '0')}` as Uuid;
}

/** One command through the decider, judged. */
export function submit(cluster: Cluster, command: ControllerCommand): void {
  const { decider, ghost } = cluster;
  observeCommand(ghost, command);
  const before = cloneImage(pendingImage(cluster));
  const token = ++cluster.tokens;
  cluster.open.set(token, { command, expected: expectedResponse(before, command, cluster.rules) });
  const expectedRecords = decideTwice(cluster, command);
  feed(cluster, { type: 'command', token, command, base: cluster.end });
  const appended = cluster.uncommitted.at(-1)?.records ?? [];
  const same = expectedRecords.length === 0 || text(appended) === text(expectedRecords);
  check(same, 'Deterministic', 'the same command on the same state was decided otherwise');
  if (decider.active !== null) {
    judge(cluster, before, decider.active.pending.image);
  }
}

/** `decide` reads: the state is the same after it, and so is a second decision. */
function decideTwice(cluster: Cluster, command: ControllerCommand): readonly MetadataRecord[] {
  const { active } = cluster.decider;
  if (active === null) {
    return [];
  }
  const before = encodeControllerState(active.pending);
  const { records } = controller.decide(active.pending, command, cluster.end, cluster.rules);
  const after = encodeControllerState(active.pending);
  check(Buffer.compare(before, after) === 0, 'Pure', 'a decision changed the state');
  return records;
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part));
}

/** Commits the oldest `count` entries. */
export function commit(cluster: Cluster, count: number): void {
  for (const entry of cluster.uncommitted.splice(0, count)) {
    const before = cloneImage(cluster.decider.committed.image);
    const { base, records } = entry;
    const upTo = base + records.length - 1;
    cluster.log.push(entry);
    feed(cluster, { type: 'committed', base, records, upTo });
    judge(cluster, before, cluster.decider.committed.image);
    observeImage(cluster.ghost, cluster.decider.committed.image);
  }
  const wrong = pendingEqualsCommitted(cluster.decider, equalControllerStates);
  check(wrong === null, 'PendingEqualsCommitted', wrong ?? '');
}

/** Leadership is lost; of what was not committed only the oldest `kept` entries survive. */
export function failOver(cluster: Cluster, kept: number): void {
  feed(cluster, { type: 'deactivate' });
  check(cluster.open.size === 0, 'Responses', 'a waiter of a lost term was left without an answer');
  commit(cluster, kept);
  cluster.uncommitted = [];
  becomeActive(cluster);
}

/** This node restarts from a snapshot, and leads again. */
export function reload(cluster: Cluster): void {
  feed(cluster, { type: 'deactivate' });
  const { committed, committedOffset } = cluster.decider;
  const image = refold(snapshotRecords(committed.image));
  check(equalImages(image, committed.image), 'Snapshot', 'the snapshot is another image');
  cluster.uncommitted = [];
  const state = controllerStateFrom(image, committedOffset);
  feed(cluster, { type: 'restored', state, upTo: committedOffset });
  becomeActive(cluster);
}

/** Folds the whole committed log anew and compares: state is a fold of its log. */
export function checkRefold(cluster: Cluster): void {
  const image = emptyImage();
  for (const { base, records } of cluster.log) {
    for (const [i, record] of records.entries()) {
      applyRecord(image, record, base + i);
    }
  }
  const { committed } = cluster.decider;
  check(equalImages(image, committed.image), 'Fold', 'the committed image is no fold of the log');
}

/** Everything committed; the log's end still is the pending end. */
export function settle(cluster: Cluster): void {
  commit(cluster, cluster.uncommitted.length);
  check(cluster.open.size === 0, 'Responses', 'a response is missing though all is committed');
}

function becomeActive(cluster: Cluster): void {
  // The no-op that begins a term commits with everything before it.
  const noOp: Entry = { base: cluster.end, records: [{ type: 'NoOpRecord' }] };
  cluster.end++;
  cluster.uncommitted = [noOp];
  commit(cluster, 1);
  cluster.term++;
  feed(cluster, { type: 'activate', term: cluster.term });
}

type Input = Parameters<
  typeof stepDecider<
    ControllerState,
    ControllerCommand,
    MetadataRecord,
    ControllerResponse,
    ControllerRules
  >
>[2];

function feed(cluster: Cluster, input: Input): void {
  const effects: DeciderEffect<MetadataRecord, ControllerResponse>[] = [];
  stepDecider(controller, cluster.decider, input, effects, cluster.rules);
  for (const effect of effects) {
    switch (effect.type) {
      case 'append':
        check(effect.term === cluster.term, 'Append', 'an append of another term');
        check(effect.base === cluster.end, 'Append', 'an append at another offset');
        cluster.uncommitted.push({ base: effect.base, records: effect.records });
        cluster.end += effect.records.length;
        break;
      case 'refuse':
        cluster.open.delete(effect.token);
        break;
      case 'respond':
        answered(cluster, effect.token, effect.response);
        break;
    }
  }
}

function answered(cluster: Cluster, token: number, response: ControllerResponse): void {
  const asked = cluster.open.get(token);
  if (asked === undefined) {
    throw new Violation('Responses', `token ${token} was answered twice`);
  }
  cluster.open.delete(token);
  const wrong = asked.expected(response);
  check(wrong === null, 'Oracle', `${asked.command.type}: ${wrong}`);
  noteResponse(cluster.seen, response);
  hear(cluster, asked.command, response);
}

/** What a broker does with the response to its own command. */
function hear(cluster: Cluster, command: ControllerCommand, response: ControllerResponse): void {
  if (response.type === 'producerIds' && response.error === 0) {
    check(!cluster.producerIds.has(response.start), 'ProducerIdsOnce', 'a block was given twice');
    cluster.producerIds.add(response.start);
  }
  if (command.type !== 'registerBroker' && command.type !== 'brokerHeartbeat') {
    return;
  }
  const actor = cluster.actors.find((candidate) => candidate.id === command.brokerId);
  if (actor === undefined) {
    return;
  }
  if (command.type === 'registerBroker' && response.type === 'registered') {
    if (response.error === 0 && actor.incarnationId === command.incarnationId) {
      actor.epoch = response.brokerEpoch;
    }
  }
  if (command.type === 'brokerHeartbeat' && response.type === 'heartbeat') {
    if (response.shouldShutDown && actor.epoch === command.brokerEpoch) {
      actor.cleanEpoch = actor.epoch;
      actor.epoch = -1 as BrokerEpoch;
      actor.stopping = false;
    }
  }
}

function noteResponse(seen: Set<string>, response: ControllerResponse): void {
  switch (response.type) {
    case 'alterPartition':
      seen.add(`alterPartition ${response.error}`);
      for (const { error } of response.partitions) {
        seen.add(`alterPartition partition ${error}`);
      }
      return;
    case 'topics':
      for (const { error } of response.topics) {
        seen.add(`topic ${error}`);
      }
      return;
    case 'heartbeat':
      seen.add(response.shouldShutDown ? 'shutdown granted' : `heartbeat ${response.error}`);
      return;
    case 'registered':
    case 'done':
    case 'producerIds':
      seen.add(`${response.type} ${response.error}`);
      return;
    case 'configs':
    case 'elections':
    case 'reassignments':
      for (const { error } of response.results) {
        seen.add(`${response.type} ${error}`);
      }
      return;
  }
}

function noteMove(seen: Set<string>, was: PartitionRegistration, now: PartitionRegistration): void {
  const moving = ({ addingReplicas, removingReplicas }: PartitionRegistration): boolean =>
    addingReplicas.length + removingReplicas.length > 0;
  const gone = was.replicas.filter((id) => !now.replicas.includes(id));
  if (!moving(was) && moving(now)) {
    seen.add('move begun');
  } else if (
    moving(was) &&
    moving(now) &&
    now.addingReplicas.join() !== was.addingReplicas.join()
  ) {
    seen.add('move changed');
  } else if (moving(was) && !moving(now)) {
    const givenUp = gone.join() === was.addingReplicas.filter((id) => gone.includes(id)).join();
    seen.add(givenUp ? 'move given up' : 'moved');
    if (now.leader !== was.leader) {
      seen.add(givenUp ? 'leader of a move given up' : 'leader moved');
    }
  }
}

/** Which kinds of change the step made, worked out from the two images alone. */
function noteChanges(seen: Set<string>, before: MetadataImage, after: MetadataImage): void {
  for (const topic of after.topics.values()) {
    for (const [index, now] of topic.partitions) {
      const was = before.topics.get(topic.id)?.partitions.get(index);
      if (was === undefined || was.partitionEpoch === now.partitionEpoch) {
        continue;
      }
      noteMove(seen, was, now);
      if (was.leader === now.leader) {
        const kind = now.isr.length > was.isr.length ? 'joined' : 'shrunk';
        seen.add(now.isr.length === was.isr.length ? 'other change' : kind);
      } else if (now.leader < 0) {
        seen.add('leaderless');
      } else if (was.isr.includes(now.leader)) {
        seen.add(now.leader === now.replicas[0] ? 'elected preferred' : 'elected from ISR');
      } else if (was.elr.includes(now.leader)) {
        seen.add('elected from ELR');
      } else {
        seen.add(was.lastKnownElr[0] === now.leader ? 'elected last known' : 'elected uncleanly');
      }
      if (was.leaderRecoveryState !== now.leaderRecoveryState) {
        seen.add(now.leaderRecoveryState);
      }
    }
  }
}

function judge(cluster: Cluster, before: MetadataImage, after: MetadataImage): void {
  for (const property of metadataProperties) {
    const wrong = property.violation({ before, after }, cluster.ghost);
    check(wrong === null, property.name, wrong ?? '');
  }
  check(
    equalImages(refold(snapshotRecords(after)), after),
    'Snapshot',
    'it folds to another image',
  );
  noteChanges(cluster.seen, before, after);
}

/** At offsets that no broker epoch equals, so that a lost epoch would show. */
function refold(records: readonly MetadataRecord[]): MetadataImage {
  const image = emptyImage();
  for (const record of records) {
    applyRecord(image, record, 1_000_000);
  }
  return image;
}

function check(holds: boolean, property: string, message: string): void {
  if (!holds) {
    throw new Violation(property, message);
  }
}

/** For tests of `clone`: a copy of what the controller decides on. */
export function copyOfPending(cluster: Cluster): ControllerState {
  return cloneControllerState(cluster.decider.active?.pending ?? cluster.decider.committed);
}
