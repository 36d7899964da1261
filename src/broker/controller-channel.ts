/**
 * Requests of this broker to the active controller, wherever that is: to itself by a call, to another
 * node over its controller connection. An answer of null means that the outcome is unknown (the
 * connection broke, or nobody leads): the caller asks again if it still wants to.
 */

import type { BrokerId } from '../core/types/ids.js';
import type { Environment, TimerHandle } from '../environment/environment.js';
import type { Api } from '../protocol/api-table.js';
import type { Encodable } from '../protocol/schema.js';
import { type Introduction, type PeerAddress, RequestChannel } from './request-channel.js';

const RETRY_MILLISECONDS = 20;

/** Answers a request as the controller that this node may be. */
export type LocalController = (
  api: Api<unknown, unknown>,
  body: unknown,
  respond: (body: unknown) => void,
) => void;

export class ControllerChannel {
  private readonly environment: Environment;
  private readonly self: BrokerId;
  private readonly introduction: Introduction;
  private readonly address: (id: BrokerId) => PeerAddress;
  private readonly local: LocalController;
  private readonly reached: () => void;
  private leader: BrokerId | null = null;
  private remote: { readonly id: BrokerId; readonly channel: RequestChannel } | null = null;
  private readonly waiting = new Set<() => void>();

  constructor(
    environment: Environment,
    introduction: Introduction,
    address: (id: BrokerId) => PeerAddress,
    local: LocalController,
    reached: () => void,
  ) {
    this.environment = environment;
    this.self = introduction.nodeId as BrokerId;
    this.introduction = introduction;
    this.address = address;
    this.local = local;
    this.reached = reached;
  }

  /** Raft says who leads. */
  leaderChanged(leader: BrokerId | null): void {
    if (leader === this.leader) {
      return;
    }
    this.leader = leader;
    this.remote?.channel.close(true);
    this.remote = null;
    if (leader !== null && leader !== this.self) {
      const channel = new RequestChannel(
        this.environment,
        () => this.address(leader),
        this.introduction,
        {
          ready: () => {
            this.wakeAll();
            this.reached();
          },
        },
      );
      this.remote = { id: leader, channel };
    } else if (leader === this.self) {
      this.wakeAll();
    }
  }

  /** Whether a request would leave at once. */
  get ready(): boolean {
    return this.leader === this.self || (this.remote?.channel.ready ?? false);
  }

  /**
   * Sends `body` in the API's newest version; waits up to `timeout` ms for a controller to be known.
   * `answered` is called exactly once.
   */
  request<Request, Response>(
    api: Api<Request, Response>,
    body: Encodable<Request>,
    timeout: number,
    answered: (response: Response | null) => void,
  ): void {
    let open = true;
    let timer: TimerHandle | null = null;
    const finish = (response: Response | null): void => {
      if (open) {
        open = false;
        this.waiting.delete(attempt);
        if (timer !== null) {
          this.environment.timers.cancel(timer);
        }
        answered(response);
      }
    };
    const attempt = (): void => {
      this.waiting.delete(attempt);
      if (!open) {
        return;
      }
      if (!this.transmit(api, body, finish)) {
        this.waiting.add(attempt);
      }
    };
    timer = this.environment.timers.arm(timeout, () => finish(null));
    attempt();
  }

  /** Runs `task` after a short pause: the caller asks again, perhaps another controller. */
  later(task: () => void): void {
    this.environment.timers.arm(RETRY_MILLISECONDS, task);
  }

  close(): void {
    this.remote?.channel.close(true);
    this.waiting.clear();
  }

  private transmit<Request, Response>(
    api: Api<Request, Response>,
    body: Encodable<Request>,
    answered: (response: Response | null) => void,
  ): boolean {
    if (this.leader === this.self) {
      this.local(api as Api<unknown, unknown>, body, (response) => answered(response as Response));
      return true;
    }
    const version = api.request.versions[1];
    return this.remote?.channel.request(api, version, body, answered) ?? false;
  }

  private wakeAll(): void {
    for (const attempt of [...this.waiting]) {
      attempt();
    }
  }
}
