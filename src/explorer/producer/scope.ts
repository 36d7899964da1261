/** How much may happen in an explored world of idempotent production. */

/** Budgets; what is left out is none. Each one is used up for good, but for `window`. */
export interface ProducerScope {
  /** Kebab case; stable once released. */
  readonly name: string;
  /** What is to be seen in it, in one line. */
  readonly title: string;
  /** Producers with an id of their own; one, if nothing is said. Equal: renaming them changes nothing. */
  readonly producers?: number;
  /** Lives of each: a new one has the same id and shuts out those before it (KIP-98). One, if nothing is said. */
  readonly lives?: number;
  /** Batches that a producer has without an answer at once (max.in.flight.requests.per.connection). */
  readonly window: number;
  /** Batches that applications send, in all. */
  readonly sends: number;
  /** A batch has one record, or so many. One, if nothing is said. */
  readonly records?: number;
  /** The first epoch begins shortly before the last sequence. */
  readonly wraps?: boolean;
  /** Connections that break; what was answered on them and not heard is lost. */
  readonly breaks?: number;
  /** The requests of a broken connection may come late, in their order. Else they are lost. */
  readonly late?: boolean;
  /** Answers are on their way for a while, else they are heard in the step in which they are given. */
  readonly answersUnderWay?: boolean;
  /** Batches that their producer gives up (delivery.timeout.ms). */
  readonly givenUp?: number;
  /** Requests that wait too long at the leader (request.timeout.ms). */
  readonly expired?: number;
  /**
   * What is appended is in the page cache a while later, batch by batch, and lost with the process until then. Else it
   * is there within the step.
   */
  readonly slowAppends?: boolean;
  /** Changes of the leader while both replicas run. */
  readonly elections?: number;
  /** Processes that end and start again. */
  readonly restarts?: number;
  /** Segments that are rolled: a producer snapshot as of the log end. */
  readonly snapshots?: number;
  /**
   * What no producer should do, to see what comes of it: `pipeline-unknown`: several batches in flight before the
   * partition knows the producer; `bump-early`: a refusal counts although requests of broken connections may come late.
   */
  readonly without?: 'pipeline-unknown' | 'bump-early';
}

export type Counted =
  | 'sends'
  | 'breaks'
  | 'givenUp'
  | 'expired'
  | 'elections'
  | 'restarts'
  | 'snapshots';

/** The budgets that are counted, in the order in which a state holds what was used of each. */
export const COUNTED: readonly Counted[] = [
  'sends',
  'breaks',
  'givenUp',
  'expired',
  'elections',
  'restarts',
  'snapshots',
];

/** Places in the list of what was used. */
export const PLACE: Readonly<Record<Counted, number>> = Object.fromEntries(
  COUNTED.map((name, place) => [name, place]),
) as Record<Counted, number>;

/** What there is of each counted budget. */
export function budgetsOf(scope: ProducerScope): number[] {
  return COUNTED.map((name) => scope[name] ?? 0);
}

/** Sessions of the world: the lives of all producers. */
export function sessionCount({ producers = 1, lives = 1 }: ProducerScope): number {
  return producers * lives;
}
