/** A run of the fuzzer: some connections at a time against one broker, a canary beside them. */

import { readFileSync } from 'node:fs';
import type { Address } from '../../src/client/routes.js';
import { type Attempt, attempt, type Patience } from './attempt.js';
import { Caller, NotServed } from './caller.js';
import { Canary } from './canary.js';
import { drawCase, type FuzzCase } from './cases.js';
import type { Finding } from './findings.js';
import type { Listener } from './kafka-fate.js';
import { RawConnection } from './raw-connection.js';
import { prepare, tidy } from './surroundings.js';

export interface FuzzOptions {
  readonly seed: number;
  /** Index of the first case. */
  readonly first: number;
  readonly frames: number;
  readonly address: Address;
  readonly listener: Listener;
  /** A broker of whose fates this one's must be; null: the rules of `kafka-fate.ts` alone. */
  readonly beside: Address | null;
  readonly connections: number;
  readonly patience: Patience;
  /** Process of the broker, whose memory is watched; null: of another machine, or none. */
  readonly pid: number | null;
  /** Megabytes that the process may hold. */
  readonly memoryLimit: number;
  /** The run ends at this many findings. */
  readonly mostFindings: number;
  readonly found: (finding: Finding) => void;
  readonly progress?: (done: number, findings: number) => void;
}

export interface FuzzResult {
  readonly frames: number;
  readonly findings: number;
  /** How cases went, by kind. */
  readonly seen: ReadonlyMap<string, number>;
  /** Answers that told of no error, by API: how deep the cases came. */
  readonly taken: ReadonlyMap<string, number>;
  /** Records that the canary's producer was promised. */
  readonly acknowledged: number;
  /** Largest resident set of the broker's process in MB; null: not watched. */
  readonly peakMemory: number | null;
}

/** So many cases apart, what requests have made is deleted. */
const TIDY_EVERY = 500;
const MEMORY_LOOK_MS = 200;
/** Cases that a finding names of which nobody knows which did it. */
const RECENT = 256;

export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  return new FuzzRun(options).run();
}

class FuzzRun {
  private readonly options: FuzzOptions;
  private readonly caller: Caller;
  private readonly underWay = new Set<FuzzCase>();
  private readonly recent: FuzzCase[] = [];
  private readonly seen = new Map<string, number>();
  private readonly taken = new Map<string, number>();
  private next: number;
  private done = 0;
  private findings = 0;
  private stopped = false;
  private isGone = false;
  private peakMemory: number | null = null;
  private tidying: Promise<void> | null = null;

  constructor(options: FuzzOptions) {
    this.options = options;
    this.next = options.first;
    this.caller = new Caller(options.address);
  }

  async run(): Promise<FuzzResult> {
    const { address, connections } = this.options;
    await prepare(this.caller);
    if (this.options.beside !== null) {
      const caller = new Caller(this.options.beside);
      await prepare(caller);
      caller.close();
    }
    const canary = new Canary(address);
    const singing = canary.run().then(() => {
      if (canary.problem !== null) {
        this.stopped = true;
      }
    });
    const watch = setInterval(() => this.lookAtMemory(), MEMORY_LOOK_MS);
    await Promise.all(Array.from({ length: connections }, () => this.work()));
    clearInterval(watch);
    this.lookAtMemory();
    canary.stop();
    await singing;
    await canary.check();
    const last = await RawConnection.open(address);
    last?.destroy();
    if (last === null) {
      this.crashed();
    }
    if (canary.problem !== null) {
      this.report('canary', canary.problem, this.suspects());
    }
    this.caller.close();
    const { done: frames, findings, seen, taken, peakMemory } = this;
    return { frames, findings, seen, taken, acknowledged: canary.acknowledged.size, peakMemory };
  }

  /** One connection's worth of cases. */
  private async work(): Promise<void> {
    const { seed, first, frames, listener, address, beside } = this.options;
    const apis = [...listener.apis.values()];
    const held: { ours: RawConnection | null; theirs: RawConnection | null } = {
      ours: null,
      theirs: null,
    };
    while (!this.stopped && this.next < first + frames) {
      const tried = drawCase(seed, this.next++, apis);
      this.underWay.add(tried);
      const attempted = await this.attemptAt(address, held.ours, tried);
      if (attempted === null) {
        this.crashed();
        return;
      }
      held.ours = attempted.connection;
      let { problem } = attempted.outcome;
      let kind: Finding['kind'] = 'fate';
      if (beside !== null) {
        const compared = await this.attemptAt(beside, held.theirs, tried);
        held.theirs = compared?.connection ?? null;
        const theirs = compared?.outcome.seen ?? 'not served';
        problem = null;
        if (theirs !== attempted.outcome.seen) {
          kind = 'difference';
          problem = `here: ${attempted.outcome.seen}; there: ${theirs}`;
        }
      }
      this.underWay.delete(tried);
      this.settle(tried, attempted.outcome, kind, problem);
      await this.tidyIfDue();
    }
    held.ours?.destroy();
    held.theirs?.destroy();
  }

  /** Null: the broker takes no connection any more. */
  private async attemptAt(
    address: Address,
    held: RawConnection | null,
    tried: FuzzCase,
  ): Promise<{ outcome: Attempt; connection: RawConnection | null } | null> {
    const usable = held !== null && !held.isClosed ? held : null;
    const connection = usable ?? (await RawConnection.open(address));
    if (connection === null) {
      return null;
    }
    const { listener, patience } = this.options;
    const outcome = await attempt(connection, tried, listener, patience, (api) => {
      this.taken.set(api, (this.taken.get(api) ?? 0) + 1);
    });
    if (!outcome.reusable) {
      connection.destroy();
    }
    return { outcome, connection: outcome.reusable ? connection : null };
  }

  private settle(
    tried: FuzzCase,
    outcome: Attempt,
    kind: Finding['kind'],
    problem: string | null,
  ): void {
    this.done++;
    this.recent.push(tried);
    if (this.recent.length > RECENT) {
      this.recent.shift();
    }
    const name = outcome.problem === null ? outcome.seen : 'a finding';
    this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
    if (problem !== null && !this.stopped) {
      this.report(kind, problem, [tried]);
    }
    this.options.progress?.(this.done, this.findings);
  }

  private report(kind: Finding['kind'], problem: string, cases: readonly FuzzCase[]): void {
    this.findings++;
    this.options.found({ kind, problem, seed: this.options.seed, cases });
    if (this.findings >= this.options.mostFindings) {
      this.stopped = true;
    }
  }

  private crashed(): void {
    this.stopped = true;
    if (!this.isGone) {
      this.isGone = true;
      this.report('crash', 'the broker takes no connection any more', this.suspects());
    }
  }

  /** What is under way, and what was last, the newest first. */
  private suspects(): FuzzCase[] {
    return [...this.underWay, ...[...this.recent].reverse()];
  }

  private async tidyIfDue(): Promise<void> {
    if (this.done % TIDY_EVERY === 0 && this.tidying === null) {
      this.tidying = tidy(this.caller).catch((error: unknown) => {
        if (!(error instanceof NotServed)) {
          throw error;
        }
        if (!this.stopped) {
          this.report('canary', error.message, this.suspects());
          this.stopped = true;
        }
      });
      await this.tidying;
      this.tidying = null;
    }
  }

  private lookAtMemory(): void {
    const { pid, memoryLimit } = this.options;
    const megabytes = pid === null ? null : residentMegabytes(pid);
    if (megabytes === null) {
      return;
    }
    this.peakMemory = Math.max(this.peakMemory ?? 0, megabytes);
    if (megabytes > memoryLimit && !this.stopped) {
      this.stopped = true;
      const problem = `the broker's process holds ${megabytes} MB, more than ${memoryLimit}`;
      this.report('memory', problem, this.suspects());
    }
  }
}

/** Null where the system does not tell. */
export function residentMegabytes(pid: number): number | null {
  try {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match === null ? null : Math.round(Number(match[1]) / 1024);
  } catch {
    return null;
  }
}
