/**
 * One accepted connection: requests in, responses out in the order of the requests, whatever order
 * they finish in. Kafka handles one request of a connection at a time; here later requests start
 * while earlier ones wait for replication, which changes no order of appends and no answer.
 */

import { assert } from '../core/types/assert.js';
import type {
  ConnectionHandler,
  ConnectionId,
  Environment,
  Frame,
} from '../environment/environment.js';
import type { Api } from '../protocol/api-table.js';
import { ProtocolError } from '../protocol/errors.js';
import { decodeRequestHeader, encodeResponse, type RequestHeader } from '../protocol/frame.js';
import type { Encodable } from '../protocol/schema.js';
import type { Reapable, RequestBudget } from './connection-limits.js';
import type { ListenerLimits } from './listener-limits.js';

/** Unanswered requests of one connection; beyond it reading stops until some are answered. */
const MAXIMUM_INFLIGHT_REQUESTS = 100;
/** Unanswered request bytes of one connection, likewise. */
const MAXIMUM_INFLIGHT_BYTES = 16 * 1024 * 1024;

/** What the connection's owner does with a request. */
export type RequestSink = (request: IncomingRequest) => void;

/** A request that waits for its one answer. */
export class IncomingRequest {
  readonly connection: ServerConnection;
  readonly header: RequestHeader;
  readonly frame: Frame;
  /** Null while unanswered. */
  parts: readonly Uint8Array[] | null = null;
  sent: (() => void) | undefined;
  /** Called if the connection ends before the answer: nobody waits for it any more. */
  abandoned: (() => void) | null = null;
  private answered = false;

  constructor(connection: ServerConnection, header: RequestHeader, frame: Frame) {
    this.connection = connection;
    this.header = header;
    this.frame = frame;
  }

  /** Answers with the body of `api`; `sent` runs when its buffers are no longer needed. */
  respond<Request, Response>(
    api: Api<Request, Response>,
    body: Encodable<Response>,
    sent?: () => void,
  ): void {
    const { apiVersion, correlationId } = this.header;
    this.finish(encodeResponse(api, apiVersion, correlationId, body), sent);
  }

  /** Answers with a frame that is encoded already. */
  finish(parts: readonly Uint8Array[], sent?: () => void): void {
    assert(!this.answered, 'a request was answered twice');
    this.answered = true;
    this.parts = parts;
    this.sent = sent;
    this.connection.answered(this);
  }

  /** Produce with acks=0 and one-way frames: there is no answer. */
  finishSilently(): void {
    this.finish([]);
  }

  get isAnswered(): boolean {
    return this.answered;
  }

  /** The peer broke the protocol in a way that Kafka answers by hanging up. */
  hangUp(reason: string): void {
    this.connection.hangUp(reason, this);
  }
}

export class ServerConnection implements ConnectionHandler, Reapable {
  readonly id: ConnectionId;
  readonly remote: string;
  /** Name and version of the client's software (ApiVersions v3), for logs. */
  software = '';
  /** The client has asked for metadata before. */
  askedForMetadata = false;
  /** Partition that the last fetch had no room for (fetch-handler.ts). */
  leftOut: string | null = null;
  quietLooks = 0;
  readonly halfClosed?: (connection: ConnectionId) => void;
  private readonly environment: Environment;
  private readonly sink: RequestSink;
  private readonly ended: (connection: ServerConnection) => void;
  private readonly budget: RequestBudget | null;
  private readonly requests: IncomingRequest[] = [];
  private inflightBytes = 0;
  private paused = false;
  private congested = false;
  private gone = false;
  /** It ends once all before `offender` (null: all) is answered. */
  private ending = false;
  private offender: IncomingRequest | null = null;

  constructor(
    environment: Environment,
    id: ConnectionId,
    remote: string,
    sink: RequestSink,
    ended: (connection: ServerConnection) => void,
    limits: Pick<ListenerLimits, 'budget' | 'answersHalfClosed'>,
  ) {
    this.environment = environment;
    this.id = id;
    this.remote = remote;
    this.sink = sink;
    this.ended = ended;
    this.budget = limits.budget;
    if (limits.answersHalfClosed) {
      this.halfClosed = () => this.endWith(null);
    }
  }

  get isOpen(): boolean {
    return !this.gone;
  }

  /** Requests that have arrived and are not answered. */
  get pendingRequests(): number {
    return this.requests.length;
  }

  /** The client does not read what it asked for. */
  get isCongested(): boolean {
    return this.congested;
  }

  get mayBeReaped(): boolean {
    return this.requests.length === 0 || this.congested || this.ending;
  }

  reap(): void {
    this.environment.log('info', 'connection.idle', { remote: this.remote });
    this.environment.network.close(this.id, false);
  }

  frame(_connection: ConnectionId, frame: Frame): void {
    if (this.gone) {
      frame.release();
      return;
    }
    let request: IncomingRequest | null = null;
    try {
      request = new IncomingRequest(this, decodeRequestHeader(frame.bytes), frame);
      this.requests.push(request);
      this.inflightBytes += frame.bytes.length;
      this.budget?.take(frame.bytes.length);
      this.sink(request);
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
      if (request === null) {
        frame.release();
      }
      this.hangUp(error.message, request);
      return;
    }
    this.adjustReading();
  }

  closed(_connection: ConnectionId, reason: string): void {
    this.gone = true;
    for (const request of this.requests.splice(0)) {
      this.settle(request);
      request.sent?.();
      request.abandoned?.();
    }
    this.environment.log('debug', 'connection.closed', { remote: this.remote, reason });
    this.ended(this);
  }

  damaged(_connection: ConnectionId, reason: string): void {
    this.hangUp(reason, null);
  }

  drained(): void {
    this.congested = false;
    this.quietLooks = 0;
    this.adjustReading();
  }

  /** Called by a request when its answer is ready: sends all answers whose turn it is. */
  answered(request: IncomingRequest): void {
    request.abandoned = null;
    if (this.gone) {
      request.sent?.();
      return;
    }
    this.quietLooks = 0;
    while (this.requests.length > 0 && this.requests[0]!.parts !== null) {
      const next = this.requests[0]!;
      if (this.ending && next === this.offender) {
        break;
      }
      this.requests.shift();
      this.settle(next);
      if (next.parts!.length > 0) {
        const fast = this.environment.network.send(this.id, next.parts!, next.sent);
        this.congested ||= !fast;
      } else {
        next.sent?.();
      }
    }
    this.endIfDue();
    this.adjustReading();
  }

  /**
   * Hangs up because of `offender`, after the answers of what came before it, as a broker does that
   * handles one request of a connection at a time. Nothing that follows is looked at.
   */
  hangUp(reason: string, offender: IncomingRequest | null): void {
    if (this.gone || this.ending) {
      return;
    }
    this.environment.log('info', 'connection.refused', { remote: this.remote, reason });
    this.endWith(offender);
  }

  private endWith(offender: IncomingRequest | null): void {
    if (this.gone || this.ending) {
      return;
    }
    this.ending = true;
    this.offender = offender;
    this.endIfDue();
    this.adjustReading();
  }

  private endIfDue(): void {
    if (!this.ending) {
      return;
    }
    const { offender, requests } = this;
    const due =
      offender === null
        ? requests.length === 0
        : requests[0] === offender || !requests.includes(offender);
    if (due) {
      this.environment.network.close(this.id, true);
    }
  }

  private settle(request: IncomingRequest): void {
    const { length } = request.frame.bytes;
    this.inflightBytes -= length;
    this.budget?.give(length);
    request.frame.release();
  }

  private get isFull(): boolean {
    return (
      this.congested ||
      this.ending ||
      this.requests.length >= MAXIMUM_INFLIGHT_REQUESTS ||
      this.inflightBytes >= MAXIMUM_INFLIGHT_BYTES
    );
  }

  private adjustReading(): void {
    if (this.gone) {
      return;
    }
    const exhausted = this.budget?.isExhausted ?? false;
    if (this.isFull || exhausted) {
      if (!this.paused) {
        this.paused = true;
        this.environment.network.pause(this.id);
      }
      if (exhausted) {
        this.budget?.whenThereIsRoom(this.roomMade);
      }
      return;
    }
    if (this.paused) {
      this.paused = false;
      this.environment.network.resume(this.id);
    }
  }

  private readonly roomMade = (): void => this.adjustReading();
}
