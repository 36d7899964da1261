/** The parts alone, in this process: how much of a broker's time each can cost. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PRODUCE } from '../../src/client/apis.js';
import type { LeaderEpoch, Offset, Timestamp } from '../../src/core/types/ids.js';
import { nodeEnvironment } from '../../src/environment/node/environment.js';
import { crc32c, crc32cInJavaScript } from '../../src/log/crc32c.js';
import { DEFAULT_LOG_OPTIONS } from '../../src/log/log-options.js';
import { openLog } from '../../src/log/partition-log.js';
import { readBatchHeader, stampBatch, validateProduced } from '../../src/log/record-batch.js';
import { TailBudget } from '../../src/log/tail.js';
import { joined } from '../../src/protocol/codec.js';
import { decompress } from '../../src/protocol/compression.js';
import {
  decodeRequest,
  decodeRequestHeader,
  encodeRequest,
  encodeResponse,
} from '../../src/protocol/frame.js';
import { makeBatch } from '../load.js';
import type { BenchOptions } from '../options.js';

const KIB = 1024;
const BATCH_SIZES = [16 * KIB, 128 * KIB];
/** How long each is repeated, and how long before that to let the compiler settle. */
const MEASURED_MILLISECONDS = 500;
const WARM_UP_MILLISECONDS = 300;
/** Bounds the file that the log bench writes. */
const MOST_APPENDED_BYTES = 512 * 1024 * KIB;
const NOW = 1_700_000_000_000 as Timestamp;

export async function measureMicro(options: BenchOptions): Promise<void> {
  options.say('parts alone');
  const environment = nodeEnvironment();
  for (const size of BATCH_SIZES) {
    const { bytes } = makeBatch(size);
    const variant = `${size / KIB} KiB`;
    bandwidth(options, 'CRC-32C native', variant, bytes.length, () => crc32c(bytes, 0));
    bandwidth(options, 'CRC-32C JavaScript', variant, bytes.length, () => {
      return crc32cInJavaScript(bytes, 0);
    });
    bandwidth(options, 'validation of a batch', variant, bytes.length, () => {
      return validateProduced(bytes, decompress, {
        maxMessageBytes: 1_048_588,
        timestampType: 'CreateTime',
        timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
        timestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
        now: NOW,
        allowZstd: true,
        maxDecompressedBytes: 1_048_588,
      }).error;
    });
    measureAppend(options, environment.files, variant, bytes);
  }
  measureCodec(options);
}

function measureAppend(
  options: BenchOptions,
  files: ReturnType<typeof nodeEnvironment>['files'],
  variant: string,
  batch: Uint8Array,
): void {
  const directory = mkdtempSync(join(tmpdir(), 'logjury-bench-'));
  try {
    const path = join(directory, 'append-0');
    files.makeDirectory(path);
    const { log } = openLog(files, path, () => DEFAULT_LOG_OPTIONS, {
      recoveryPoint: 0 as Offset,
      logStartOffset: 0 as Offset,
      cleanShutdown: false,
      tail: new TailBudget(16 * KIB * KIB),
      decompress,
    });
    const header = readBatchHeader(batch, 0);
    let baseOffset = 0 as Offset;
    const most = Math.floor(MOST_APPENDED_BYTES / batch.length);
    const append = (): number => {
      stampBatch(batch, 0, baseOffset, 0 as LeaderEpoch);
      log.append([batch], [{ ...header, baseOffset, leaderEpoch: 0 as LeaderEpoch }], null);
      baseOffset = (baseOffset + header.lastOffsetDelta + 1) as Offset;
      return baseOffset;
    };
    bandwidth(options, 'log append', variant, batch.length, append, most);
    log.close(true);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function measureCodec(options: BenchOptions): void {
  const { bytes } = makeBatch(16 * KIB);
  const { api, version } = PRODUCE;
  const body = {
    transactionalId: null,
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: 'codec', partitionData: [{ index: 0, records: bytes }] }],
  };
  const header = { correlationId: 7, clientId: 'bench' };
  const request = joined(encodeRequest(api, version, header, body));
  const response = {
    responses: [{ name: 'codec', partitionResponses: [{ index: 0, errorCode: 0, baseOffset: 7 }] }],
  };
  const add = (variant: string, run: () => unknown): void => {
    const runs = repeat(options.runs, run).map((perSecond) => perSecond / 1e3);
    options.reporter.add({ figure: 'codec', variant, unit: 'thousand/s', runs });
  };
  add('Produce request, encode', () => encodeRequest(api, version, header, body));
  add('Produce request, decode', () => {
    return decodeRequest(api, decodeRequestHeader(request), request);
  });
  add('Produce response, encode', () => encodeResponse(api, version, 7, response as never));
}

function bandwidth(
  options: BenchOptions,
  figure: string,
  variant: string,
  bytes: number,
  run: () => unknown,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  const runs = repeat(options.runs, run, most).map((perSecond) => (perSecond * bytes) / 1e6);
  options.reporter.add({ figure, variant, unit: 'MB/s', runs });
}

/** Calls of `run` per second, measured `times` times; `most` calls in all. */
function repeat(
  times: number,
  run: () => unknown,
  most: number = Number.MAX_SAFE_INTEGER,
): number[] {
  const share = Math.floor(most / (times + 1));
  rate(run, WARM_UP_MILLISECONDS, share);
  return Array.from({ length: times }, () => rate(run, MEASURED_MILLISECONDS, share));
}

let sink: unknown;

function rate(run: () => unknown, milliseconds: number, most: number): number {
  const started = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < milliseconds && calls < most) {
    for (let i = 0; i < 8 && calls < most; i++) {
      // Kept, so that the compiler cannot leave the work out.
      sink = run();
      calls++;
    }
    elapsed = performance.now() - started;
  }
  return sink === undefined ? Number.NaN : (calls * 1000) / elapsed;
}
