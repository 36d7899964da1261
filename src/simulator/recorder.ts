/** Writes the history of a simulated run. */

import type { World } from '../environment/simulated/world.js';
import type { OperationRow, Row } from '../history/rows.js';

/** Gathers the rows of a history in virtual time. */
export class Recorder {
  readonly rows: Row[] = [];
  acknowledged = 0;
  private readonly world: World;
  private nextProcess = 0;

  constructor(world: World) {
    this.world = world;
  }

  process(): number {
    return this.nextProcess++;
  }

  operation(
    process: number,
    type: OperationRow['type'],
    f: 'send' | 'poll',
    value: OperationRow['value'],
    error?: string,
  ): void {
    if (type === 'ok' && f === 'send') {
      this.acknowledged++;
    }
    const row = { index: this.rows.length, time: this.world.now * 1000, process, type, f, value };
    this.rows.push(error === undefined ? row : { ...row, error });
    this.world.mixText(`${process} ${type} ${f} ${JSON.stringify(value)}`);
  }

  phase(name: 'main' | 'final'): void {
    this.nemesis('phase', name);
  }

  nemesis(f: string, value: string): void {
    const time = this.world.now * 1000;
    this.rows.push({ index: this.rows.length, time, process: 'nemesis', type: 'info', f, value });
    this.world.mixText(`${f} ${value}`);
  }

  assign(process: number, keys: readonly string[], seekToBeginning: boolean): void {
    for (const type of ['invoke', 'ok'] as const) {
      const time = this.world.now * 1000;
      const index = this.rows.length;
      this.rows.push({ index, time, process, type, f: 'assign', value: keys, seekToBeginning });
    }
  }
}
