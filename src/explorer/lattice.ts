/**
 * A lattice of scopes: many small worlds instead of one large one. Each switches on a few of the things that
 * can happen, alone and in pairs, and has the budgets that this takes.
 */

/** Which run explores a scope: `quick` on every change, `full` besides, `night` when there is an hour. */
export type Lane = 'quick' | 'full' | 'night';

export const LANES: readonly Lane[] = ['quick', 'full', 'night'];

/** What every machine's scopes have; beside it, budgets of its own. */
export interface NamedScope {
  /** Kebab case; stable once released. */
  readonly name: string;
  /** What is to be seen in it, in one line. */
  readonly title: string;
  readonly lane: Lane;
}

/** The scopes of a lane and of the shorter ones. */
export function scopesOf<Scope extends NamedScope>(
  lattice: readonly Scope[],
  lane: Lane,
): readonly Scope[] {
  const included = LANES.slice(0, LANES.indexOf(lane) + 1);
  return lattice.filter((scope) => included.includes(scope.lane));
}

/** The budgets, as people write them: `voters 3, terms 2, messages 3, restarts 1`. */
export function tellBudgets(scope: NamedScope): string {
  const { name: _name, title: _title, lane: _lane, ...budgets } = scope;
  return Object.entries(budgets)
    .map(([budget, value]) => `${budget} ${value}`)
    .join(', ');
}
