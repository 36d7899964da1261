/**
 * Requests from this broker to another over one connection, answered in order: what the follower's
 * fetcher and the channel to the controller are built on. The connection comes back by itself; a
 * request that was under way when it broke is answered with null: outcome unknown.
 */

import type { Uuid } from '../core/types/ids.js';
import type { ConnectionId, Environment, Frame } from '../environment/environment.js';
import type { Api } from '../protocol/api-table.js';
import { helloApi } from '../protocol/apis.js';
import { ErrorCode, ProtocolError } from '../protocol/errors.js';
import { decodeResponse, encodeRequest } from '../protocol/frame.js';
import type { Encodable } from '../protocol/schema.js';

const FIRST_RECONNECT_MILLISECONDS = 10;
const LAST_RECONNECT_MILLISECONDS = 250;
const REFUSED = 'ECONNREFUSED';
const MAXIMUM_RESPONSE_BYTES = 128 * 1024 * 1024;

export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** Who speaks, as the first frame on an internal connection says. */
export interface Introduction {
  readonly clusterId: string;
  readonly nodeId: number;
  readonly directoryId: Uuid;
  /** Where the caller's own internal listener is. */
  readonly host: string;
  readonly port: number;
  readonly purpose: 'raft' | 'fetch' | 'controller' | 'confirm';
}

interface Pending {
  readonly correlationId: number;
  readonly deliver: (frame: Frame | null) => void;
}

export interface RequestChannelEvents {
  /** The peer took the introduction: requests may be sent. */
  ready?(): void;
  /** The connection, once ready, is gone. `refused`: nobody listens there any more. */
  lost?(reason: string): void;
}

export class RequestChannel {
  private readonly environment: Environment;
  private readonly address: () => PeerAddress;
  private readonly introduction: Introduction;
  private readonly events: RequestChannelEvents;
  private readonly pending: Pending[] = [];
  private connection: ConnectionId | null = null;
  private isReady = false;
  private refused = false;
  private wasReady = false;
  private closedForGood = false;
  private delay = FIRST_RECONNECT_MILLISECONDS;
  private correlationId = 0;

  constructor(
    environment: Environment,
    address: () => PeerAddress,
    introduction: Introduction,
    events: RequestChannelEvents,
  ) {
    this.environment = environment;
    this.address = address;
    this.introduction = introduction;
    this.events = events;
    this.open();
  }

  get ready(): boolean {
    return this.isReady;
  }

  /** Nobody listened there at the last attempt: the peer's process is not running. */
  get gone(): boolean {
    return this.refused;
  }

  /** The peer was reached before and is not now. */
  get broken(): boolean {
    return this.wasReady && !this.isReady;
  }

  /**
   * Sends a request if the channel is ready; `answered` gets the response, or null when the connection
   * broke first. The frame behind the response is released when `answered` returns, unless retained.
   */
  request<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
    answered: (response: Response | null, frame: Frame | null) => void,
  ): boolean {
    if (!this.isReady) {
      return false;
    }
    this.transmit(api, version, body, answered);
    return true;
  }

  /** Sends a frame that has no answer, if the channel is ready. */
  oneWay(parts: readonly Uint8Array[]): boolean {
    if (!this.isReady || this.connection === null) {
      return false;
    }
    this.environment.network.send(this.connection, parts);
    return true;
  }

  /** Ends the connection; a new one is made unless `forGood`. */
  close(forGood: boolean): void {
    this.closedForGood ||= forGood;
    if (this.connection !== null) {
      this.environment.network.close(this.connection, false);
    }
  }

  private transmit<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
    answered: (response: Response | null, frame: Frame | null) => void,
  ): void {
    const correlationId = this.correlationId++ & 0x7fffffff;
    const deliver = (frame: Frame | null): void => {
      answered(frame === null ? null : decodeResponse(api, version, frame.bytes).body, frame);
    };
    this.pending.push({ correlationId, deliver });
    const header = { correlationId, clientId: `broker-${this.introduction.nodeId}` };
    this.environment.network.send(this.connection!, encodeRequest(api, version, header, body));
  }

  private open(): void {
    if (this.closedForGood) {
      return;
    }
    const { host, port } = this.address();
    this.connection = this.environment.network.connect(host, port, MAXIMUM_RESPONSE_BYTES, {
      connected: () => {
        this.refused = false;
        this.introduce();
      },
      frame: (connection, frame) => this.received(connection, frame),
      closed: (connection, reason) => this.closed(connection, reason),
    });
  }

  private introduce(): void {
    this.transmit(helloApi, 0, this.introduction, (response) => {
      if (response === null) {
        return;
      }
      if (response.errorCode !== ErrorCode.NONE) {
        this.environment.log('error', 'peer.refused', { reason: response.errorMessage });
        this.delay = LAST_RECONNECT_MILLISECONDS;
        this.close(false);
        return;
      }
      this.delay = FIRST_RECONNECT_MILLISECONDS;
      this.isReady = true;
      this.wasReady = true;
      this.events.ready?.();
    });
  }

  private received(connection: ConnectionId, frame: Frame): void {
    if (connection !== this.connection) {
      frame.release();
      return;
    }
    const next = this.pending.shift();
    try {
      if (next === undefined) {
        throw new ProtocolError('a response that nobody asked for');
      }
      next.deliver(frame);
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
      this.environment.log('error', 'peer.damaged', { reason: error.message });
      next?.deliver(null);
      this.close(false);
    } finally {
      frame.release();
    }
  }

  private closed(connection: ConnectionId, reason: string): void {
    if (connection !== this.connection) {
      return;
    }
    this.connection = null;
    const wasReady = this.isReady;
    this.isReady = false;
    this.refused = reason === REFUSED;
    for (const pending of this.pending.splice(0)) {
      pending.deliver(null);
    }
    if (wasReady || this.refused) {
      this.events.lost?.(reason);
    }
    if (!this.closedForGood) {
      this.environment.timers.arm(this.delay, () => this.open());
      this.delay = Math.min(this.delay * 2, LAST_RECONNECT_MILLISECONDS);
    }
  }
}
