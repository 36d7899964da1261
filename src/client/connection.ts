/**
 * One connection to one broker: requests go out in call order, answers come back in that order
 * (Kafka answers a connection in order) and are matched by correlation id.
 */

import { assert } from '../core/types/assert.js';
import type { ConnectionId, Frame, Network, Timers } from '../environment/environment.js';
import type { Api } from '../protocol/api-table.js';
import { ProtocolError } from '../protocol/errors.js';
import { decodeResponse, encodeRequest } from '../protocol/frame.js';
import type { Encodable } from '../protocol/schema.js';
import type { ClientError, OwnErrorName } from './outcomes.js';

/** What of the world a client needs. */
export interface ClientWorld {
  readonly network: Network;
  readonly timers: Timers;
}

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  /** A longer answer closes the connection. */
  readonly maxFrameBytes: number;
}

export type CallResult<Response> =
  | { readonly type: 'answered'; readonly body: Response }
  /** The request was never handed to the network. */
  | { readonly type: 'notSent'; readonly error: ClientError }
  /** It was, and no usable answer came: the broker may have acted on it. */
  | { readonly type: 'lost'; readonly error: ClientError };

interface Call {
  readonly correlationId: number;
  readonly parts: readonly Uint8Array[];
  /** Milliseconds from the call to the answer. */
  readonly timeout: number;
  timer: number;
  sent: boolean;
  /** Reads the answer and reports it. Throws `ProtocolError`. */
  readonly answer: (frame: Uint8Array) => void;
  readonly fail: (result: { type: 'notSent' | 'lost'; error: ClientError }) => void;
}

export function ownError(name: OwnErrorName, message: string): ClientError {
  return { name, code: 0, message };
}

export class BrokerConnection {
  private readonly world: ClientWorld;
  private readonly options: ConnectionOptions;
  private readonly onClosed: () => void;
  private readonly connection: ConnectionId;
  /** Oldest first. Calls before the connection stands are queued here unsent. */
  private calls: Call[] = [];
  /** Requests without an answer that wait for the connection to stand. */
  private untold: (readonly Uint8Array[])[] = [];
  private nextCorrelationId = 0;
  private connected = false;
  private closed = false;

  constructor(world: ClientWorld, options: ConnectionOptions, onClosed: () => void) {
    assert(options.port > 0, 'a broker has a port');
    this.world = world;
    this.options = options;
    this.onClosed = onClosed;
    this.connection = world.network.connect(options.host, options.port, options.maxFrameBytes, {
      connected: () => this.becomeConnected(),
      frame: (_connection, frame) => this.receive(frame),
      closed: (_connection, reason) => this.end('disconnected', reason),
    });
  }

  isClosed(): boolean {
    return this.closed;
  }

  /** Requests that were sent or queued and are not answered. */
  inFlight(): number {
    return this.calls.length;
  }

  /**
   * Sends one request. `done` is called once, never from within this call. A call that times out
   * closes the connection: its answer might otherwise be taken for the next one's, and what is in
   * flight behind it could not be answered before it anyway.
   */
  call<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
    timeout: number,
    done: (result: CallResult<Response>) => void,
  ): void {
    assert(!this.closed, 'a closed connection takes no calls');
    const correlationId = this.takeCorrelationId();
    const call: Call = {
      correlationId,
      parts: encodeRequest(api, version, { correlationId, clientId: this.options.clientId }, body),
      timeout,
      timer: 0,
      sent: false,
      answer: (frame) => {
        const answer = decodeResponse(api, version, frame);
        if (answer.correlationId !== correlationId) {
          throw new ProtocolError(`answer ${answer.correlationId} to request ${correlationId}`);
        }
        done({ type: 'answered', body: answer.body });
      },
      fail: done,
    };
    this.enqueue(call);
  }

  /** Sends a request that has no answer (Produce with acks=0). */
  tell<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
  ): void {
    assert(!this.closed, 'a closed connection takes no requests');
    const header = { correlationId: this.takeCorrelationId(), clientId: this.options.clientId };
    const parts = encodeRequest(api, version, header, body);
    if (this.connected) {
      this.world.network.send(this.connection, parts);
    } else {
      this.untold.push(parts);
    }
  }

  /** Gives up what is in flight and closes at once. */
  close(): void {
    this.end('client-closed', 'closed by the client');
  }

  private takeCorrelationId(): number {
    const correlationId = this.nextCorrelationId;
    this.nextCorrelationId = (correlationId + 1) % 0x7fff_ffff;
    return correlationId;
  }

  private enqueue(call: Call): void {
    this.calls.push(call);
    call.timer = this.world.timers.arm(call.timeout, () => this.expire(call));
    if (this.connected) {
      this.send(call);
    }
  }

  private send(call: Call): void {
    assert(!call.sent, 'a request is sent once');
    call.sent = true;
    this.world.network.send(this.connection, call.parts);
  }

  private becomeConnected(): void {
    if (this.closed) {
      return;
    }
    this.connected = true;
    for (const parts of this.untold) {
      this.world.network.send(this.connection, parts);
    }
    this.untold = [];
    // A simulated broker may answer, and a caller call again, while this goes on.
    for (const call of this.calls.filter(({ sent }) => !sent)) {
      if (!this.closed) {
        this.send(call);
      }
    }
  }

  private expire(call: Call): void {
    assert(this.calls.includes(call), 'only a waiting call has a timer');
    this.calls = this.calls.filter((waiting) => waiting !== call);
    const address = `${this.options.host}:${this.options.port}`;
    const message = `no answer from ${address} in ${call.timeout} ms`;
    call.fail({
      type: call.sent ? 'lost' : 'notSent',
      error: ownError(call.sent ? 'request-timed-out' : 'not-connected', message),
    });
    this.end('disconnected', message);
  }

  private receive(frame: Frame): void {
    const call = this.calls.shift();
    try {
      if (this.closed) {
        return;
      }
      if (call === undefined) {
        this.end('malformed-answer', 'an answer that nobody asked for');
        return;
      }
      this.world.timers.cancel(call.timer);
      this.answerWith(call, frame);
    } finally {
      frame.release();
    }
  }

  private answerWith(call: Call, frame: Frame): void {
    try {
      call.answer(frame.bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
      call.fail({ type: 'lost', error: ownError('malformed-answer', error.message) });
      this.end('malformed-answer', error.message);
    }
  }

  private end(name: OwnErrorName, reason: string): void {
    if (this.closed) {
      return;
    }
    this.closed = true;
    const calls = this.calls;
    this.calls = [];
    this.world.network.close(this.connection, false);
    this.onClosed();
    for (const call of calls) {
      this.world.timers.cancel(call.timer);
      call.fail(
        call.sent
          ? { type: 'lost', error: ownError(name, reason) }
          : { type: 'notSent', error: ownError('not-connected', reason) },
      );
    }
  }
}
