/** The rules of every machine, in one record: what a broker, a simulator or an explorer is given. */

import type { GroupRules } from './coordinator/rules.js';
import type { LogRules } from './log/rules.js';
import type { ControllerRules } from './metadata/rules.js';
import type { PartitionRules } from './partition/rules.js';
import type { RaftRules } from './raft/rules.js';

export interface Rules {
  readonly raft: RaftRules;
  readonly controller: ControllerRules;
  readonly partition: PartitionRules;
  readonly log: LogRules;
  readonly groups: GroupRules;
}
