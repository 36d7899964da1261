/**
 * One trial: start a cluster, drive a workload, inject faults, heal, read everything back, judge the
 * history, and keep all of it in a folder of its own.
 */

import { setMaxListeners } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CheckResult } from '../src/checker/result.js';
import type { TrialDocument } from '../src/report/document.js';
import { htmlReport } from '../src/report/html.js';
import { createSeries } from '../src/report/series.js';
import { HistoryWriter } from './history-writer.js';
import { countGroups, countMetadata, judge } from './judge.js';
import type { Arena } from './nemesis/arena.js';
import { FaultLog } from './nemesis/fault-log.js';
import { Nemesis } from './nemesis/nemesis.js';
import type { FaultKind } from './nemesis/schedule.js';
import { Observer } from './observer.js';
import { Random } from './random.js';
import { ContainersTarget } from './targets/containers.js';
import { ProcessesTarget } from './targets/processes.js';
import type { Target } from './targets/target.js';
import { AT_LEAST_ONCE, AT_MOST_ONCE, GROUPS, GroupsWorkload } from './workload/groups-workload.js';
import type { Reads } from './workload/session-reader.js';
import { SessionsWorkload } from './workload/sessions-workload.js';
import { type TrialWorkload, Workload } from './workload/workload.js';

/**
 * `log`: clients that send and poll, and change metadata; `groups`: consumer groups besides; `sessions`: processes
 * whose reads say where each log ended.
 */
export const WORKLOAD_KINDS = ['log', 'groups', 'sessions'] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

export interface TrialOptions {
  readonly seed: number;
  /** Seconds of the main phase. */
  readonly time: number;
  readonly brokers: number;
  readonly clients: number;
  readonly topics: number;
  readonly acks: -1 | 1;
  readonly workload: WorkloadKind;
  /** Of groups: their members work in the order of the other group's promise. */
  readonly misordered: boolean;
  /** Of sessions: whom they read from, and what they believe. */
  readonly reads: Reads;
  readonly faults: ReadonlySet<FaultKind>;
  readonly target: 'processes' | 'containers';
  readonly bug: string | null;
  /** Every broker tells each step of its Raft and of some partitions, in a file below `traces`. */
  readonly traces: boolean;
  /** The folder of the run is made below this one. */
  readonly store: string;
  /** Further broker configs under Kafka's names. */
  readonly configs: Readonly<Record<string, string>>;
  /** Ends the trial early, with everything that it started. */
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

export interface Progress {
  readonly stage: 'start' | 'main' | 'heal' | 'final' | 'judge';
  /** Seconds since the trial began. */
  readonly seconds: number;
  /** What is being done to the cluster, in words. */
  readonly now: string;
  readonly rows: number;
}

export type TrialOutcome =
  | { readonly type: 'judged'; readonly document: TrialDocument; readonly result: CheckResult }
  | { readonly type: 'interrupted'; readonly history: string }
  /** The cluster could not be started, or there is no such target here. */
  | { readonly type: 'unusable'; readonly reason: string };

/**
 * Timeouts of the cluster on trial: short, so that failovers and shrinking ISRs happen within the
 * seconds that a fault lasts.
 */
const SESSION_MS = 1_500;
const LAG_MS = 2_000;
const CONFIGS: Readonly<Record<string, string>> = {
  'broker.session.timeout.ms': String(SESSION_MS),
  'broker.heartbeat.interval.ms': '200',
  'replica.lag.time.max.ms': String(LAG_MS),
  'replica.fetch.backoff.ms': '100',
  'replica.fetch.wait.max.ms': '300',
  'replica.socket.timeout.ms': '2000',
  'request.timeout.ms': '2000',
  // Leaders spread again between the faults, so that each finds different ones.
  'leader.imbalance.check.interval.seconds': '4',
  'controller.quorum.election.timeout.ms': '500',
  'controller.quorum.fetch.timeout.ms': '1000',
  'controller.quorum.request.timeout.ms': '1000',
};

/** The same for groups: members are missed within seconds, and their coordinators spread over all brokers. */
const GROUP_CONFIGS: Readonly<Record<string, string>> = {
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '300',
  'offsets.topic.num.partitions': '6',
};

const PROMISES = { atLeastOnce: [AT_LEAST_ONCE], atMostOnce: [AT_MOST_ONCE] } as const;

const START_PATIENCE_MS = 20_000;
const HEAL_PATIENCE_MS = 20_000;
const FINAL_PATIENCE_MS = 40_000;

export async function runTrial(options: TrialOptions): Promise<TrialOutcome> {
  const folder = makeFolder(options.store);
  const target = makeTarget(options, folder);
  const history = new HistoryWriter(path.join(folder, 'history.jsonl'));
  const run = new Run(options, folder, target, history);
  try {
    const started = await run.start();
    if (started !== null) {
      return { type: 'unusable', reason: started };
    }
    await run.drive();
    if (options.signal.aborted) {
      return { type: 'interrupted', history: history.path };
    }
  } finally {
    await run.end();
  }
  const judged = run.judge();
  if (judged.document.verdict === 'valid') {
    // What the brokers wrote is of use to no one then, and large.
    rmSync(path.join(folder, 'data'), { recursive: true, force: true });
  }
  return { type: 'judged', ...judged };
}

class Run {
  private readonly options: TrialOptions;
  private readonly folder: string;
  private readonly target: Target;
  private readonly history: HistoryWriter;
  private readonly faults: FaultLog;
  private readonly startedAt = new Date();
  private readonly begin = performance.now();
  private observer: Observer | null = null;
  private workload: TrialWorkload | null = null;
  private brokenOff: string | null = null;
  private unread: ReadonlyMap<string, string> = new Map();

  constructor(options: TrialOptions, folder: string, target: Target, history: HistoryWriter) {
    this.options = options;
    this.folder = folder;
    this.target = target;
    this.history = history;
    this.faults = new FaultLog(history);
    // Each thread that sleeps listens.
    setMaxListeners(0, options.signal);
  }

  /** Null, or why nothing could be started. */
  async start(): Promise<string | null> {
    this.say('start', 'starting brokers');
    try {
      await this.target.start();
    } catch (error) {
      return messageOf(error);
    }
    const workload = this.openWorkload();
    this.workload = workload;
    this.observer = new Observer(this.target, () => workload.topics());
    this.say('start', 'creating topics');
    try {
      await workload.prepare(START_PATIENCE_MS, () => this.options.signal.aborted);
    } catch (error) {
      return this.options.signal.aborted ? null : messageOf(error);
    }
    await this.untilHealthy(START_PATIENCE_MS);
    return null;
  }

  /** The main and the final phase. What goes wrong with the harness or the cluster is kept. */
  async drive(): Promise<void> {
    const { workload } = this;
    if (workload === null || this.options.signal.aborted) {
      return;
    }
    const end = performance.now() + this.options.time * 1_000;
    const isOver = (): boolean =>
      this.options.signal.aborted || this.brokenOff !== null || performance.now() >= end;
    const nemesis = new Nemesis(
      this.arena(end, isOver),
      { seed: this.options.seed, brokers: this.options.brokers, kinds: this.options.faults },
      (line) => this.say('main', line),
    );
    await Promise.all([workload.main(isOver), this.guard(() => nemesis.run())]);
    if (this.options.signal.aborted) {
      return;
    }
    this.say('heal', 'healing');
    await this.guard(() => nemesis.heal());
    await this.untilHealthy(HEAL_PATIENCE_MS);
    this.say('final', 'reading everything back');
    const { signal } = this.options;
    this.unread = await workload.final(FINAL_PATIENCE_MS, () => signal.aborted);
  }

  /** Ends everything that was started, whatever happened before. */
  async end(): Promise<void> {
    this.workload?.close();
    this.observer?.close();
    await this.target.stop();
    this.history.close();
  }

  judge(): { document: TrialDocument; result: CheckResult } {
    this.say('judge', 'judging');
    const { options, faults } = this;
    const effective = faults.effective();
    const result = judge(this.history.rows, {
      acks: options.acks,
      withoutEffect: [...options.faults].filter((kind) => !effective.has(kind)),
      brokenOff: this.brokenOff,
      unread: this.unread,
      unexpectedEnd: this.target.unexpectedEnd(),
      // All targets run our brokers; others know no linearizable reads.
      readsMetadata: options.workload === 'log',
      groups: options.workload === 'groups' ? PROMISES : null,
      coordinatorsReplaced: effective.has('coordinator'),
      readsSessions: options.workload === 'sessions',
    });
    const document = this.document(result);
    const write = (name: string, text: string): void =>
      writeFileSync(path.join(this.folder, name), text);
    write('faults.json', `${JSON.stringify(document.faults, null, 2)}\n`);
    const { series: _series, ...plain } = document;
    write('verdict.json', `${JSON.stringify(plain, null, 2)}\n`);
    write('report.html', htmlReport(document));
    return { document, result };
  }

  private document(result: CheckResult): TrialDocument {
    const { options } = this;
    const series = createSeries();
    for (const row of this.history.rows) {
      series.feed(row);
    }
    const { verdict, reasons, anomalies, allowed, counts, operations, acknowledged, phases } =
      result;
    return {
      verdict,
      reasons,
      anomalies,
      allowed,
      counts,
      operations,
      acknowledged,
      ...(options.workload === 'groups' ? { groups: countGroups(this.history.rows, GROUPS) } : {}),
      ...(options.workload === 'log' ? { metadata: countMetadata(this.history.rows) } : {}),
      phases,
      seconds: (performance.now() - this.begin) / 1_000,
      faults: this.faults.records(),
      bug: options.bug,
      store: this.folder,
      seed: options.seed,
      settings: {
        target: options.target,
        workload: workloadName(options),
        time: options.time,
        brokers: options.brokers,
        clients: options.clients,
        topics: options.topics,
        acks: options.acks === -1 ? 'all' : '1',
        faults: [...options.faults].join(','),
        ...CONFIGS,
        ...(options.workload === 'groups' ? GROUP_CONFIGS : {}),
        ...options.configs,
      },
      startedAt: this.startedAt.toISOString(),
      series: series.finish(),
    };
  }

  private openWorkload(): TrialWorkload {
    const { options, target, history } = this;
    const { seed, clients, topics, acks } = options;
    const replicationFactor = Math.min(3, options.brokers);
    const minInsyncReplicas = Math.min(2, replicationFactor);
    const common = { seed, clients, acks, replicationFactor, minInsyncReplicas };
    const sleep = (milliseconds: number): Promise<void> => this.sleep(milliseconds);
    switch (options.workload) {
      case 'groups': {
        const { misordered } = options;
        return new GroupsWorkload(target, history, { ...common, misordered }, sleep);
      }
      case 'sessions':
        return new SessionsWorkload(target, history, { ...common, reads: options.reads }, sleep);
      case 'log':
        return new Workload(target, history, { ...common, topics }, sleep);
    }
  }

  private arena(end: number, isOver: () => boolean): Arena {
    const { observer, target, faults, options } = this;
    if (observer === null) {
      throw new Error('a trial is started before it is driven');
    }
    return {
      target,
      observer,
      faults,
      random: new Random(options.seed, 'nemesis'),
      groups: options.workload === 'groups' ? GROUPS : [],
      timing: { session: SESSION_MS, lag: LAG_MS },
      sleep: (milliseconds) => this.sleep(Math.min(milliseconds, end - performance.now())),
      isOver,
    };
  }

  private async untilHealthy(patience: number): Promise<void> {
    const end = performance.now() + patience;
    while (!this.options.signal.aborted && performance.now() < end) {
      if (await this.observer?.isHealthy()) {
        return;
      }
      await this.sleep(100);
    }
  }

  /** A nemesis that cannot go on ends the main phase; the history up to there is still judged. */
  private async guard(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.brokenOff ??= messageOf(error);
    }
  }

  private sleep(milliseconds: number): Promise<void> {
    const { signal } = this.options;
    return new Promise((resolve) => {
      if (signal.aborted || milliseconds <= 0) {
        resolve();
        return;
      }
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      signal.addEventListener('abort', wake);
    });
  }

  private say(stage: Progress['stage'], now: string): void {
    const seconds = (performance.now() - this.begin) / 1_000;
    this.options.progress({ stage, seconds, now, rows: this.history.rows.length });
  }
}

function makeFolder(store: string): string {
  const name = new Date().toISOString().replaceAll(':', '-').replace('Z', '');
  let folder = path.resolve(store, name);
  for (let again = 2; existsSync(folder); again++) {
    folder = path.resolve(store, `${name}-${again}`);
  }
  mkdirSync(folder, { recursive: true });
  return folder;
}

function makeTarget(options: TrialOptions, folder: string): Target {
  const targetOptions = {
    brokers: options.brokers,
    folder,
    configs: {
      ...CONFIGS,
      ...defaults(options),
      ...(options.workload === 'groups' ? GROUP_CONFIGS : {}),
      ...options.configs,
    },
    bug: options.bug,
    traces: options.traces,
  };
  return options.target === 'processes'
    ? new ProcessesTarget(targetOptions)
    : new ContainersTarget(targetOptions);
}

function defaults(options: TrialOptions): Record<string, string> {
  const copies = String(Math.min(3, options.brokers));
  return {
    'default.replication.factor': copies,
    'min.insync.replicas': String(Math.min(2, options.brokers)),
    'offsets.topic.replication.factor': copies,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** With what distinguishes it from others of its kind. */
function workloadName({ workload, misordered, reads }: TrialOptions): string {
  return workload === 'sessions'
    ? `sessions, reads: ${reads}`
    : workload + (misordered ? ', misordered' : '');
}
