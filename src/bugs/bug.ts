/** The zoo's vocabulary: a bug is a protocol rule put out of order, as data. */

import type { GroupRules } from '../core/coordinator/rules.js';
import type { LogRules } from '../core/log/rules.js';
import type { ControllerRules } from '../core/metadata/rules.js';
import type { PartitionRules } from '../core/partition/rules.js';
import type { RaftRules } from '../core/raft/rules.js';

/** A wrong variant of one or more rules, with the source that says why it is wrong. */
export interface Bug {
  /** Kebab case; stable once released (`--bug NAME`). */
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  /** Where it happened, or what forbids it: a JIRA key, a KIP, a section of the thesis. */
  readonly source: string;
  /** Names of the properties that it breaks, the most telling one first. */
  readonly violates: readonly string[];
  readonly raft?: Partial<RaftRules>;
  readonly partition?: Partial<PartitionRules>;
  readonly log?: Partial<LogRules>;
  readonly controller?: Partial<ControllerRules>;
  readonly groups?: Partial<GroupRules>;
  /** Of a bug that no hunt found: what was tried, and why it stays hidden. */
  readonly notFoundBecause?: string;
}
