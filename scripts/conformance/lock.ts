/** What a specification needs so that its state graph can be compared with that of the code. */

import type { Bug } from '../../src/bugs/bug.js';
import type { QuintModule } from '../spec/quint-evaluator.js';
import type { CodeGraph } from './code-graph.js';
import type { Comparison, WalkedWorld } from './compare.js';
import { partitionLock } from './partition/lock.js';
import { producerLock } from './producer/lock.js';
import { raftLock } from './raft/lock.js';
import type { GraphSettings, MakeGraph, SpecGraph } from './spec-graph.js';
import type { Watch } from './wrong-rules.js';

export interface Lock {
  /** The name of the specification in scripts/spec/plans.ts. */
  readonly specification: string;
  /** Rules of the bug are in the place of the code's; a bug without any is none of this lock's. */
  readonly isOf: (bug: Bug) => boolean;
  readonly settingsOf: (module: QuintModule) => GraphSettings;
  /** The whole one, unless `make` is another way. */
  readonly graphOf: (module: QuintModule, init: string, make?: MakeGraph) => SpecGraph;
  /**
   * `graph` null: the digests only, which are to be those in spec/figures.json. `folder`: where the
   * specification is.
   */
  readonly compareWith: (
    module: QuintModule,
    folder: string,
    init: string,
    graph: SpecGraph | null,
    bug: Bug | null,
  ) => Comparison;
  /** The code's world of the module, where the specification begins; of a bug: with its rules. */
  readonly walkedWorldOf: (module: QuintModule, bug: Bug | null) => WalkedWorld<unknown>;
  /** The graph of the code as it is, in the place of the specification. */
  readonly codeGraph: (module: QuintModule, init: string, watch: Watch) => CodeGraph;
}

export const locks: readonly Lock[] = [raftLock, producerLock, partitionLock];
