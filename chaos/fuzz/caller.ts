/** Sound requests of the fuzzer itself, one after the other, over a connection that comes back. */

import type { Address } from '../../src/client/routes.js';
import type { Api } from '../../src/protocol/api-table.js';
import { joined } from '../../src/protocol/codec.js';
import { decodeCorrelationId, decodeResponse, encodeRequest } from '../../src/protocol/frame.js';
import type { Encodable } from '../../src/protocol/schema.js';
import { framed } from './cases.js';
import { RawConnection } from './raw-connection.js';

/** Milliseconds after which a broker that does not answer no longer serves. */
const PATIENCE_MS = 30_000;

/** The broker does not serve. */
export class NotServed extends Error {
  override readonly name: string = 'NotServed';
}

export class Caller {
  private readonly address: Address;
  private connection: RawConnection | null = null;
  private correlationId = 0;

  constructor(address: Address) {
    this.address = address;
  }

  async call<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
  ): Promise<Response> {
    if (this.connection === null || this.connection.isClosed) {
      this.connection = await RawConnection.open(this.address);
    }
    const { connection } = this;
    if (connection === null) {
      throw new NotServed(`${this.address.host}:${this.address.port} takes no connection`);
    }
    const correlationId = ++this.correlationId;
    const header = { correlationId, clientId: 'canary' };
    connection.send(framed(joined(encodeRequest(api, version, header, body))));
    const arrival = await connection.next(PATIENCE_MS);
    const frame = connection.frames.shift();
    if (frame === undefined || decodeCorrelationId(frame) !== correlationId) {
      this.close();
      throw new NotServed(`${api.name} ${version}: ${arrival}`);
    }
    return decodeResponse(api, version, frame).body;
  }

  close(): void {
    this.connection?.destroy();
    this.connection = null;
  }
}
