/** A listener of this broker and the connections that it accepted. */

import type { ConnectionId, Environment } from '../environment/environment.js';
import type { ListenerLimits } from './listener-limits.js';
import type { PeerAddress } from './request-channel.js';
import { type RequestSink, ServerConnection } from './server-connection.js';

export interface ListenerEvents {
  readonly sink: RequestSink;
  ended(connection: ServerConnection): void;
  listening(port: number): void;
  /** One clear line. */
  failed(reason: string): void;
}

export class Listener {
  readonly connections: Set<ServerConnection> = new Set();
  private readonly environment: Environment;
  private readonly limits: ListenerLimits;
  private readonly events: ListenerEvents;

  private serving: boolean;
  /** Connections that came before this broker could serve: what they sent waits. */
  private readonly early: ConnectionId[] = [];

  /** `serving` false: nothing is read from connections before `serve`. */
  constructor(
    environment: Environment,
    limits: ListenerLimits,
    events: ListenerEvents,
    serving: boolean,
  ) {
    this.environment = environment;
    this.limits = limits;
    this.events = events;
    this.serving = serving;
  }

  /** From now on what connections send is read. */
  serve(): void {
    this.serving = true;
    for (const id of this.early.splice(0)) {
      this.environment.network.resume(id);
    }
  }

  open(address: PeerAddress): void {
    const { network } = this.environment;
    network.listen(
      { ...address, ...this.limits },
      (id, remote) => {
        const connection = new ServerConnection(
          this.environment,
          id,
          remote,
          this.events.sink,
          (ended) => {
            this.connections.delete(ended);
            this.events.ended(ended);
          },
          this.limits,
        );
        this.connections.add(connection);
        if (this.countFrom(addressOf(remote)) > this.limits.maxConnectionsPerAddress) {
          this.environment.log('info', 'connection.refused', { remote, reason: 'too many' });
          // The network knows the connection only when this returns.
          this.environment.atTurnEnd(() => network.close(id, false));
        }
        if (!this.serving) {
          this.hold(id);
        }
        return connection;
      },
      {
        listening: (port) => this.events.listening(port),
        failed: (code, reason) => {
          const { host, port } = address;
          this.events.failed(
            code === 'EADDRINUSE'
              ? `${host}:${port} is in use by another process; choose another port or end that process`
              : `cannot listen on ${host}:${port}: ${reason}`,
          );
        },
      },
    );
  }

  private hold(id: ConnectionId): void {
    this.early.push(id);
    // The network knows the connection only when `accept` has returned.
    this.environment.atTurnEnd(() => {
      if (!this.serving) {
        this.environment.network.pause(id);
      }
    });
  }

  private countFrom(address: string): number {
    if (this.connections.size <= this.limits.maxConnectionsPerAddress) {
      return 0;
    }
    let count = 0;
    for (const { remote } of this.connections) {
      count += addressOf(remote) === address ? 1 : 0;
    }
    return count;
  }

  closeAll(): void {
    for (const connection of this.connections) {
      this.environment.network.close(connection.id, true);
    }
  }
}

/** `remote` without its port. */
function addressOf(remote: string): string {
  const colon = remote.lastIndexOf(':');
  return colon < 0 ? remote : remote.slice(0, colon);
}
