/** Connections to the Raft of the other nodes: one-way frames, kept open, dropped when not possible. */

import type { BrokerId } from '../core/types/ids.js';
import type { Environment } from '../environment/environment.js';
import { type Introduction, type PeerAddress, RequestChannel } from './request-channel.js';

/** How long the end of any connection counts against a node; its own channel says more after that. */
const SUSPICION_MILLISECONDS = 100;

export class Peers {
  private readonly suspects = new Map<BrokerId, number>();
  private readonly channels = new Map<BrokerId, RequestChannel>();
  private readonly environment: Environment;
  private readonly introduction: Introduction;
  private readonly address: (id: BrokerId) => PeerAddress;
  private readonly lost: (id: BrokerId) => void;

  /** `lost` hears when a peer's process seems to be gone. */
  constructor(
    environment: Environment,
    introduction: Introduction,
    address: (id: BrokerId) => PeerAddress,
    lost: (id: BrokerId) => void,
  ) {
    this.environment = environment;
    this.introduction = introduction;
    this.address = address;
    this.lost = lost;
  }

  /** Keeps a connection to each of these. */
  connect(ids: readonly BrokerId[]): void {
    for (const id of ids) {
      this.channel(id);
    }
  }

  /** Sends, or drops: Raft sends again what matters. */
  send(id: BrokerId, frame: readonly Uint8Array[]): void {
    this.channel(id).oneWay(frame);
  }

  /** The node's process does not run, as far as can be seen from here. */
  isGone(id: BrokerId): boolean {
    return this.channels.get(id)?.gone ?? false;
  }

  /** Some connection with the node broke just now. */
  suspect(id: BrokerId): void {
    this.suspects.set(id, this.environment.clock.monotonic() + SUSPICION_MILLISECONDS);
  }

  /** A connection with the node broke and is not back: it may be gone, or cut off from here. */
  isSuspect(id: BrokerId): boolean {
    const until = this.suspects.get(id) ?? 0;
    if (until > this.environment.clock.monotonic()) {
      return true;
    }
    return this.channels.get(id)?.broken ?? false;
  }

  close(): void {
    for (const channel of this.channels.values()) {
      channel.close(true);
    }
  }

  private channel(id: BrokerId): RequestChannel {
    let channel = this.channels.get(id);
    if (channel === undefined) {
      channel = new RequestChannel(this.environment, () => this.address(id), this.introduction, {
        lost: () => this.lost(id),
      });
      this.channels.set(id, channel);
    }
    return channel;
  }
}
