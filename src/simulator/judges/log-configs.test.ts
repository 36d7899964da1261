import { expect, test } from 'vitest';
import { DEFAULT_LOG_OPTIONS } from '../../log/log-options.js';
import { staleConfig } from './log-configs.js';

test('a log goes by the configs of its topic, or by the defaults', () => {
  expect(staleConfig(undefined, DEFAULT_LOG_OPTIONS)).toBe(null);
  expect(staleConfig(new Map([['retention.ms', '604800000']]), DEFAULT_LOG_OPTIONS)).toBe(null);
  const short = { ...DEFAULT_LOG_OPTIONS, retentionMs: 100 };
  expect(staleConfig(new Map([['retention.ms', '100']]), short)).toBe(null);
  const both = new Map([['cleanup.policy', 'compact,delete']]);
  expect(staleConfig(both, { ...DEFAULT_LOG_OPTIONS, compacts: true })).toBe(null);
});

test('what it remembers of another topic is stale', () => {
  const short = { ...DEFAULT_LOG_OPTIONS, retentionMs: 100 };
  expect(staleConfig(undefined, short)).toBe('retention.ms is 604800000, and the log goes by 100');
  expect(staleConfig(new Map([['retention.ms', '-1']]), short)).toMatch(/^retention.ms is -1/);
  const compacted = { ...DEFAULT_LOG_OPTIONS, deletes: false, compacts: true };
  expect(staleConfig(undefined, compacted)).toMatch(/^cleanup.policy is delete/);
});
