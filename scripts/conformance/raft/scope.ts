/** The scope of a module of spec/raft_scopes.qnt, as its own text says it. */

import { canonicalText } from '../../spec/canonical.js';
import type { QuintModule } from '../../spec/quint-evaluator.js';
import type { Tree } from '../texts.js';
import { parseText } from '../texts.js';

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
  const tree = parseText(canonicalText(module.valueOf('scope', [])));
  const field = (name: string): Tree => {
    const value = tree.kind === 'record' ? tree.fields.get(name) : undefined;
    if (value === undefined) {
      throw new Error(`the scope says nothing of ${name}`);
    }
    return value;
  };
  const numberOf = (name: string): number => Number(field(name).text);
  const flag = (name: string): boolean => field(name).text === 'true';
  const ids = (name: string): number[] => {
    const set = field(name);
    return set.kind === 'set' ? set.members.map(({ text }) => Number(text)).sort() : [];
  };
  return {
    servers: ids('servers'),
    voters: ids('voters'),
    terms: numberOf('terms'),
    entries: numberOf('entries'),
    messages: numberOf('messages'),
    writes: numberOf('writes'),
    sends: numberOf('sends'),
    batch: numberOf('batch'),
    budgets: Object.fromEntries(BUDGETS.map((name) => [name, numberOf(name)])) as Record<
      Budget,
      number
    >,
    preVote: flag('preVote'),
    checkQuorum: flag('checkQuorum'),
    heedsLeader: flag('heedsLeader'),
  };
}
