/** Throughput and latency over time, from the rows of a history. */

import type { Row } from '../history/rows.js';
import type { Series } from './document.js';

export interface SeriesCollector {
  feed(row: Row): void;
  finish(): Series;
}

/** Collects the series of one history in buckets of `bucketSeconds`. */
export function createSeries(_bucketSeconds = 1): SeriesCollector {
  throw new Error('not built yet');
}
