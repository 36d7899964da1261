/** Asks from outside, as lag monitors do, where groups stand: a client that knows coordinators from before. */

import type { GroupAdapter } from '../client-adapter.js';
import type { HistoryWriter } from '../history-writer.js';
import type { KeySpace } from './keys.js';

export class GroupAuditor {
  private readonly process: number;
  private readonly group: string;
  private readonly history: HistoryWriter;
  private readonly keys: KeySpace;
  private readonly coordinator: GroupAdapter;

  constructor(
    process: number,
    group: string,
    history: HistoryWriter,
    keys: KeySpace,
    coordinator: GroupAdapter,
  ) {
    this.process = process;
    this.group = group;
    this.history = history;
    this.keys = keys;
    this.coordinator = coordinator;
  }

  /** Positions of all keys; null: no answer. */
  async ask(): Promise<ReadonlyMap<string, number | null> | null> {
    const { process, group, keys } = this;
    const asked = keys.activeKeys();
    const nothing = Object.fromEntries(asked.map((key) => [key, null]));
    const row = { process, f: 'committed', group } as const;
    this.history.add({ type: 'invoke', ...row, value: nothing });
    const outcome = await this.coordinator.committed(asked.map((key) => keys.place(key)));
    if (outcome.type !== 'ok') {
      this.history.add({ type: 'fail', ...row, value: nothing, error: outcome.error.name });
      return null;
    }
    const told = outcome.value.map(
      ({ topic, partition, offset }) => [keys.keyAt(topic, partition), offset] as const,
    );
    this.history.add({ type: 'ok', ...row, value: Object.fromEntries(told) });
    return new Map(told);
  }

  /** Whether any broker knows a coordinator: the first who asks has the offsets topic made. */
  async isReady(): Promise<boolean> {
    const [key] = this.keys.activeKeys();
    return (
      key !== undefined && (await this.coordinator.committed([this.keys.place(key)])).type === 'ok'
    );
  }

  close(): void {
    this.coordinator.close();
  }
}
