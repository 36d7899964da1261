/**
 * Frames of requests and responses, without the 4-byte length that the network puts before them:
 * header and body.
 */
import type { Api } from './apis.js';
import type { Encodable } from './schema.js';

export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** Where the body starts in the frame. */
  readonly bodyPosition: number;
}

/** A request frame in parts. */
export function encodeRequest<Request, Response>(
  api: Api<Request, Response>,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  body: Encodable<Request>,
): Uint8Array[] {
  throw new Error(`not built yet: ${api.name} ${version} ${header.clientId} ${body}`);
}

/**
 * The header of any request, also of an API or version that is not known here. For those
 * `bodyPosition` is where the classic header (v1) ends. Throws `ProtocolError`.
 */
export function decodeRequestHeader(frame: Uint8Array): RequestHeader {
  throw new Error(`not built yet: ${frame.length}`);
}

/** The body of a request whose header was decoded. Throws `ProtocolError`. */
export function decodeRequest<Request, Response>(
  api: Api<Request, Response>,
  header: RequestHeader,
  frame: Uint8Array,
): Request {
  throw new Error(`not built yet: ${api.name} ${header.apiVersion} ${frame.length}`);
}

/** A response frame in parts. */
export function encodeResponse<Request, Response>(
  api: Api<Request, Response>,
  version: number,
  correlationId: number,
  body: Encodable<Response>,
): Uint8Array[] {
  throw new Error(`not built yet: ${api.name} ${version} ${correlationId} ${body}`);
}

/** Every response frame starts with the correlation id of its request. Throws `ProtocolError`. */
export function decodeCorrelationId(frame: Uint8Array): number {
  throw new Error(`not built yet: ${frame.length}`);
}

/** A whole response frame to a request of `api` in `version`. Throws `ProtocolError`. */
export function decodeResponse<Request, Response>(
  api: Api<Request, Response>,
  version: number,
  frame: Uint8Array,
): { readonly correlationId: number; readonly body: Response } {
  throw new Error(`not built yet: ${api.name} ${version} ${frame.length}`);
}
