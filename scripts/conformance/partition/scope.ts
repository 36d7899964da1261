/** The scope of a module of spec/partition_scopes.qnt, as its own text says it. */

import { canonicalText } from '../../spec/canonical.js';
import type { QuintModule } from '../../spec/quint-evaluator.js';
import { scopeFields } from '../scope-fields.js';

/** What is counted in `Spent` of spec/partition_types.qnt. */
export type Budget =
  | 'produces'
  | 'fencings'
  | 'restarts'
  | 'losses'
  | 'drops'
  | 'lags'
  | 'reads'
  | 'preferred'
  | 'unclean';

export const BUDGETS: readonly Budget[] = [
  'produces',
  'fencings',
  'restarts',
  'losses',
  'drops',
  'lags',
  'reads',
  'preferred',
  'unclean',
];

/** As `Scope` in spec/partition_types.qnt, but for the design: the code has that of Kafka only. */
export interface SpecScope {
  readonly replicas: readonly number[];
  readonly leader: number;
  readonly minIsr: number;
  readonly uncleanAllowed: boolean;
  readonly acks: readonly number[];
  readonly fetchers: readonly number[];
  readonly merges: boolean;
  readonly leaderEpochs: number;
  readonly messages: number;
  readonly updates: number;
  readonly budgets: Readonly<Record<Budget, number>>;
}

export function scopeOf(module: QuintModule): SpecScope {
  const { number, flag, numbers } = scopeFields(module);
  const design = canonicalText(module.valueOf('scope.design', []));
  if (design !== 'Kafka') {
    throw new Error(`the code has no design ${design}`);
  }
  return {
    replicas: numbers('replicas'),
    leader: number('leader'),
    minIsr: number('minIsr'),
    uncleanAllowed: flag('uncleanAllowed'),
    acks: numbers('acks'),
    fetchers: numbers('fetchers'),
    merges: flag('merges'),
    leaderEpochs: number('leaderEpochs'),
    messages: number('messages'),
    updates: number('updates'),
    budgets: Object.fromEntries(BUDGETS.map((name) => [name, number(name)])) as Record<
      Budget,
      number
    >,
  };
}
