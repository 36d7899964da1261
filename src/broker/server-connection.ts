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
import type { Api } from '../protocol/apis.js';
import { ProtocolError } from '../protocol/errors.js';
import { decodeRequestHeader, encodeResponse, type RequestHeader } from '../protocol/frame.js';
import type { Encodable } from '../protocol/schema.js';

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
    this.connection.hangUp(reason);
  }
}

export class ServerConnection implements ConnectionHandler {
  readonly id: ConnectionId;
  readonly remote: string;
  /** Name and version of the client's software (ApiVersions v3), for logs. */
  software = '';
  private readonly environment: Environment;
  private readonly sink: RequestSink;
  private readonly ended: (connection: ServerConnection) => void;
  private readonly requests: IncomingRequest[] = [];
  private inflightBytes = 0;
  private paused = false;
  private congested = false;
  private gone = false;

  constructor(
    environment: Environment,
    id: ConnectionId,
    remote: string,
    sink: RequestSink,
    ended: (connection: ServerConnection) => void,
  ) {
    this.environment = environment;
    this.id = id;
    this.remote = remote;
    this.sink = sink;
    this.ended = ended;
  }

  get isOpen(): boolean {
    return !this.gone;
  }

  /** Requests that have arrived and are not answered. */
  get pendingRequests(): number {
    return this.requests.length;
  }

  frame(_connection: ConnectionId, frame: Frame): void {
    if (this.gone) {
      frame.release();
      return;
    }
    let request: IncomingRequest;
    try {
      request = new IncomingRequest(this, decodeRequestHeader(frame.bytes), frame);
      this.requests.push(request);
      this.inflightBytes += frame.bytes.length;
      this.sink(request);
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
      this.hangUp(error.message);
      return;
    }
    this.adjustReading();
  }

  closed(_connection: ConnectionId, reason: string): void {
    this.gone = true;
    for (const request of this.requests.splice(0)) {
      request.frame.release();
      request.sent?.();
    }
    this.environment.log('debug', 'connection.closed', { remote: this.remote, reason });
    this.ended(this);
  }

  drained(): void {
    this.congested = false;
    this.adjustReading();
  }

  /** Called by a request when its answer is ready: sends all answers whose turn it is. */
  answered(request: IncomingRequest): void {
    if (this.gone) {
      request.sent?.();
      return;
    }
    while (this.requests.length > 0 && this.requests[0]!.parts !== null) {
      const next = this.requests.shift()!;
      this.inflightBytes -= next.frame.bytes.length;
      next.frame.release();
      if (next.parts!.length > 0) {
        const fast = this.environment.network.send(this.id, next.parts!, next.sent);
        this.congested ||= !fast;
      } else {
        next.sent?.();
      }
    }
    this.adjustReading();
  }

  hangUp(reason: string): void {
    if (!this.gone) {
      this.environment.log('info', 'connection.refused', { remote: this.remote, reason });
      this.environment.network.close(this.id, false);
    }
  }

  private adjustReading(): void {
    const full =
      this.congested ||
      this.requests.length >= MAXIMUM_INFLIGHT_REQUESTS ||
      this.inflightBytes >= MAXIMUM_INFLIGHT_BYTES;
    if (full === this.paused || this.gone) {
      return;
    }
    this.paused = full;
    if (full) {
      this.environment.network.pause(this.id);
    } else {
      this.environment.network.resume(this.id);
    }
  }
}
