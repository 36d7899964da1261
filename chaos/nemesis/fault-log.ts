/** What was done to the cluster and what shows it: rows of the history and records of the verdict. */

import type { FaultRecord } from '../../src/report/document.js';
import type { HistoryWriter } from '../history-writer.js';
import { FaultSkipped } from '../targets/target.js';

/** A fault that has begun. */
export interface OpenFault {
  readonly id: number;
  readonly kind: string;
  readonly target: string;
  readonly from: number;
}

export class FaultLog {
  private readonly history: HistoryWriter;
  private readonly finished: FaultRecord[] = [];
  private readonly open = new Map<number, OpenFault>();
  private lastId = 0;

  constructor(history: HistoryWriter) {
    this.history = history;
  }

  begin(kind: string, target: string): OpenFault {
    this.lastId++;
    const fault = { id: this.lastId, kind, target, from: this.history.seconds() };
    this.open.set(fault.id, fault);
    this.history.nemesis(kind, { fault: fault.id, at: 'from', target });
    return fault;
  }

  /** `proof`: what showed that it took effect. */
  end(fault: OpenFault, proof: string): void {
    this.close(fault, { proof });
  }

  skip(fault: OpenFault, skipped: string): void {
    this.close(fault, { skipped });
  }

  /** Skipped where `error` says so; any other error is passed on. */
  failed(fault: OpenFault, error: unknown): void {
    if (!(error instanceof FaultSkipped)) {
      this.skip(fault, String(error));
      throw error;
    }
    this.skip(fault, error.message);
  }

  /** Closes what a step that broke off left open. Clocks run on beside the steps. */
  abandon(reason: string): void {
    for (const fault of [...this.open.values()]) {
      if (fault.kind !== 'clock') {
        this.skip(fault, reason);
      }
    }
  }

  records(): FaultRecord[] {
    const unfinished = [...this.open.values()].map(({ kind, target, from }) => ({
      kind,
      target,
      from,
      to: null,
    }));
    return [...this.finished, ...unfinished].sort((a, b) => a.from - b.from);
  }

  /** Kinds that took effect at least once. */
  effective(): ReadonlySet<string> {
    return new Set(
      this.finished.filter(({ skipped }) => skipped === undefined).map(({ kind }) => kind),
    );
  }

  private close(fault: OpenFault, how: { proof: string } | { skipped: string }): void {
    if (!this.open.delete(fault.id)) {
      return;
    }
    const { kind, target, from } = fault;
    this.finished.push({ kind, target, from, to: this.history.seconds(), ...how });
    this.history.nemesis(kind, { fault: fault.id, at: 'to', target, ...how });
  }
}
