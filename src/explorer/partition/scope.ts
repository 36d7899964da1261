/** How much may happen in an explored world of one partition and its controller. */

/** Budgets; what is left out is none. Each one is used up for good, but for bounds and what says "at once". */
export interface PartitionScope {
  /** Kebab case; stable once released. */
  readonly name: string;
  /** What is to be seen in it, in one line. */
  readonly title: string;
  /** Brokers 1 to so many are the replicas, in this order; all of them are in sync, and 1 leads. */
  readonly replicas: number;
  /** So many further brokers have no replica at first. */
  readonly spares?: number;
  /** min.insync.replicas. */
  readonly minIsr: number;
  /** unclean.leader.election.enable. */
  readonly unclean?: boolean;
  /** It is also asked whether everybody can get in sync again, from every state whose epochs leave room for it. */
  readonly rests?: boolean;
  /** The greatest leader epoch; the first is 0. A decision that leads beyond is not taken. */
  readonly leaderEpochs: number;
  /** The greatest partition epoch; the first is 0. */
  readonly partitionEpochs: number;
  /** In flight at once. */
  readonly messages: number;
  /** Decisions of the controller that one broker has yet to apply, at once. */
  readonly behind: number;
  /** A broker may apply all of them in one step, as from a snapshot of the metadata. */
  readonly skips?: boolean;
  /** Batches in one answer to a fetch; none: all that there are. */
  readonly batchesPerFetch?: number;
  /** What is appended counts as appended in a step of its own (flush.messages). */
  readonly slowAppends?: boolean;
  /** The producer is idempotent: batches carry sequences. */
  readonly idempotent?: boolean;
  /** Batches of one record produced with acks=all. */
  readonly records?: number;
  /** And with acks=1. */
  readonly leaderRecords?: number;
  /** Batches that are produced again, with the same content. */
  readonly retries?: number;
  /** Fetches of consumers, of any replica. */
  readonly reads?: number;
  /** DeleteRecords up to the high watermark. */
  readonly deletions?: number;
  /** Processes that are killed; they come back with all of their log, but have no proof of it. */
  readonly crashes?: number;
  /** Processes that end with any tail of their log lost. */
  readonly powerLosses?: number;
  /** Processes that end in good order, without asking. */
  readonly stops?: number;
  /** Controlled shutdowns. */
  readonly shutdowns?: number;
  /** Sessions that run out though the broker lives. */
  readonly fences?: number;
  /** Messages that are lost; who waits for an answer hears of it. */
  readonly drops?: number;
  /** Requests whose sender waits no longer, and which arrive all the same. */
  readonly timeouts?: number;
  /**
   * A late AlterPartition may arrive behind a newer one of its broker. Else it arrives before or not at all: they
   * take one connection.
   */
  readonly overtaking?: boolean;
  /** Requests that reach a controller that does not lead. */
  readonly refusals?: number;
  /** Elections of the preferred leader that are asked for. */
  readonly preferred?: number;
  /** Unclean elections that an operator asks for. */
  readonly uncleanAsked?: number;
  /** Moves to other brokers that are asked for, or given up. */
  readonly moves?: number;
}

export type Counted =
  | 'records'
  | 'leaderRecords'
  | 'retries'
  | 'reads'
  | 'deletions'
  | 'crashes'
  | 'powerLosses'
  | 'stops'
  | 'shutdowns'
  | 'fences'
  | 'drops'
  | 'timeouts'
  | 'refusals'
  | 'preferred'
  | 'uncleanAsked'
  | 'moves';

/** The budgets that are counted, in the order in which a state holds what was used of each. */
export const COUNTED: readonly Counted[] = [
  'records',
  'leaderRecords',
  'retries',
  'reads',
  'deletions',
  'crashes',
  'powerLosses',
  'stops',
  'shutdowns',
  'fences',
  'drops',
  'timeouts',
  'refusals',
  'preferred',
  'uncleanAsked',
  'moves',
];

/** Places in the list of what was used. */
export const PLACE: Readonly<Record<Counted, number>> = Object.fromEntries(
  COUNTED.map((name, place) => [name, place]),
) as Record<Counted, number>;

/** What there is of each counted budget. */
export function budgetsOf(scope: PartitionScope): number[] {
  return COUNTED.map((name) => scope[name] ?? 0);
}
