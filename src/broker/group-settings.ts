/** Settings of the group coordinator under Kafka's names. */

import { defaultGroupSettings, type GroupRules } from '../core/coordinator/rules.js';
import type { Settings } from './settings.js';

export function groupSettings(settings: Settings): GroupRules['settings'] {
  return {
    ...defaultGroupSettings,
    minSessionTimeoutMs: settings.number('group.min.session.timeout.ms'),
    maxSessionTimeoutMs: settings.number('group.max.session.timeout.ms'),
    initialRebalanceDelayMs: settings.number('group.initial.rebalance.delay.ms'),
    maxSize: settings.number('group.max.size'),
    offsetMetadataMaxBytes: settings.number('offset.metadata.max.bytes'),
    offsetsCommitTimeoutMs: settings.number('offsets.commit.timeout.ms'),
    offsetsRetentionMs: settings.number('offsets.retention.minutes') * 60_000,
    offsetsRetentionCheckIntervalMs: settings.number('offsets.retention.check.interval.ms'),
  };
}
