/**
 * Asks the in-sync replicas of a partition that is led here whether this broker still leads it
 * (core/partition/confirmation.ts), over connections of its own, made when they are first needed.
 */

import { knowsNoNewerLeader, whoConfirms } from '../core/partition/confirmation.js';
import type { BrokerId } from '../core/types/ids.js';
import type { Environment } from '../environment/environment.js';
import { confirmLeaderApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type { ConfirmLeaderRequest } from '../protocol/private-schemas.js';
import type { Replica } from './replica.js';
import type { ReplicaManager } from './replica-manager.js';
import { type Introduction, type PeerAddress, RequestChannel } from './request-channel.js';

/** Between two rounds, where one of those asked gave no answer. */
const AGAIN_MILLISECONDS = 20;
/** One who gives no answer for so long may be gone; whether it still is in sync is to be seen then. */
const ASK_MILLISECONDS = 300;

/** What this broker says to a leader that asks whether it still is one, as a Kafka error code. */
export function knowsNewerLeader(
  replicas: ReplicaManager,
  { topicId, partition, leaderEpoch }: ConfirmLeaderRequest,
): number {
  const replica = replicas.find(topicId, partition);
  if (replica === undefined || replica.isClosed) {
    return ErrorCode.UNKNOWN_TOPIC_ID;
  }
  return knowsNoNewerLeader(replica.state, leaderEpoch)
    ? ErrorCode.NONE
    : ErrorCode.FENCED_LEADER_EPOCH;
}

/** `deposed`: another one leads, or has; `unknown`: not all of those who must say so did in time. */
export type Confirmation = 'confirmed' | 'deposed' | 'unknown';
type Waiter = (confirmation: Confirmation) => void;

export class LeaderConfirmations {
  private readonly environment: Environment;
  private readonly introduction: Introduction;
  private readonly address: (id: BrokerId) => PeerAddress;
  private readonly patience: number;
  private readonly channels = new Map<BrokerId, RequestChannel>();
  /** Who waits for the next round of a replica: one that is under way began before they asked. */
  private readonly waiting = new Map<Replica, Waiter[]>();
  private readonly asking = new Set<Replica>();

  /** `patience`: milliseconds. */
  constructor(
    environment: Environment,
    introduction: Introduction,
    address: (id: BrokerId) => PeerAddress,
    patience: number,
  ) {
    this.environment = environment;
    this.introduction = { ...introduction, purpose: 'confirm' };
    this.address = address;
    this.patience = patience;
  }

  confirm(replica: Replica, done: Waiter): void {
    const waiting = this.waiting.get(replica);
    if (waiting !== undefined) {
      waiting.push(done);
      return;
    }
    this.waiting.set(replica, [done]);
    if (!this.asking.has(replica)) {
      this.begin(replica);
    }
  }

  private begin(replica: Replica): void {
    const waiters = this.waiting.get(replica) ?? [];
    this.waiting.delete(replica);
    this.asking.add(replica);
    const end = this.environment.clock.monotonic() + this.patience;
    this.round(replica, end, (confirmation) => {
      this.asking.delete(replica);
      if (this.waiting.has(replica)) {
        this.begin(replica);
      }
      for (const waiter of waiters) {
        waiter(confirmation);
      }
    });
  }

  private round(replica: Replica, end: number, done: Waiter): void {
    const { leaderEpoch } = replica.state;
    const asked = whoConfirms(replica.state, replica.rules);
    if (!replica.isLeader) {
      done('deposed');
      return;
    }
    let open = asked?.length ?? 0;
    let confirmed = asked !== null;
    const close = (): void => {
      if (!replica.isLeader || replica.state.leaderEpoch !== leaderEpoch) {
        done('deposed');
      } else if (confirmed) {
        done('confirmed');
      } else if (this.environment.clock.monotonic() >= end) {
        done('unknown');
      } else {
        this.environment.timers.arm(AGAIN_MILLISECONDS, () => this.round(replica, end, done));
      }
    };
    if (open === 0) {
      close();
      return;
    }
    let isDeposed = false;
    for (const id of asked ?? []) {
      this.ask(id, replica, (error) => {
        open--;
        confirmed &&= error === ErrorCode.NONE;
        isDeposed ||= error === ErrorCode.FENCED_LEADER_EPOCH;
        if (open === 0) {
          if (isDeposed) {
            done('deposed');
          } else {
            close();
          }
        }
      });
    }
  }

  /** `answered` hears null where no answer comes. */
  private ask(id: BrokerId, replica: Replica, answered: (error: number | null) => void): void {
    let channel = this.channels.get(id);
    if (channel === undefined) {
      channel = new RequestChannel(this.environment, () => this.address(id), this.introduction, {});
      this.channels.set(id, channel);
    }
    const { topicId, partition } = replica;
    const { leaderEpoch } = replica.state;
    let isOver = false;
    const once = (error: number | null): void => {
      if (!isOver) {
        isOver = true;
        this.environment.timers.cancel(timer);
        answered(error);
      }
    };
    const timer = this.environment.timers.arm(ASK_MILLISECONDS, () => once(null));
    const body = { topicId, partition, leaderEpoch };
    const isSent = channel.request(confirmLeaderApi, 0, body, (response) =>
      once(response?.errorCode ?? null),
    );
    if (!isSent) {
      once(null);
    }
  }

  close(): void {
    for (const channel of this.channels.values()) {
      channel.close(true);
    }
  }
}
