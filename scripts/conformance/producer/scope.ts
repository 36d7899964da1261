/** The scope of a module of spec/producer_scopes.qnt, as its own text says it. */

import { KEPT_BATCHES, MAX_SEQUENCE } from '../../../src/core/partition/producer-state.js';
import type { QuintModule } from '../../spec/quint-evaluator.js';
import { scopeFields } from '../scope-fields.js';

/** As `Scope` in spec/producer_types.qnt. */
export interface SpecScope {
  readonly lives: readonly number[];
  readonly window: number;
  readonly begins: number;
  readonly records: number;
  readonly entries: number;
  readonly budgets: Readonly<Record<Budget, number>>;
  readonly late: boolean;
  readonly overtaking: boolean;
}

/** What is counted in `Spent` of spec/producer_types.qnt. */
export type Budget =
  | 'sends'
  | 'reconnects'
  | 'elections'
  | 'restarts'
  | 'snapshots'
  | 'expiries'
  | 'timeouts';

export const BUDGETS: readonly Budget[] = [
  'sends',
  'reconnects',
  'elections',
  'restarts',
  'snapshots',
  'expiries',
  'timeouts',
];

/** Throws where the scope has other numbers than the code, in which they are constants. */
export function scopeOf(module: QuintModule): SpecScope {
  const { number, flag, numbers } = scopeFields(module);
  if (number('keptBatches') !== KEPT_BATCHES || number('sequences') !== MAX_SEQUENCE + 1) {
    throw new Error('the code remembers as many batches, and has as many sequences, as Kafka');
  }
  return {
    lives: numbers('lives'),
    window: number('window'),
    begins: number('begins'),
    records: number('records'),
    entries: number('entries'),
    budgets: Object.fromEntries(BUDGETS.map((name) => [name, number(name)])) as Record<
      Budget,
      number
    >,
    late: flag('late'),
    overtaking: flag('overtaking'),
  };
}
