/** Throughput and latency over time, from the rows of a history. */

import { assert } from '../core/types/assert.js';
import { isOperation, type Row, type RowType } from '../history/rows.js';
import type { OperationSeries, Series } from './document.js';

const NANOSECONDS_PER_MILLISECOND = 1e6;
const NANOSECONDS_PER_SECOND = 1e9;

export interface SeriesCollector {
  /** Takes the next row of the history. */
  feed(row: Row): void;
  /** The series of all rows so far. */
  finish(): Series;
}

interface Track {
  readonly ok: number[];
  readonly fail: number[];
  readonly info: number[];
  /** Latencies of ok operations in milliseconds, by bucket. */
  readonly latencies: number[][];
}

/**
 * Collects the series of one history in buckets of `bucketSeconds`. An operation counts in the
 * bucket in which it completed; transactions count with the sends. An operation that never
 * completed counts nowhere.
 */
export function createSeries(bucketSeconds = 1): SeriesCollector {
  assert(bucketSeconds > 0, 'a bucket lasts some time');
  const sends: Track = { ok: [], fail: [], info: [], latencies: [] };
  const polls: Track = { ok: [], fail: [], info: [], latencies: [] };
  const invokedAt = new Map<number, number>();
  let lastTime = 0;
  return {
    feed(row): void {
      lastTime = Math.max(lastTime, row.time);
      if (!isOperation(row)) {
        return;
      }
      if (row.type === 'invoke') {
        invokedAt.set(row.process, row.time);
        return;
      }
      const bucket = Math.floor(row.time / NANOSECONDS_PER_SECOND / bucketSeconds);
      const track = row.f === 'poll' ? polls : sends;
      countIn(track, row.type, bucket);
      const since = invokedAt.get(row.process);
      invokedAt.delete(row.process);
      if (row.type === 'ok' && since !== undefined) {
        track.latencies[bucket] ??= [];
        track.latencies[bucket].push((row.time - since) / NANOSECONDS_PER_MILLISECOND);
      }
    },
    finish(): Series {
      const buckets = Math.floor(lastTime / NANOSECONDS_PER_SECOND / bucketSeconds) + 1;
      return {
        bucketSeconds,
        buckets,
        sends: completeTrack(sends, buckets),
        polls: completeTrack(polls, buckets),
      };
    },
  };
}

function countIn(track: Track, type: Exclude<RowType, 'invoke'>, bucket: number): void {
  track[type][bucket] = (track[type][bucket] ?? 0) + 1;
}

function completeTrack(track: Track, buckets: number): OperationSeries {
  const filled = (counts: readonly number[]): number[] =>
    Array.from({ length: buckets }, (_, bucket) => counts[bucket] ?? 0);
  const quantiles = (share: number): (number | null)[] =>
    Array.from({ length: buckets }, (_, bucket) => quantile(track.latencies[bucket] ?? [], share));
  return {
    ok: filled(track.ok),
    fail: filled(track.fail),
    info: filled(track.info),
    p50: quantiles(0.5),
    p99: quantiles(0.99),
  };
}

/** Nearest-rank quantile, to a microsecond; null of nothing. */
function quantile(latencies: readonly number[], share: number): number | null {
  if (latencies.length === 0) {
    return null;
  }
  const sorted = [...latencies].sort((left, right) => left - right);
  const rank = Math.max(0, Math.ceil(share * sorted.length) - 1);
  return Math.round((sorted[rank] as number) * 1000) / 1000;
}
