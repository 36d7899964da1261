/** A socket to a broker: any bytes go out, frames come in. */

import net from 'node:net';
import type { Address } from '../../src/client/routes.js';

export type Arrival = 'frame' | 'closed' | 'late';

export class RawConnection {
  /** Frames that came and were not taken. */
  readonly frames: Buffer[] = [];
  isClosed = false;
  private readonly socket: net.Socket;
  private rest: Buffer = Buffer.alloc(0);
  private wake: (() => void) | null = null;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.received(chunk));
    const ended = (): void => {
      this.isClosed = true;
      this.wake?.();
    };
    socket.on('error', ended);
    socket.on('end', ended);
    socket.on('close', ended);
  }

  /** Null: nobody listens, or it was refused. */
  static open({ host, port }: Address): Promise<RawConnection | null> {
    return new Promise((resolve) => {
      const socket = net.connect({ host, port, allowHalfOpen: true });
      socket.once('error', () => resolve(null));
      socket.once('connect', () => resolve(new RawConnection(socket)));
    });
  }

  send(bytes: Uint8Array): void {
    if (!this.isClosed) {
      this.socket.write(bytes);
    }
  }

  /** Nothing follows from this side. */
  halfClose(): void {
    this.socket.end();
  }

  destroy(): void {
    this.isClosed = true;
    this.socket.destroy();
  }

  /** Waits for a frame or the end, for at most `patience` milliseconds. */
  next(patience: number): Promise<Arrival> {
    const known = this.known();
    if (known !== null) {
      return Promise.resolve(known);
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.wake = null;
        resolve('late');
      }, patience);
      this.wake = () => {
        const arrival = this.known();
        if (arrival !== null) {
          this.wake = null;
          clearTimeout(timer);
          resolve(arrival);
        }
      };
    });
  }

  private known(): Arrival | null {
    return this.frames.length > 0 ? 'frame' : this.isClosed ? 'closed' : null;
  }

  private received(chunk: Buffer): void {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= 4) {
      const length = this.rest.readInt32BE(0);
      if (length < 0 || this.rest.length < 4 + length) {
        break;
      }
      this.frames.push(this.rest.subarray(4, 4 + length));
      this.rest = this.rest.subarray(4 + length);
    }
    this.wake?.();
  }
}
