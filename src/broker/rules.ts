/** The true rules of every machine of a broker. */

import { createGroupRules } from '../core/coordinator/rules.js';
import { logRules } from '../core/log/rules.js';
import { createRules } from '../core/metadata/rules.js';
import { partitionRules } from '../core/partition/rules.js';
import { raftRules } from '../core/raft/rules.js';
import type { Rules } from '../core/rules.js';
import type { Settings } from './settings.js';

export function trueRules(settings: Settings, clusterId: string): Rules {
  return {
    raft: raftRules,
    controller: createRules({
      clusterId,
      defaultPartitions: settings.number('num.partitions'),
      defaultReplicationFactor: settings.number('default.replication.factor'),
      topicDefaults: settings.topicDefaults,
    }),
    partition: partitionRules,
    log: logRules,
    groups: createGroupRules(),
  };
}
