/** What the controller decides of a partition, as a trace tells it: command, registration and brokers before and after. */

import type { DeciderEffect, DeciderInput, DeciderState } from '../core/decider/decider.js';
import type { ControllerState } from '../core/metadata/controller.js';
import { effectiveMinIsr, uncleanElectionAllowed } from '../core/metadata/effective-configs.js';
import type {
  ControllerCommand,
  ControllerResponse,
  ControllerSettings,
  MetadataImage,
  MetadataRecord,
  PartitionRegistration,
} from '../core/metadata/types.js';
import type { ExactAssignment, ExactBroker, ExactProposal } from './exact-partition.js';
import { exactBroker, partitionName } from './exact-partition.js';

export interface ExactRegistration extends ExactAssignment {
  readonly elr: readonly number[];
  readonly lastKnownElr: readonly number[];
  /** Replicas are being added, or taken away. */
  readonly moves: boolean;
}

/** What the metadata says of a partition and the brokers of its replicas. */
export interface ExactImage {
  readonly registration: ExactRegistration;
  readonly brokers: readonly ExactBroker[];
  /** Effective min.insync.replicas, and whether anybody may be elected. */
  readonly minIsr: number;
  readonly uncleanAllowed: boolean;
}

export type ExactCommand =
  | {
      readonly type: 'registerBroker';
      readonly id: number;
      readonly previousBrokerEpoch: number;
      /** Another incarnation than the one that is known. */
      readonly isNew: boolean;
    }
  | {
      readonly type: 'brokerHeartbeat';
      readonly id: number;
      readonly brokerEpoch: number;
      readonly applied: number;
      readonly wantFence: boolean;
      readonly wantShutDown: boolean;
    }
  | { readonly type: 'sessionExpired'; readonly id: number; readonly brokerEpoch: number }
  | {
      readonly type: 'alterPartition';
      readonly id: number;
      readonly brokerEpoch: number;
      readonly proposal: ExactProposal;
    }
  /** Any other, by name. */
  | { readonly type: 'other'; readonly name: string };

export interface ExactDecision {
  readonly type: 'decided';
  readonly partition: string;
  readonly command: ExactCommand;
  /** null: there is no such partition. */
  readonly before: ExactImage | null;
  readonly after: ExactImage | null;
  /** To AlterPartition; null: no answer that speaks of the partition. */
  readonly answer: { readonly error: number; readonly assignment: ExactAssignment | null } | null;
}

type Settings = Pick<ControllerSettings, 'topicDefaults'>;
type State = DeciderState<ControllerState, ControllerResponse>;
type Input = DeciderInput<ControllerState, ControllerCommand, MetadataRecord>;
type Effect = DeciderEffect<MetadataRecord, ControllerResponse>;

/** Makes what one controller tells; `wants` says of which partitions. */
export class ExactControllerTeller {
  private readonly settings: Settings;
  private readonly wants: (topic: string, partition: number) => boolean;
  private images = new Map<string, ExactImage>();
  private known = new Map<number, string>();

  constructor(
    settings: Settings,
    wants: (topic: string, partition: number) => boolean = () => true,
  ) {
    this.settings = settings;
    this.wants = wants;
  }

  /** After each step of the controller. */
  stepped(state: State, input: Input, effects: readonly Effect[]): ExactDecision[] {
    if (state.active === null) {
      return [];
    }
    const { image } = state.active.pending;
    if (input.type === 'activate') {
      this.images = this.imagesIn(image);
      this.known = incarnations(image);
    }
    return input.type === 'command' ? this.decided(image, input, state, effects) : [];
  }

  private decided(
    image: MetadataImage,
    { command, token }: Extract<Input, { type: 'command' }>,
    state: State,
    effects: readonly Effect[],
  ): ExactDecision[] {
    const appends = effects.some(({ type }) => type === 'append');
    const before = this.images;
    const known = this.known;
    if (appends) {
      this.images = this.imagesIn(image);
      this.known = incarnations(image);
    }
    const rows: ExactDecision[] = [];
    for (const partition of new Set([...before.keys(), ...this.images.keys()])) {
      const was = before.get(partition) ?? null;
      const is = this.images.get(partition) ?? null;
      const exact = exactCommand(command, partition, known);
      if (concerns(exact, command, partition, was) || JSON.stringify(was) !== JSON.stringify(is)) {
        const answer = answerTo(partition, responseOf(token, state, effects));
        rows.push({ type: 'decided', partition, command: exact, before: was, after: is, answer });
      }
    }
    return rows;
  }

  private imagesIn(image: MetadataImage): Map<string, ExactImage> {
    const images = new Map<string, ExactImage>();
    for (const topic of image.topics.values()) {
      for (const [index, registration] of topic.partitions) {
        if (this.wants(topic.name, index)) {
          images.set(partitionName(topic.id, index), {
            registration: exactRegistration(registration),
            brokers: registration.replicas
              .flatMap((id) => image.brokers.get(id) ?? [])
              .map(exactBroker)
              .sort(([a], [b]) => a - b),
            minIsr: effectiveMinIsr(image, this.settings, topic.name, registration.replicas.length),
            uncleanAllowed: uncleanElectionAllowed(image, this.settings, topic.name),
          });
        }
      }
    }
    return images;
  }
}

/** What the command is answered, now or once it is committed. */
function responseOf(
  token: number,
  { active }: State,
  effects: readonly Effect[],
): ControllerResponse | null {
  const told = effects.find((effect) => effect.type === 'respond' && effect.token === token);
  const waits = active?.waiters.find((waiter) => waiter.token === token);
  return told?.type === 'respond' ? told.response : (waits?.response ?? null);
}

function incarnations({ brokers }: MetadataImage): Map<number, string> {
  return new Map([...brokers.values()].map(({ id, incarnationId }) => [id, incarnationId]));
}

function exactRegistration(of: PartitionRegistration): ExactRegistration {
  const { leader, leaderEpoch, partitionEpoch, replicas, isr, elr, lastKnownElr } = of;
  return {
    leader,
    leaderEpoch,
    partitionEpoch,
    replicas,
    isr,
    recovering: of.leaderRecoveryState === 'recovering',
    elr,
    lastKnownElr,
    moves: of.addingReplicas.length > 0 || of.removingReplicas.length > 0,
  };
}

function exactCommand(
  command: ControllerCommand,
  partition: string,
  known: ReadonlyMap<number, string>,
): ExactCommand {
  switch (command.type) {
    case 'registerBroker': {
      const { type, brokerId: id, previousBrokerEpoch, incarnationId } = command;
      return { type, id, previousBrokerEpoch, isNew: known.get(id) !== incarnationId };
    }
    case 'brokerHeartbeat': {
      const { type, brokerId: id, brokerEpoch, currentMetadataOffset: applied } = command;
      const { wantFence, wantShutDown } = command;
      return { type, id, brokerEpoch, applied, wantFence, wantShutDown };
    }
    case 'sessionExpired':
      return { type: command.type, id: command.brokerId, brokerEpoch: command.brokerEpoch };
    case 'alterPartition': {
      const change = command.changes.find((each) => nameOf(each) === partition);
      if (change === undefined) {
        return { type: 'other', name: command.type };
      }
      const { leaderEpoch, partitionEpoch, newIsr, leaderRecoveryState } = change;
      const isr = newIsr.map(({ brokerId, brokerEpoch }) => [brokerId, brokerEpoch] as const);
      const recovering = leaderRecoveryState === 'recovering';
      const proposal = { leaderEpoch, partitionEpoch, isr, recovering };
      const { type, brokerId: id, brokerEpoch } = command;
      return { type, id, brokerEpoch, proposal };
    }
    default:
      return { type: 'other', name: command.type };
  }
}

const nameOf = (of: { readonly topicId: string; readonly partition: number }): string =>
  partitionName(of.topicId, of.partition);

/** Whether it may change what the specification sees of the partition. */
function concerns(
  exact: ExactCommand,
  command: ControllerCommand,
  partition: string,
  before: ExactImage | null,
): boolean {
  if (before === null) {
    return false;
  }
  if (command.type === 'electPreferredLeaders' || command.type === 'electUncleanLeaders') {
    const { partitions } = command;
    return partitions === null || partitions.some((each) => nameOf(each) === partition);
  }
  switch (exact.type) {
    case 'other':
      return false;
    case 'alterPartition':
      return true;
    default:
      return before.registration.replicas.includes(exact.id as never);
  }
}

function answerTo(partition: string, response: ControllerResponse | null): ExactDecision['answer'] {
  if (response?.type !== 'alterPartition') {
    return null;
  }
  const result = response.partitions.find((each) => nameOf(each) === partition);
  if (response.error !== 0) {
    return { error: response.error, assignment: null };
  }
  if (result === undefined) {
    return null;
  }
  const { error, leader, leaderEpoch, partitionEpoch, isr, leaderRecoveryState } = result;
  const recovering = leaderRecoveryState === 'recovering';
  const word = { leader, leaderEpoch, partitionEpoch, replicas: [], isr, recovering };
  return { error, assignment: error === 0 ? word : null };
}
