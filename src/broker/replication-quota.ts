/**
 * Replication throttle (KIP-73): partitions that move may take so many bytes a second of a broker, and no
 * more, so that those that serve are not slowed down.
 */

import type { PartitionIndex } from '../core/types/ids.js';

/** Kafka's replication.quota.window.num and replication.quota.window.size.seconds. */
const SAMPLES = 11;
const SAMPLE_MILLISECONDS = 1000;

interface Sample {
  /** On the monotonic clock, in milliseconds. */
  readonly from: number;
  bytes: number;
}

/** What one direction of one broker may use: of what it sends as a leader, or fetches as a follower. */
export class ReplicationQuota {
  private readonly now: () => number;
  private limit = Number.POSITIVE_INFINITY;
  /** By topic: its throttled partitions here; 'all': every one. */
  private throttled = new Map<string, ReadonlySet<PartitionIndex> | 'all'>();
  private samples: Sample[] = [];

  /** `now`: a monotonic clock, in milliseconds. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** `bytesPerSecond`: Infinity: no limit. `throttled`: as {@link throttledReplicas} reads it. */
  configure(
    bytesPerSecond: number,
    throttled: ReadonlyMap<string, ReadonlySet<PartitionIndex> | 'all'>,
  ): void {
    this.limit = bytesPerSecond;
    this.throttled = new Map(throttled);
  }

  /** Whether what is replicated of this partition counts. */
  isThrottled(topic: string, partition: PartitionIndex): boolean {
    if (this.limit === Number.POSITIVE_INFINITY) {
      return false;
    }
    const partitions = this.throttled.get(topic);
    return partitions !== undefined && (partitions === 'all' || partitions.has(partition));
  }

  /** Whether a replica must wait now. In sync, it never does: a throttle must make nobody fall out of the ISR. */
  holdsBack(topic: string, partition: PartitionIndex, isInSync: boolean): boolean {
    return this.isThrottled(topic, partition) && !isInSync && this.isExceeded;
  }

  /** So many bytes of a throttled partition went through. */
  record(bytes: number): void {
    const now = this.now();
    const last = this.samples.at(-1);
    if (last === undefined || now - last.from >= SAMPLE_MILLISECONDS) {
      this.samples.push({ from: now, bytes });
      this.samples = this.samples.slice(-SAMPLES);
    } else {
      last.bytes += bytes;
    }
  }

  /** Whether more went through than may, as the rate over the samples that are kept (Kafka's `Rate`). */
  get isExceeded(): boolean {
    return this.rate > this.limit;
  }

  /** Bytes a second. Less than ten seconds count as ten: a short burst is let through. */
  get rate(): number {
    const now = this.now();
    const kept = this.samples.filter(({ from }) => now - from < SAMPLES * SAMPLE_MILLISECONDS);
    const bytes = kept.reduce((sum, sample) => sum + sample.bytes, 0);
    const elapsed = now - (kept[0]?.from ?? now);
    const seconds = Math.max(elapsed, (SAMPLES - 1) * SAMPLE_MILLISECONDS) / 1000;
    return bytes / seconds;
  }
}

/**
 * The partitions that a value of leader.replication.throttled.replicas or
 * follower.replication.throttled.replicas throttles on broker `self`: elements `partition:broker`, or `*`.
 */
export function throttledReplicas(
  value: string,
  self: number,
): ReadonlySet<PartitionIndex> | 'all' {
  const partitions = new Set<PartitionIndex>();
  for (const element of value.split(',')) {
    const [partition, broker] = element.trim().split(':');
    if (partition === '*') {
      return 'all';
    }
    if (broker !== undefined && Number(broker) === self) {
      partitions.add(Number(partition) as PartitionIndex);
    }
  }
  return partitions;
}
