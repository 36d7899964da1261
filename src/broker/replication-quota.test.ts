import { describe, expect, test } from 'vitest';
import type { PartitionIndex } from '../core/types/ids.js';
import { ReplicationQuota, throttledReplicas } from './replication-quota.js';

const at = (partition: number): PartitionIndex => partition as PartitionIndex;

describe('a replication quota', () => {
  test('lets a burst of ten seconds through, then its rate', () => {
    let now = 0;
    const quota = new ReplicationQuota(() => now);
    quota.configure(100, new Map([['t', 'all']]));
    quota.record(1000);
    expect(quota.isExceeded).toBe(false);
    quota.record(1);
    expect(quota.isExceeded).toBe(true);
    now = 10_020;
    expect(quota.rate).toBeCloseTo(1001 / 10.02);
    expect(quota.isExceeded).toBe(false);
    now = 11_000;
    expect(quota.rate).toBe(0);
  });

  test('forgets what is older than its samples', () => {
    let now = 0;
    const quota = new ReplicationQuota(() => now);
    quota.configure(100, new Map());
    for (let second = 0; second < 30; second++) {
      now = second * 1000;
      quota.record(50);
    }
    expect(quota.rate).toBeCloseTo(55);
  });

  test('concerns the partitions that are named, and none without a limit', () => {
    const quota = new ReplicationQuota(() => 0);
    const throttled = new Map<string, ReadonlySet<PartitionIndex> | 'all'>([
      ['t', new Set([at(1)])],
      ['u', 'all'],
    ]);
    quota.configure(1, throttled);
    expect([quota.isThrottled('t', at(1)), quota.isThrottled('t', at(0))]).toEqual([true, false]);
    expect([quota.isThrottled('u', at(7)), quota.isThrottled('v', at(0))]).toEqual([true, false]);
    quota.configure(Number.POSITIVE_INFINITY, throttled);
    expect(quota.isThrottled('u', at(7))).toBe(false);
  });

  test('holds back who is out of sync, once too much went through, and nobody else', () => {
    const quota = new ReplicationQuota(() => 0);
    quota.configure(100, new Map([['t', 'all']]));
    expect(quota.holdsBack('t', at(0), false)).toBe(false);
    quota.record(1001);
    expect(quota.holdsBack('t', at(0), false)).toBe(true);
    expect(quota.holdsBack('t', at(0), true)).toBe(false);
    expect(quota.holdsBack('u', at(0), false)).toBe(false);
  });

  test('reads Kafka’s lists of replicas', () => {
    expect(throttledReplicas('0:1,2:1, 3:2', 1)).toEqual(new Set([0, 2]));
    expect(throttledReplicas('*', 1)).toBe('all');
    expect(throttledReplicas('', 1)).toEqual(new Set());
  });
});
