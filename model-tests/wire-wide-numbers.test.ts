/** Numbers of more than 53 bits, which no client means: answered as in Kafka, never a reason to hang up. */

import { describe, expect, test } from 'vitest';
import type { Api } from '../src/protocol/api-table.js';
import {
  createTopicsApi,
  deleteRecordsApi,
  fetchApi,
  findCoordinatorApi,
  offsetCommitApi,
  offsetFetchApi,
} from '../src/protocol/apis.js';
import { joined } from '../src/protocol/codec.js';
import { ErrorCode } from '../src/protocol/errors.js';
import { encodeRequest } from '../src/protocol/frame.js';
import type { Encodable } from '../src/protocol/schema.js';
import { WireWorld } from './wire-world.js';

/** Stands in a request for the number that is written over it. */
const MARK = 0x0012_3456_789a_bcde;

const wire = new WireWorld();
wire.connect().call(createTopicsApi, 7, {
  topics: [{ name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
  timeoutMs: 1000,
});
wire.until(
  () => wire.connect().call(findCoordinatorApi, 0, { key: 'g' }).errorCode === 0,
  'a coordinator',
);

function callWith<Request, Response>(
  api: Api<Request, Response>,
  version: number,
  body: Encodable<Request>,
  number: bigint,
): Response {
  const connection = wire.connect();
  const header = { correlationId: 5, clientId: null };
  const frame = Buffer.from(joined(encodeRequest(api, version, header, body)));
  const mark = Buffer.alloc(8);
  mark.writeBigInt64BE(BigInt(MARK));
  const at = frame.indexOf(mark);
  expect(at).toBeGreaterThan(0);
  frame.writeBigInt64BE(number, at);
  connection.send(frame);
  return connection.take(api, version, 5);
}

describe.each([2n ** 53n, 2n ** 63n - 1n, -(2n ** 60n), -(2n ** 63n)])('%s', (number) => {
  test('is out of range for a fetch', () => {
    const partitions = [{ partition: 0, fetchOffset: MARK, partitionMaxBytes: 100 }];
    const body = { replicaId: -1, maxWaitMs: 0, topics: [{ topic: 't', partitions }] };
    const { responses } = callWith(fetchApi, 4, body as never, number);
    expect(responses[0]!.partitions[0]!.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  });

  test('is out of range for DeleteRecords', () => {
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, offset: MARK }] }];
    const body = { topics, timeoutMs: 100 };
    const response = callWith(deleteRecordsApi, 2, body as never, number);
    expect(response.topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  });

  test('is no offset to commit, for it could not be given back', () => {
    const partitions = [{ partitionIndex: 0, committedOffset: MARK, committedMetadata: '' }];
    const body = { groupId: 'g', topics: [{ name: 't', partitions }] };
    const response = callWith(offsetCommitApi, 8, body as never, number);
    expect(response.topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.INVALID_COMMIT_OFFSET_SIZE);
    const fetched = wire.connect().call(offsetFetchApi, 5, { groupId: 'g', topics: null });
    expect(fetched.topics).toEqual([]);
  });
});
