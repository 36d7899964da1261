/**
 * The classic group protocol as a member speaks it: each call is one attempt, as those of the client are. The
 * coordinator is looked for when it is not known, or known to be elsewhere. Connections of its own: a JoinGroup that
 * waits holds back what comes behind it.
 */

import type { LeaderEpoch, Offset, PartitionIndex } from '../core/types/ids.js';
import { NO_EPOCH } from '../core/types/ids.js';
import {
  deleteGroupsApi,
  findCoordinatorApi,
  heartbeatApi,
  joinGroupApi,
  leaveGroupApi,
  offsetCommitApi,
  offsetFetchApi,
  syncGroupApi,
} from '../protocol/apis.js';
import { errorInfo } from '../protocol/error-table.js';
import { ErrorCode } from '../protocol/errors.js';
import type { Encodable } from '../protocol/schema.js';
import { type Picked, readAnswer, readOutcome } from './answers.js';
import type { ClientApi } from './apis.js';
import {
  type Classification,
  classifyCommit,
  classifyRead,
  saysCoordinatorIsElsewhere,
} from './classify.js';
import type { TopicPartition } from './client.js';
import { type ClientWorld, ownError } from './connection.js';
import type { Outcome } from './outcomes.js';
import { type Address, type ClientOptions, Routes } from './routes.js';

/** Which coordinator a FindCoordinator asks for. */
const GROUP_KEY_TYPE = 0;
const PROTOCOL_TYPE = 'consumer';

/** As whom a member speaks. */
export interface MemberName {
  /** Empty: none was told yet. */
  readonly memberId: string;
  /** group.instance.id of a static member (KIP-345). */
  readonly instanceId: string | null;
}

/** A member of a generation. */
export interface Membership extends MemberName {
  readonly generation: number;
}

export interface JoinRequest extends MemberName {
  /** Milliseconds. */
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  /** In the order of preference. */
  readonly protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[];
}

export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Uint8Array;
}

/** `told` (KIP-394): an id to join with; nobody has joined yet. */
export type JoinAnswer =
  | { readonly type: 'told'; readonly memberId: string }
  | {
      readonly type: 'joined';
      readonly memberId: string;
      readonly generation: number;
      readonly protocol: string;
      /** This member is to assign: null where another one is, or the assignment stands. */
      readonly members: readonly JoinedMember[] | null;
    };

export interface SyncRequest extends Membership {
  /** Of the leader; of all others empty. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

export interface PositionToCommit extends TopicPartition {
  readonly offset: Offset;
}

/** Null: the group has committed nothing there. */
export interface CommittedPosition extends TopicPartition {
  readonly offset: Offset | null;
}

export class GroupClient {
  private readonly group: string;
  private readonly options: ClientOptions;
  private readonly routes: Routes;
  private coordinator: Address | null = null;

  constructor(world: ClientWorld, options: ClientOptions, group: string, firstAddress = 0) {
    this.group = group;
    this.options = options;
    this.routes = new Routes(world, options, firstAddress);
  }

  /** `patience`: milliseconds; a join lasts until all others have rejoined. */
  join(request: JoinRequest, patience: number, done: (outcome: Outcome<JoinAnswer>) => void): void {
    const { memberId, instanceId, sessionTimeout, rebalanceTimeout, protocols } = request;
    const body = {
      groupId: this.group,
      sessionTimeoutMs: sessionTimeout,
      rebalanceTimeoutMs: rebalanceTimeout,
      memberId,
      groupInstanceId: instanceId,
      protocolType: PROTOCOL_TYPE,
      protocols,
      reason: null,
    };
    const api = { api: joinGroupApi, version: 6 };
    this.ask(api, body, patience, classifyRead, done, (answer): Picked<JoinAnswer> => {
      if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
        return { errorCode: ErrorCode.NONE, value: { type: 'told', memberId: answer.memberId } };
      }
      const assigns = answer.leader === answer.memberId;
      const value = {
        type: 'joined',
        memberId: answer.memberId,
        generation: answer.generationId,
        protocol: answer.protocolName ?? '',
        // The buffer that they were received in is used again.
        members: assigns
          ? answer.members.map((member) => ({
              ...member,
              metadata: Uint8Array.from(member.metadata),
            }))
          : null,
      } as const;
      return { errorCode: answer.errorCode, value };
    });
  }

  /** Answers this member's assignment. */
  sync(request: SyncRequest, patience: number, done: (outcome: Outcome<Uint8Array>) => void): void {
    const body = {
      ...this.named(request),
      assignments: request.assignments,
    };
    const api = { api: syncGroupApi, version: 4 };
    this.ask(api, body, patience, classifyRead, done, ({ errorCode, assignment }) => ({
      errorCode,
      value: Uint8Array.from(assignment),
    }));
  }

  heartbeat(member: Membership, done: (outcome: Outcome<null>) => void): void {
    const api = { api: heartbeatApi, version: 4 };
    this.askSoon(api, this.named(member), classifyRead, done, ({ errorCode }) => ({
      errorCode,
      value: null,
    }));
  }

  leave(member: MemberName, done: (outcome: Outcome<null>) => void): void {
    const { memberId, instanceId } = member;
    const members = [{ memberId, groupInstanceId: instanceId, reason: null }];
    const body = { groupId: this.group, members };
    this.askSoon({ api: leaveGroupApi, version: 4 }, body, classifyRead, done, (answer) => ({
      errorCode: answer.errorCode || (answer.members[0]?.errorCode ?? ErrorCode.NONE),
      value: null,
    }));
  }

  /** All of the positions or none: they go into the log as one batch. */
  commit(
    member: Membership,
    positions: readonly PositionToCommit[],
    done: (outcome: Outcome<null>) => void,
  ): void {
    const { generation, memberId, instanceId } = member;
    const body = {
      groupId: this.group,
      generationIdOrMemberEpoch: generation,
      memberId,
      groupInstanceId: instanceId,
      topics: positions.map(({ topic, partition, offset }) => ({
        name: topic,
        partitions: [
          {
            partitionIndex: partition,
            committedOffset: offset,
            committedLeaderEpoch: NO_EPOCH as LeaderEpoch,
            committedMetadata: null,
          },
        ],
      })),
    };
    const api = { api: offsetCommitApi, version: 8 };
    this.askSoon(api, body, classifyCommit, done, ({ topics }) => {
      const errors = topics.flatMap(({ partitions }) => partitions.map((one) => one.errorCode));
      return errors.length < positions.length
        ? undefined
        : { errorCode: worstOf(errors), value: null };
    });
  }

  committed(
    places: readonly TopicPartition[],
    done: (outcome: Outcome<readonly CommittedPosition[]>) => void,
  ): void {
    const topics = places.map(({ topic, partition }) => ({
      name: topic,
      partitionIndexes: [partition],
    }));
    const body = { groupId: this.group, topics, requireStable: true };
    const api = { api: offsetFetchApi, version: 7 };
    const read = (outcome: Outcome<readonly CommittedPosition[]>): void =>
      done(readOutcome(outcome));
    this.askSoon(api, body, classifyRead, read, (answer) => {
      const told = answer.topics.flatMap(({ name: topic, partitions }) =>
        partitions.map(({ partitionIndex: partition, committedOffset, errorCode }) => ({
          position: {
            topic,
            partition: partition as PartitionIndex,
            offset: orNull(committedOffset),
          },
          errorCode,
        })),
      );
      const errorCode = answer.errorCode || worstOf(told.map((one) => one.errorCode));
      return errorCode === ErrorCode.NONE && told.length < places.length
        ? undefined
        : { errorCode, value: told.map(({ position }) => position) };
    });
  }

  /** KIP-229: with all that it committed; only a group without members goes. */
  delete(done: (outcome: Outcome<null>) => void): void {
    const api = { api: deleteGroupsApi, version: 2 };
    const body = { groupsNames: [this.group] };
    this.askSoon(api, body, classifyCommit, done, ({ results }) => {
      const [result] = results;
      return result && { errorCode: result.errorCode, value: null };
    });
  }

  close(): void {
    this.routes.close();
  }

  private named({ generation, memberId, instanceId }: Membership): {
    groupId: string;
    generationId: number;
    memberId: string;
    groupInstanceId: string | null;
  } {
    return {
      groupId: this.group,
      generationId: generation,
      memberId,
      groupInstanceId: instanceId,
    };
  }

  private askSoon<Request, Response, Value>(
    api: ClientApi<Request, Response>,
    body: Encodable<Request>,
    classify: (code: number) => Classification,
    done: (outcome: Outcome<Value>) => void,
    pick: (response: Response) => Picked<Value> | undefined,
  ): void {
    this.ask(api, body, this.options.requestTimeout, classify, done, pick);
  }

  private ask<Request, Response, Value>(
    { api, version }: ClientApi<Request, Response>,
    body: Encodable<Request>,
    patience: number,
    classify: (code: number) => Classification,
    done: (outcome: Outcome<Value>) => void,
    pick: (response: Response) => Picked<Value> | undefined,
  ): void {
    this.withCoordinator((address, failure) => {
      if (address === null) {
        done({ type: 'fail', error: ownError('no-coordinator', failure) });
        return;
      }
      this.routes.callAddress(address, api, version, body, patience, (result) => {
        const outcome = readAnswer(result, classify, pick);
        if (outcome.type !== 'ok') {
          const { code } = outcome.error;
          if ((code === 0 || saysCoordinatorIsElsewhere(code)) && this.coordinator === address) {
            this.coordinator = null;
          }
        }
        done(outcome);
      });
    });
  }

  private withCoordinator(use: (address: Address | null, failure: string) => void): void {
    if (this.coordinator !== null || this.routes.isClosed()) {
      use(this.routes.isClosed() ? null : this.coordinator, 'the client was closed');
      return;
    }
    const body = { key: this.group, keyType: GROUP_KEY_TYPE };
    this.routes.callAny(findCoordinatorApi, 3, body, (result) => {
      if (result.type !== 'answered') {
        use(null, result.error.message);
        return;
      }
      const { errorCode, host, port } = result.body;
      if (errorCode !== ErrorCode.NONE) {
        use(null, errorInfo(errorCode).name);
        return;
      }
      this.coordinator = { host, port };
      use(this.coordinator, '');
    });
  }
}

function orNull(offset: Offset): Offset | null {
  return offset < 0 ? null : offset;
}

/** The error that leaves most open: one after which nobody knows, else any, else none. */
function worstOf(errors: readonly number[]): number {
  const unknown = errors.find((code) => classifyCommit(code) === 'unknown');
  return unknown ?? errors.find((code) => code !== ErrorCode.NONE) ?? ErrorCode.NONE;
}
