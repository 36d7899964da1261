/** What the parts of one run share. */

import type { World } from '../environment/simulated/world.js';
import type { SimulatedCluster } from './cluster.js';
import type { Ledger } from './deeds/ledger.js';
import type { VoterBook } from './deeds/voters.js';
import type { DocumentedLoss } from './judges/beyond.js';
import type { Recorder } from './recorder.js';
import type { Scenario } from './scenario.js';
import type { Watching } from './watching.js';

/** A property that does not hold, and where that showed first. */
export interface Violation {
  /** The name of the property (core/properties, a judge of the simulator) or of the anomaly. */
  readonly property: string;
  /** For people: which nodes, which offsets, which terms. */
  readonly detail: string;
  /** Number of the event of the world in which it showed, from 1. */
  readonly event: number;
  /** Virtual microseconds since the start. */
  readonly at: number;
  /** Name of the node, where there is one. */
  readonly node: string | null;
  readonly phase: Phase;
}

/** `boot`: no faults yet; `main`: faults; `heal`: none any more; `final`: everything is read. */
export type Phase = 'boot' | 'main' | 'heal' | 'final' | 'over';

export interface RunContext {
  readonly scenario: Scenario;
  readonly world: World;
  readonly cluster: SimulatedCluster;
  readonly recorder: Recorder;
  readonly watching: Watching;
  /** What the deeds did that need not be survived. */
  readonly ledger: Ledger;
  readonly voters: VoterBook;
  readonly phase: () => Phase;
  /** Beyond the atlas: what was lost as documented. `last`: nothing can be judged from here on. */
  lost(loss: DocumentedLoss, last?: boolean): void;
  /** The first call ends the run: what a broken cluster does next is nobody's concern. */
  violated(property: string, detail: string, node?: string): void;
}
