/** The scope of a module of spec/raft_scopes.qnt, as its own text says it. */

import type { QuintModule } from '../../spec/quint-evaluator.js';
import { scopeFields } from '../scope-fields.js';

/** As `Scope` in spec/raft_types.qnt. */
export interface SpecScope {
  readonly servers: readonly number[];
  readonly voters: readonly number[];
  readonly terms: number;
  readonly entries: number;
  readonly messages: number;
  readonly writes: number;
  readonly sends: number;
  readonly batch: number;
  readonly budgets: Readonly<Record<Budget, number>>;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly heedsLeader: boolean;
}

/** What is counted in `Spent` of spec/raft_types.qnt. */
export type Budget =
  | 'proposals'
  | 'restarts'
  | 'drops'
  | 'duplicates'
  | 'reads'
  | 'snapshots'
  | 'changes'
  | 'transfers';

export const BUDGETS: readonly Budget[] = [
  'proposals',
  'restarts',
  'drops',
  'duplicates',
  'reads',
  'snapshots',
  'changes',
  'transfers',
];

export function scopeOf(module: QuintModule): SpecScope {
  const { number, flag, numbers } = scopeFields(module);
  return {
    servers: numbers('servers'),
    voters: numbers('voters'),
    terms: number('terms'),
    entries: number('entries'),
    messages: number('messages'),
    writes: number('writes'),
    sends: number('sends'),
    batch: number('batch'),
    budgets: Object.fromEntries(BUDGETS.map((name) => [name, number(name)])) as Record<
      Budget,
      number
    >,
    preVote: flag('preVote'),
    checkQuorum: flag('checkQuorum'),
    heedsLeader: flag('heedsLeader'),
  };
}
