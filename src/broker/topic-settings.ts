/** What governs one topic's logs and what is produced to it. */

import { configNumber } from '../core/metadata/configs-table.js';
import { effectiveTopicConfig } from '../core/metadata/effective-configs.js';
import type { MetadataImage } from '../core/metadata/types.js';
import type { LogOptions } from '../log/log-options.js';
import type { Settings } from './settings.js';

export function logOptions(settings: Settings, image: MetadataImage, topic: string): LogOptions {
  const number = (name: string): number => topicNumber(settings, image, topic, name);
  const { value } = effectiveTopicConfig(image, settings, topic, 'cleanup.policy');
  const policies = value.split(',').map((policy) => policy.trim());
  const compacts = policies.includes('compact');
  const maxCompactionLagMs = number('max.compaction.lag.ms');
  return {
    segmentBytes: number('segment.bytes'),
    // KIP-354: the active segment is never cleaned, so it must end in time.
    segmentMs: Math.min(number('segment.ms'), compacts ? maxCompactionLagMs : Infinity),
    deletes: policies.includes('delete'),
    compacts,
    deleteRetentionMs: number('delete.retention.ms'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    maxCompactionLagMs,
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    segmentIndexBytes: number('segment.index.bytes'),
    indexIntervalBytes: number('index.interval.bytes'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    flushMessages: number('flush.messages'),
    fileDeleteDelayMs: number('file.delete.delay.ms'),
  };
}

export interface ProduceSettings {
  /** Records without a key are refused. */
  readonly compacts: boolean;
  readonly maxMessageBytes: number;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
}

export function produceSettings(
  settings: Settings,
  image: MetadataImage,
  topic: string,
): ProduceSettings {
  const type = effectiveTopicConfig(image, settings, topic, 'message.timestamp.type').value;
  const policy = effectiveTopicConfig(image, settings, topic, 'cleanup.policy').value;
  return {
    compacts: policy.split(',').some((each) => each.trim() === 'compact'),
    maxMessageBytes: topicNumber(settings, image, topic, 'max.message.bytes'),
    timestampType: type === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    timestampBeforeMaxMs: topicNumber(settings, image, topic, 'message.timestamp.before.max.ms'),
    timestampAfterMaxMs: topicNumber(settings, image, topic, 'message.timestamp.after.max.ms'),
  };
}

/** The value in force of a topic config that is a number. */
export function topicNumber(
  settings: Settings,
  image: MetadataImage,
  topic: string,
  name: string,
): number {
  return configNumber(effectiveTopicConfig(image, settings, topic, name).value);
}
