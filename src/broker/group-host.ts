/**
 * Runs the group coordinator: one machine for each partition of `__consumer_offsets` that this broker
 * leads, loaded from that partition's log and fed what is committed to it.
 */

import { type ListedGroup, listGroups } from '../core/coordinator/admin.js';
import { initialGroups, stepGroups } from '../core/coordinator/groups.js';
import { partitionFor } from '../core/coordinator/partition-for.js';
import { refusal } from '../core/coordinator/responses.js';
import type { GroupRules } from '../core/coordinator/rules.js';
import type {
  GroupsEffect,
  GroupsInput,
  GroupsRequest,
  GroupsResponse,
  GroupsState,
  GroupsTimer,
} from '../core/coordinator/types.js';
import type { MetadataImage } from '../core/metadata/types.js';
import { unreachable } from '../core/types/assert.js';
import type { LeaderEpoch, Offset } from '../core/types/ids.js';
import type { Environment } from '../environment/environment.js';
import { readBatchHeader } from '../log/record-batch.js';
import { decompress } from '../protocol/compression.js';
import { ErrorCode } from '../protocol/errors.js';
import type { LeaderConfirmations } from './leader-confirmation.js';
import { OFFSETS_TOPIC } from './metadata-handler.js';
import { NamedTimers } from './named-timers.js';
import type { BrokerObserver } from './observer.js';
import { decodeOffsetsBatches, encodeOffsetsBatch } from './offsets-wire.js';
import type { Replica } from './replica.js';

const LOAD_BYTES = 1 << 20;
/** Offsets may be committed under the empty name, from old times; nobody can be a member there. */
const NEED_A_NAME: ReadonlySet<string> = new Set([
  'joinGroup',
  'syncGroup',
  'heartbeat',
  'leaveGroup',
  'describeGroup',
]);

export type GroupRequestBody<T = GroupsRequest> = T extends GroupsRequest
  ? Omit<T, 'token' | 'base' | 'now' | 'stamp'>
  : never;

export class GroupHost {
  private readonly environment: Environment;
  private readonly rules: GroupRules;
  private readonly image: () => MetadataImage;
  private readonly nextToken: () => number;
  private readonly confirmations: LeaderConfirmations;
  private readonly observer: BrokerObserver | null;
  private readonly partitions = new Map<number, OffsetsPartitionHost>();

  constructor(
    environment: Environment,
    rules: GroupRules,
    image: () => MetadataImage,
    nextToken: () => number,
    {
      confirmations,
      observer,
    }: {
      readonly confirmations: LeaderConfirmations;
      readonly observer: BrokerObserver | null;
    },
  ) {
    this.confirmations = confirmations;
    this.observer = observer;
    this.environment = environment;
    this.rules = rules;
    this.image = image;
    this.nextToken = nextToken;
  }

  /** Watches a replica if it is one of the offsets topic. */
  adopt(replica: Replica): void {
    if (replica.topic !== OFFSETS_TOPIC) {
      return;
    }
    const { environment, rules, nextToken, observer } = this;
    const host = new OffsetsPartitionHost(environment, rules, replica, nextToken, observer);
    this.partitions.set(replica.partition, host);
    replica.onClosed = () => {
      host.unload();
      if (this.partitions.get(replica.partition) === host) {
        this.partitions.delete(replica.partition);
      }
    };
  }

  /** The groups that are coordinated here; some are missing while a coordinator is still loading. */
  list(): { readonly groups: readonly ListedGroup[]; readonly isLoading: boolean } {
    const lists = [...this.partitions.values()]
      .filter((host) => host.isLeader)
      .map((host) => host.list());
    return {
      groups: lists.flatMap((groups) => groups ?? []),
      isLoading: lists.includes(null),
    };
  }

  /** Each request to the coordinator of its group; `respond` gets the answers in the order of the requests. */
  requestAll(
    asked: readonly { readonly group: string; readonly body: GroupRequestBody }[],
    respond: (responses: GroupsResponse[]) => void,
  ): void {
    const responses: GroupsResponse[] = [];
    let open = asked.length;
    if (open === 0) {
      respond(responses);
    }
    asked.forEach(({ group, body }, index) => {
      this.request(group, body, (response) => {
        responses[index] = response;
        open--;
        if (open === 0) {
          respond(responses);
        }
      });
    });
  }

  /** Hands a request to the coordinator of its group, if that is here. */
  request(
    group: string,
    body: GroupRequestBody,
    respond: (response: GroupsResponse) => void,
  ): void {
    const count = offsetsPartitions(this.image());
    const host = count === 0 ? undefined : this.partitions.get(partitionFor(group, count));
    const isNameless = group === '' && NEED_A_NAME.has(body.type);
    if (isNameless || host === undefined || !host.isLeader) {
      respond(refused(body, isNameless ? ErrorCode.INVALID_GROUP_ID : ErrorCode.NOT_COORDINATOR));
      return;
    }
    if (!this.rules.confirmsLeadership(body.type)) {
      host.request(body, respond);
      return;
    }
    // What is read after it is no older than what was acknowledged before the request came.
    this.confirmations.confirm(host.replica, (confirmation) => {
      if (confirmation === 'confirmed') {
        host.request(body, respond);
      } else {
        const isOver = confirmation === 'deposed';
        const error = isOver ? ErrorCode.NOT_COORDINATOR : ErrorCode.COORDINATOR_NOT_AVAILABLE;
        respond(refused(body, error));
      }
    });
  }
}

function refused(body: GroupRequestBody, error: number): GroupsResponse {
  const occasion = { token: 0, base: 0, now: 0, stamp: 0 };
  return refusal({ ...body, ...occasion } as unknown as GroupsRequest, error);
}

/** Partitions of the offsets topic; 0 while it does not exist. */
export function offsetsPartitions(image: MetadataImage): number {
  const id = image.topicIds.get(OFFSETS_TOPIC);
  return id === undefined ? 0 : (image.topics.get(id)?.partitions.size ?? 0);
}

class OffsetsPartitionHost {
  private readonly environment: Environment;
  private readonly rules: GroupRules;
  readonly replica: Replica;
  private readonly nextToken: () => number;
  private readonly observer: BrokerObserver | null;
  private readonly timers: NamedTimers<GroupsTimer, never>;
  private readonly responds = new Map<number, (response: GroupsResponse) => void>();
  private state: GroupsState = initialGroups();
  /** Everything below has been fed. */
  private fed = 0 as Offset;
  private feeding = false;

  constructor(
    environment: Environment,
    rules: GroupRules,
    replica: Replica,
    nextToken: () => number,
    observer: BrokerObserver | null,
  ) {
    this.environment = environment;
    this.rules = rules;
    this.replica = replica;
    this.nextToken = nextToken;
    this.observer = observer;
    this.timers = new NamedTimers<GroupsTimer, never>(
      environment,
      () => 0,
      (name, key) => this.step({ type: 'timerFired', name, key: String(key), ...this.occasion() }),
    );
    replica.onRole = (change) => {
      environment.atTurnEnd(() => {
        if (change.role !== 'leader') {
          this.unload();
        } else if (replica.isLeader && replica.state.leaderEpoch === change.leaderEpoch) {
          this.load(change.leaderEpoch);
        }
      });
    };
    // Not from within the replica's step: what is fed may append to the same replica.
    replica.onHighWatermark = () => environment.atTurnEnd(() => this.feed());
  }

  get isLeader(): boolean {
    return this.replica.isLeader;
  }

  request(body: GroupRequestBody, respond: (response: GroupsResponse) => void): void {
    const token = this.nextToken();
    this.responds.set(token, respond);
    this.step({ ...body, token, ...this.occasion() } as GroupsInput);
  }

  list(): ListedGroup[] | null {
    return listGroups(this.state);
  }

  private occasion(): Pick<GroupsRequest, 'base' | 'now' | 'stamp'> {
    return {
      base: this.replica.state.nextOffset,
      now: this.environment.clock.wall(),
      stamp: this.environment.clock.monotonic(),
    };
  }

  private load(epoch: LeaderEpoch): void {
    this.unload();
    this.state = initialGroups();
    this.fed = this.replica.state.logStartOffset;
    this.step({ type: 'activate', epoch, loadUpTo: this.replica.state.nextOffset });
    // The high watermark may be known already; if not, its advance feeds.
    this.feed();
  }

  /** Leadership is over: everybody who waits is told so. */
  unload(): void {
    if (this.state.leadership !== null) {
      this.step({ type: 'deactivate' });
    }
    this.timers.cancelAll();
  }

  /** Feeds what has been committed since the last time, in log order. */
  private feed(): void {
    if (this.feeding || this.state.leadership === null) {
      return;
    }
    this.feeding = true;
    const { highWatermark } = this.replica.state;
    while (this.fed < highWatermark && this.state.leadership !== null) {
      const read = this.replica.log.read(this.fed, highWatermark, LOAD_BYTES, true);
      for (const part of read.parts) {
        this.feedBatches(part);
      }
      read.release();
      if (read.parts.length === 0 && read.damage !== null) {
        // What lies behind it was committed too: whoever went on would have forgotten it.
        this.feeding = false;
        this.replica.damaged(read.damage);
        return;
      }
      if (read.parts.length === 0) {
        break;
      }
    }
    if (highWatermark > 0) {
      // Also where the end of the log holds no record any more.
      const upTo = highWatermark - 1;
      this.step({ type: 'committed', base: upTo, records: [], upTo });
    }
    this.feeding = false;
  }

  private feedBatches(bytes: Uint8Array): void {
    let position = 0;
    while (position < bytes.length) {
      const header = readBatchHeader(bytes, position);
      const end = position + header.sizeInBytes;
      const upTo = header.baseOffset + header.lastOffsetDelta;
      if (upTo >= this.fed) {
        const batch = bytes.subarray(position, end);
        const records = header.isControl ? [] : decodeOffsetsBatches(batch, decompress);
        for (const { offset, record } of records) {
          this.step({ type: 'committed', base: offset, records: [record], upTo: offset });
        }
        this.step({ type: 'committed', base: upTo, records: [], upTo });
        this.fed = (upTo + 1) as Offset;
      }
      position = end;
    }
  }

  private step(input: GroupsInput): void {
    const { observer, replica, state } = this;
    const effects: GroupsEffect[] = [];
    observer?.groupsStepping(replica, state, input);
    stepGroups(state, input, effects, this.rules);
    observer?.groupsStepped(replica, state, input, effects);
    for (const effect of effects) {
      this.execute(effect);
    }
    observer?.groupsExecuted(replica, state, input, effects);
  }

  private execute(effect: GroupsEffect): void {
    switch (effect.type) {
      case 'append':
        this.append(effect);
        return;
      case 'respond': {
        const respond = this.responds.get(effect.token);
        this.responds.delete(effect.token);
        respond?.(effect.response);
        return;
      }
      case 'armTimer':
        this.timers.arm(effect.name, effect.key, effect.afterMs);
        return;
      case 'cancelTimer':
        this.timers.cancel(effect.name, effect.key);
        return;
      default:
        unreachable(effect);
    }
  }

  private append(effect: Extract<GroupsEffect, { type: 'append' }>): void {
    const { base, epoch, records } = effect;
    const bytes = encodeOffsetsBatch(records, base, epoch, this.environment.clock.wall());
    const facts = readBatchHeader(bytes, 0);
    const times = { logAppendTime: facts.maxTimestamp };
    let refused = false;
    this.replica.produce(this.nextToken(), -1, facts, bytes, null, times, (outcome) => {
      refused = outcome.error !== ErrorCode.NONE;
    });
    if (refused) {
      // The log did not take it, so what was decided must be forgotten: start over from the log.
      this.environment.log('warn', 'groups.append.refused', { partition: this.replica.partition });
      this.unload();
      this.environment.atTurnEnd(() => {
        if (this.replica.isLeader) {
          this.load(this.replica.state.leaderEpoch);
        }
      });
    }
  }
}
