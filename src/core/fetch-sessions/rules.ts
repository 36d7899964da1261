/** Rules of fetch sessions (KIP-227), as in Kafka's FetchSession and FetchManager. */

/** What an answer says of a partition. */
export interface ToldPartition {
  readonly hasRecords: boolean;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly isError: boolean;
  /** The fetcher's log is another one (KIP-595). */
  readonly isDiverging: boolean;
  /** The fetcher should read from another replica (KIP-392). */
  readonly hasPreferredReplica: boolean;
}

/** What the fetcher was told last. */
export interface RememberedPartition {
  readonly highWatermark: number;
  readonly logStartOffset: number;
}

export interface FetchSessionRules {
  /** Whether an incremental answer names the partition (CachedPartition.maybeUpdateResponseData). */
  readonly mustTell: (remembered: RememberedPartition, told: ToldPartition) => boolean;
  /** What is remembered of what was told. */
  readonly remember: (told: ToldPartition) => RememberedPartition;
  /** Whether a request of that epoch is the next one of a session (FetchManager.newContext). */
  readonly epochFits: (expected: number, epoch: number) => boolean;
}

/** Of a partition of which nothing was told: no answer is the same. */
export const NOTHING_TOLD: RememberedPartition = { highWatermark: -1, logStartOffset: -1 };

export const FETCH_SESSION_RULES: FetchSessionRules = {
  mustTell: (remembered, told) =>
    told.hasRecords ||
    told.isError ||
    told.isDiverging ||
    told.hasPreferredReplica ||
    told.highWatermark !== remembered.highWatermark ||
    told.logStartOffset !== remembered.logStartOffset,
  // Once an error or a divergence is over, the fetcher is told, though nothing else has changed.
  remember: ({ isError, isDiverging, highWatermark, logStartOffset }) => ({
    highWatermark: isError || isDiverging ? -1 : highWatermark,
    logStartOffset,
  }),
  epochFits: (expected, epoch) => expected === epoch,
};
