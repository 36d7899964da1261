/**
 * Frames of requests and responses, without the 4-byte length that the network puts before them:
 * header and body. Flexible versions (KIP-482) have request header v2 and response header v1, the
 * others v1 and v0.
 */
import type { Api } from './api-table.js';
import { apiVersionsApi, findApi } from './apis.js';
import { isFlexible, readMessage, writeMessage } from './codec.js';
import { ProtocolError } from './errors.js';
import { readInt16, readInt32, skipTaggedFields, startReader } from './reader.js';
import type { Encodable } from './schema.js';
import { requestHeader, responseHeader } from './schemas/data.js';
import { finishWriter, startWriter } from './writer.js';

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
  const writer = startWriter();
  writeMessage(requestHeader, isFlexible(api.request, version) ? 2 : 1, writer, {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId: header.correlationId,
    clientId: header.clientId,
  });
  writeMessage(api.request, version, writer, body);
  return finishWriter(writer);
}

/**
 * The header of any request, also of an API or version that is not known here: an unknown version
 * of a known API has the header of its newest one, an unknown API the classic header (v1). Throws
 * `ProtocolError`.
 */
export function decodeRequestHeader(frame: Uint8Array): RequestHeader {
  const reader = startReader(frame, 0);
  const apiKey = readInt16(reader);
  const apiVersion = readInt16(reader);
  const api = findApi(apiKey);
  const flexible = api !== undefined && isFlexible(api.request, apiVersion);
  reader.position = 0;
  const fields = readMessage(requestHeader, flexible ? 2 : 1, reader);
  return {
    apiKey,
    apiVersion,
    correlationId: fields.correlationId,
    clientId: fields.clientId,
    bodyPosition: reader.position,
  };
}

/**
 * The body of a request whose header was decoded; `header.apiVersion` must be a version of the
 * API's schema. Bytes behind it are ignored, as by Kafka: librdkafka 2.16 sends one too many with a
 * Metadata v9 for all topics. Throws `ProtocolError`.
 */
export function decodeRequest<Request, Response>(
  api: Api<Request, Response>,
  header: RequestHeader,
  frame: Uint8Array,
): Request {
  return readMessage(api.request, header.apiVersion, startReader(frame, header.bodyPosition));
}

/**
 * Whether the response to `version` has header v1. ApiVersions never has (KIP-511): a client must be
 * able to read the answer of a broker that does not know its version, and falls back to v0.
 */
function hasTaggedHeader(api: Api, version: number): boolean {
  return api.key !== apiVersionsApi.key && isFlexible(api.response, version);
}

/** A response frame in parts. */
export function encodeResponse<Request, Response>(
  api: Api<Request, Response>,
  version: number,
  correlationId: number,
  body: Encodable<Response>,
): Uint8Array[] {
  const writer = startWriter();
  const headerVersion = hasTaggedHeader(api, version) ? 1 : 0;
  writeMessage(responseHeader, headerVersion, writer, { correlationId });
  writeMessage(api.response, version, writer, body);
  return finishWriter(writer);
}

/** Every response frame starts with the correlation id of its request. Throws `ProtocolError`. */
export function decodeCorrelationId(frame: Uint8Array): number {
  return readInt32(startReader(frame, 0));
}

/** A whole response frame to a request of `api` in `version`. Throws `ProtocolError`. */
export function decodeResponse<Request, Response>(
  api: Api<Request, Response>,
  version: number,
  frame: Uint8Array,
): { readonly correlationId: number; readonly body: Response } {
  const reader = startReader(frame, 0);
  const correlationId = readInt32(reader);
  if (hasTaggedHeader(api, version)) {
    skipTaggedFields(reader);
  }
  const body = readMessage(api.response, version, reader);
  if (reader.position !== frame.length) {
    throw new ProtocolError(
      `${api.response.name} ${version} ends at ${reader.position} of ${frame.length} bytes`,
    );
  }
  return { correlationId, body };
}
