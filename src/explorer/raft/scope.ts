/** How much may happen in an explored world of Raft. */

/** Budgets; what is left out is none. Each one is used up for good, but for what says "at once". */
export interface RaftScope {
  /** Kebab case; stable once released. */
  readonly name: string;
  /** What is to be seen in it, in one line. */
  readonly title: string;
  /** Nodes 1 to so many are the voters that the cluster is formatted with. */
  readonly voters: number;
  /** So many further nodes follow without a vote. */
  readonly learners?: number;
  /** The greatest term. */
  readonly terms: number;
  /** Entries that clients propose. */
  readonly proposals?: number;
  /** In flight at once. A step that would put more there is not taken. */
  readonly messages: number;
  /** Bytes of proposals in one AppendEntries. Every proposal has one byte. */
  readonly appendBytes?: number;
  /**
   * Writes of one node that are on their way to its disk at once. None: a write is durable within the step
   * that asks for it, which makes the worlds that are about something else much smaller.
   */
  readonly writes?: number;
  /** Messages of one node that wait for its disk at once. */
  readonly waiting?: number;
  /** Processes that end and start again; of the writes under way any number of parts is on the disk. */
  readonly restarts?: number;
  /** Disks that are replaced by empty ones: the node starts as another voter. */
  readonly wipes?: number;
  /** Messages that are lost. Without any, a message can still stay where it is for ever. */
  readonly drops?: number;
  /** Messages that arrive and are still under way. */
  readonly duplicates?: number;
  readonly reads?: number;
  readonly transfers?: number;
  readonly snapshots?: number;
  /** Changes of the voters that are asked for. */
  readonly changes?: number;
  readonly connectionsLost?: number;
}

export type Counted =
  | 'proposals'
  | 'restarts'
  | 'wipes'
  | 'drops'
  | 'duplicates'
  | 'reads'
  | 'transfers'
  | 'snapshots'
  | 'changes'
  | 'connectionsLost';

/** The budgets that are counted, in the order in which a state holds what was used of each. */
export const COUNTED: readonly Counted[] = [
  'proposals',
  'restarts',
  'wipes',
  'drops',
  'duplicates',
  'reads',
  'transfers',
  'snapshots',
  'changes',
  'connectionsLost',
];

/** Places in the list of what was used. */
export const PLACE: Readonly<Record<Counted, number>> = Object.fromEntries(
  COUNTED.map((name, place) => [name, place]),
) as Record<Counted, number>;

/** What there is of each counted budget. */
export function budgetsOf(scope: RaftScope): number[] {
  return COUNTED.map((name) => scope[name] ?? 0);
}
