import { describe, expect, it } from 'vitest';
import {
  advertisedApis,
  allApis,
  apiVersionsApi,
  fetchApi,
  findApi,
  heartbeatApi,
  helloApi,
  isServed,
  metadataApi,
  produceApi,
  raftMessageApi,
  readTopicApi,
} from './apis.js';
import { joined } from './codec.js';
import { errorInfo } from './error-table.js';
import { ErrorCode, ProtocolError } from './errors.js';
import {
  decodeCorrelationId,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from './frame.js';

const hex = (parts: readonly Uint8Array[]): string => Buffer.from(joined(parts)).toString('hex');
const bytes = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const header = { correlationId: 7, clientId: 'c' };

describe('request frames', () => {
  it('have a tagged section in the header exactly from the flexible version on', () => {
    // Key 12, version, correlation id 7, classic client id even where the body is compact.
    const heartbeat = { groupId: 'g', generationId: 1, memberId: 'm' };
    expect(hex(encodeRequest(heartbeatApi, 3, header, heartbeat))).toBe(
      `000c00030000000700 0163 000167 00000001 00016d ffff`.replaceAll(' ', ''),
    );
    expect(hex(encodeRequest(heartbeatApi, 4, header, heartbeat))).toBe(
      `000c000400000007 000163 00 0267 00000001 026d 00 00`.replaceAll(' ', ''),
    );
  });

  it('come back as they were sent, with and without a client id', () => {
    for (const version of [4, 9]) {
      for (const clientId of ['client', '', null]) {
        const frame = joined(
          encodeRequest(metadataApi, version, { correlationId: -1, clientId }, { topics: null }),
        );
        const decoded = decodeRequestHeader(frame);
        expect(decoded).toMatchObject({
          apiKey: 3,
          apiVersion: version,
          correlationId: -1,
          clientId,
        });
        expect(decodeRequest(metadataApi, decoded, frame).topics).toBe(null);
      }
    }
  });

  it('keep unknown tagged fields of the header out of the body', () => {
    const frame = bytes('000c 0004 00000007 0000 01 05 02 abcd 0267 00000001 026d 00 00');
    const decoded = decodeRequestHeader(frame);
    expect(decodeRequest(heartbeatApi, decoded, frame)).toMatchObject({ groupId: 'g' });
  });

  it('of an unknown API or version still have a readable header', () => {
    expect(decodeRequestHeader(bytes('01f4 0009 00000005 000161'))).toEqual({
      apiKey: 500,
      apiVersion: 9,
      correlationId: 5,
      clientId: 'a',
      bodyPosition: 11,
    });
    const newest = decodeRequestHeader(bytes('0012 0063 00000005 000161 00 02'));
    expect(newest).toMatchObject({ apiVersion: 99, bodyPosition: 12 });
    for (const text of ['', '0012', '0012 0003 00000005 0009 61', '0012 0003 00000005 fffe']) {
      expect(() => decodeRequestHeader(bytes(text)), text).toThrow(ProtocolError);
    }
  });
});

describe('response frames', () => {
  it('have a tagged section in the header from the flexible version on', () => {
    expect(hex(encodeResponse(heartbeatApi, 3, 7, { errorCode: 25 }))).toBe('00000007000000000019');
    const flexible = encodeResponse(heartbeatApi, 4, 7, { errorCode: 25 });
    expect(hex(flexible)).toBe('0000000700000000000019 00'.replaceAll(' ', ''));
    expect(decodeResponse(heartbeatApi, 4, joined(flexible))).toEqual({
      correlationId: 7,
      body: { throttleTimeMs: 0, errorCode: 25 },
    });
    expect(decodeCorrelationId(joined(flexible))).toBe(7);
  });

  it('of ApiVersions never have one, although the request header has (KIP-511)', () => {
    const request = joined(encodeRequest(apiVersionsApi, 3, header, {}));
    expect(decodeRequestHeader(request).bodyPosition).toBe(12);
    const apiKeys = [{ apiKey: 18, minVersion: 0, maxVersion: 3 }];
    const response = encodeResponse(apiVersionsApi, 3, 7, { apiKeys });
    // Correlation id, error 0, one API, no throttle, no tags: the error is right behind the id.
    expect(hex(response)).toBe(
      '00000007 0000 02 0012 0000 0003 00 00000000 00'.replaceAll(' ', ''),
    );
    expect(decodeResponse(apiVersionsApi, 3, joined(response)).body.apiKeys).toEqual(apiKeys);
  });

  it('to an unknown version of ApiVersions can be written in the layout of v0', () => {
    const body = {
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 3 }],
    };
    expect(hex(encodeResponse(apiVersionsApi, 0, 7, body))).toBe(
      '00000007 0023 00000001 0012 0000 0003'.replaceAll(' ', ''),
    );
  });

  it('with bytes behind the body are refused', () => {
    const frame = joined(encodeResponse(heartbeatApi, 4, 7, {}));
    const longer = Buffer.concat([frame, Buffer.of(0)]);
    expect(() => decodeResponse(heartbeatApi, 4, longer)).toThrow(ProtocolError);
  });
});

describe('the table of APIs', () => {
  it('advertises what is implemented, in the ranges that the known clients need', () => {
    expect(
      advertisedApis().map(
        ({ apiKey, minVersion, maxVersion }) => `${apiKey}:${minVersion}-${maxVersion}`,
      ),
    ).toEqual([
      ...['0:0-7', '1:4-12', '2:1-5', '3:4-9', '8:2-8', '9:1-8', '10:0-4', '11:0-6', '12:0-4'],
      ...[
        '13:0-4',
        '14:0-4',
        '15:0-5',
        '16:0-4',
        '18:0-3',
        '19:2-7',
        '20:1-6',
        '21:0-2',
        '22:0-3',
        '23:2-4',
        '32:1-4',
        '33:0-2',
        '35:1-4',
        '37:0-2',
        '42:0-2',
      ],
      ...['43:0-2', '44:0-1', '45:0-1', '46:0-0', '47:0-0', '55:0-2', '60:0-1', '80:0-1', '81:0-0'],
    ]);
  });

  it('advertises Produce from 0 for librdkafka and serves it from 3 (KAFKA-18659)', () => {
    expect(isServed(produceApi, 2)).toBe(false);
    expect(isServed(produceApi, 3)).toBe(true);
    expect(isServed(produceApi, 8)).toBe(false);
    expect(isServed(fetchApi, 4)).toBe(true);
  });

  it('serves no version without a schema, and nothing internal to clients', () => {
    for (const api of allApis()) {
      expect(findApi(api.key)).toBe(api);
      if (api.internal) {
        expect([api.advertised, api.served]).toEqual([null, null]);
      }
      if (api.key >= 10_000) {
        // What Kafka does not know is told to no one who asks what there is.
        expect(api.advertised).toBe(null);
      }
      if (api.served !== null) {
        for (const schema of [api.request, api.response]) {
          expect(schema.versions[0]).toBeLessThanOrEqual(api.served[0]);
          expect(schema.versions[1]).toBeGreaterThanOrEqual(api.served[1]);
        }
      }
    }
    const own = [helloApi, raftMessageApi, readTopicApi];
    expect(own.map(({ key }) => key)).toEqual([10_000, 10_001, 10_002]);
    expect(own.map(({ served }) => served)).toEqual([null, null, [0, 0]]);
  });
});

describe('error codes', () => {
  it('are all described, once each', () => {
    const names = Object.keys(ErrorCode) as (keyof typeof ErrorCode)[];
    expect(names.length).toBe(138);
    for (const name of names) {
      expect(errorInfo(ErrorCode[name])).toMatchObject({ name, code: ErrorCode[name] });
      expect(errorInfo(ErrorCode[name]).message).toMatch(/^.{5,120}\.$/);
    }
    expect(errorInfo(31_000).name).toBe('UNKNOWN_SERVER_ERROR');
  });

  it('are retriable where Kafka says so', () => {
    const retriable = (name: keyof typeof ErrorCode): boolean =>
      errorInfo(ErrorCode[name]).retriable;
    expect(retriable('NOT_LEADER_OR_FOLLOWER')).toBe(true);
    expect(retriable('NOT_ENOUGH_REPLICAS_AFTER_APPEND')).toBe(true);
    expect(retriable('COORDINATOR_LOAD_IN_PROGRESS')).toBe(true);
    expect(retriable('OUT_OF_ORDER_SEQUENCE_NUMBER')).toBe(false);
    expect(retriable('REBALANCE_IN_PROGRESS')).toBe(false);
    expect(retriable('NONE')).toBe(false);
  });
});
