/**
 * Runs a scenario: whole brokers and clients in virtual time, faults, healing, judgement. The same
 * scenario with the same bugs is the same run, to the last byte.
 */

import type { Bug } from '../bugs/bug.js';
import type { CheckResult } from '../checker/result.js';
import { World } from '../environment/simulated/world.js';
import type { Row } from '../history/rows.js';
import { SimulatedCluster } from './cluster.js';
import type { Phase, RunContext, Violation } from './context.js';
import { Deeds } from './deeds/deeds.js';
import { Ledger } from './deeds/ledger.js';
import { VoterBook } from './deeds/voters.js';
import { heal, lostQuorum, settle } from './healing.js';
import type { DocumentedLoss } from './judges/beyond.js';
import { createJudges } from './judges/judges.js';
import { MetadataReads } from './metadata-reads.js';
import { Probes } from './probes.js';
import { Recorder } from './recorder.js';
import type { Outcome, Scenario } from './scenario.js';
import { Triggers } from './triggers.js';
import type { Watcher } from './watch.js';
import { Watching } from './watching.js';
import { Workload } from './workload/workload.js';

export interface RunOptions {
  readonly scenario: Scenario;
  readonly bugs: readonly Bug[];
  /** Told after the judges: traces. */
  readonly watchers?: readonly ((context: RunContext) => Watcher)[];
  /** Called with each event of the world before it runs. */
  readonly eventObserver?: (time: number, what: string) => void;
  /** `main`: the run ends there, unhealed and not judged as a whole (shrinking asks no more). */
  readonly until?: 'main' | 'over';
  /** Properties that may be violated unseen: for asking what a bug does besides. */
  readonly ignoring?: Pick<ReadonlySet<string>, 'has'>;
}

export interface RunResult {
  readonly scenario: Scenario;
  /** Inconclusive: nothing is violated, but so little was acknowledged that it proves nothing. */
  readonly verdict: 'valid' | 'invalid' | 'inconclusive';
  /** The first violation; null unless invalid. */
  readonly violation: Violation | null;
  /** Beyond the atlas: what was lost, as it is documented; null where the run ended before that. */
  readonly losses: readonly DocumentedLoss[] | null;
  /** Beyond the atlas: acknowledged batches of which it was certain that they had to be lost. */
  readonly expectedLosses: number;
  /** Of the clients' history; null where the run ended before it could be judged. */
  readonly history: CheckResult | null;
  readonly rows: readonly Row[];
  /** What became of every choice, by name. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** How often each rare branch and each kind of deed was hit, by name; those never hit included. */
  readonly probes: ReadonlyMap<string, number>;
  readonly events: number;
  readonly virtualSeconds: number;
  /** Of every event, draw, frame and answer; of a run that fails up to its violation. */
  readonly hash: string;
  /** The running hash after every 4,096 events: two runs that differ, differ first in one of these. */
  readonly hashes: readonly string[];
}

const SECOND = 1_000_000;
/** Operations that are under way come to their end. */
const SETTLING_SECONDS = 2;
const MINIMUM_ACKNOWLEDGED = 50;

export function run(options: RunOptions): RunResult {
  const { scenario } = options;
  const state = new Run(options);
  try {
    state.play();
  } catch (error) {
    // A machine that finds its own state impossible ends its process; in a run that is a finding.
    if (!(error instanceof Error)) {
      throw error;
    }
    state.violated('AssertionHolds', `${error.message} ${innermostFrame(error)}`);
  }
  const { world, violation, history } = state;
  const acknowledged = state.recorder.acknowledged;
  const enough = acknowledged >= MINIMUM_ACKNOWLEDGED && state.idleGroups().length === 0;
  return {
    scenario,
    verdict: violation !== null ? 'invalid' : enough ? 'valid' : 'inconclusive',
    violation,
    losses: scenario.atlas === 'beyond' && violation === null ? state.losses : null,
    expectedLosses: state.expectedLosses,
    history,
    rows: state.recorder.rows,
    outcomes: state.deeds.outcomes,
    probes: state.probes.counts,
    events: world.events,
    virtualSeconds: world.now / SECOND,
    hash: state.hashThere === '' ? world.hash() : state.hashThere,
    hashes: world.hashes,
  };
}

class Run {
  readonly world: World;
  readonly recorder: Recorder;
  readonly deeds: Deeds;
  readonly probes: Probes;
  violation: Violation | null = null;
  /** At the violation, or where nothing could be judged any more; empty: there was no such end. */
  hashThere = '';
  history: CheckResult | null = null;
  readonly losses: DocumentedLoss[] = [];
  expectedLosses = 0;
  private readonly scenario: Scenario;
  private readonly until: 'main' | 'over';
  private readonly ignoring: Pick<ReadonlySet<string>, 'has'>;
  private readonly context: RunContext;
  private readonly judges: ReturnType<typeof createJudges>;
  private readonly workload: Workload;
  private readonly reads: MetadataReads;
  private phase: Phase = 'boot';

  constructor(options: RunOptions) {
    const { scenario, bugs, watchers, eventObserver, until, ignoring } = options;
    this.scenario = scenario;
    this.until = until ?? 'over';
    this.ignoring = ignoring ?? new Set();
    const world = new World(scenario.seed);
    world.observer = eventObserver ?? null;
    const watching = new Watching();
    const cluster = new SimulatedCluster({
      world,
      brokers: scenario.brokers,
      voters: scenario.voters ?? scenario.brokers,
      bugs,
      configs: new Map(Object.entries(scenario.configs)),
      network: scenario.network,
      disk: scenario.disk,
      watching,
    });
    this.world = world;
    this.recorder = new Recorder(world);
    this.context = {
      scenario,
      world,
      cluster,
      recorder: this.recorder,
      watching,
      ledger: new Ledger(world),
      voters: new VoterBook(cluster),
      phase: () => this.phase,
      lost: (loss, last) => this.lost(loss, last === true),
      violated: (property, detail, node) => this.violated(property, detail, node),
    };
    this.deeds = new Deeds(this.context);
    this.judges = createJudges(this.context);
    this.probes = new Probes(this.context);
    this.workload = new Workload(this.context);
    // The judges see a step before a deed that is tied to it can end the node.
    watching.add(this.context.voters);
    watching.add(this.judges);
    watching.add(this.probes);
    for (const watcher of watchers ?? []) {
      watching.add(watcher(this.context));
    }
    watching.add(new Triggers(this.context, this.probes));
    watching.add(this.deeds);
    this.reads = new MetadataReads(this.context);
    watching.add(this.reads);
  }

  play(): void {
    const { world, scenario, context } = this;
    for (let index = 0; index < scenario.brokers; index++) {
      context.cluster.start(index);
    }
    this.workload.prepare();
    this.enter('main');
    this.workload.start();
    this.reads.start();
    this.deeds.begin();
    world.runUntil(world.now + scenario.duration * 1000);
    if (world.isHalted) {
      return;
    }
    this.deeds.end();
    // A network that keeps frames back for good allows no bound of healing.
    context.cluster.links.conditions.stragglers = 0;
    if (this.until === 'main') {
      return;
    }
    this.enter('heal');
    heal(context, this.workload, this.deeds);
    this.workload.stop();
    world.runUntil(world.now + SETTLING_SECONDS * SECOND);
    const gone = lostQuorum(context);
    if (gone === null) {
      settle(context);
      this.enter('final');
      this.workload.readEverything();
    }
    this.enter('over');
    if (this.violation === null && !world.isHalted) {
      this.finish(gone);
    }
  }

  /** Groups that were told to do something under faults, and got nothing done. */
  idleGroups(): string[] {
    return this.workload.groups.idle();
  }

  /** `gone`: why nobody could be asked for everything any more. */
  private finish(gone: string | null): void {
    const { history, losses, expected } = this.judges.finish(gone !== null);
    this.history = history;
    this.expectedLosses = expected;
    this.losses.push(...losses);
    if (gone !== null) {
      this.losses.push({ partition: null, what: 'the quorum of the controllers', by: gone });
    }
  }

  private lost(loss: DocumentedLoss, last: boolean): void {
    this.losses.push(loss);
    if (last && !this.world.isHalted) {
      this.hashThere = this.world.hash();
      this.world.halt();
    }
  }

  violated(property: string, detail: string, node: string | null = null): void {
    if (this.violation === null && !this.ignoring.has(property)) {
      const { events, now } = this.world;
      this.violation = { property, detail, event: events, at: now, node, phase: this.phase };
      this.hashThere = this.world.hash();
      this.world.halt();
    }
  }

  private enter(phase: Phase): void {
    this.phase = phase;
    if (phase === 'main' || phase === 'final') {
      this.recorder.phase(phase);
    }
  }
}

/** Where an assertion failed, for people: its first frame outside of `assert`. */
function innermostFrame(error: Error): string {
  const frames = (error.stack ?? '').split('\n').slice(1);
  const frame = frames.find((line) => !line.includes('assert.'));
  const place = /([\w-]+\.[jt]s):\d+/.exec(frame ?? '')?.[1];
  const name = /at (?:new )?([\w.<>]+) /.exec(frame ?? '')?.[1];
  return place === undefined ? '' : `(${name === undefined ? '' : `${name}, `}${place})`;
}
