/**
 * Replication from one leader broker over two connections: partitions that records keep coming to are
 * fetched apart from those that are quiet, so that each round of a busy one does not carry all others
 * along. Both loops park at the leader when there is nothing, so a quiet partition is as quick to hear
 * of its first record.
 */

import type { Environment } from '../environment/environment.js';
import type { Replica } from './replica.js';
import { ReplicaFetcher, type ReplicaFetcherOptions } from './replica-fetcher.js';

/** Without a record for so long a partition counts as quiet. */
const QUIET_AFTER_MILLISECONDS = 500;

export class LeaderFetchers {
  private readonly environment: Environment;
  private readonly busy: ReplicaFetcher;
  private readonly quiet: ReplicaFetcher;
  /** When each replica last got records, on the monotonic clock. */
  private readonly lastRecords = new Map<Replica, number>();

  constructor(options: ReplicaFetcherOptions) {
    this.environment = options.environment;
    const answered = (replica: Replica, hasRecords: boolean): void =>
      this.sort(replica, hasRecords);
    this.busy = new ReplicaFetcher(options, answered);
    this.quiet = new ReplicaFetcher(options, answered);
  }

  add(replica: Replica): void {
    this.lastRecords.set(replica, this.environment.clock.monotonic());
    this.busy.add(replica);
  }

  remove(replica: Replica): void {
    this.lastRecords.delete(replica);
    this.busy.remove(replica);
    this.quiet.remove(replica);
  }

  /** The replica's log end has moved. */
  logEndAdvanced(replica: Replica): void {
    this.busy.logEndAdvanced(replica);
    this.quiet.logEndAdvanced(replica);
  }

  close(): void {
    this.busy.close();
    this.quiet.close();
  }

  private sort(replica: Replica, hasRecords: boolean): void {
    const last = this.lastRecords.get(replica);
    if (last === undefined) {
      return;
    }
    const now = this.environment.clock.monotonic();
    if (hasRecords) {
      this.lastRecords.set(replica, now);
      if (this.quiet.has(replica)) {
        this.quiet.remove(replica);
        this.busy.add(replica);
      }
    } else if (now - last > QUIET_AFTER_MILLISECONDS && this.busy.has(replica)) {
      this.busy.remove(replica);
      this.quiet.add(replica);
    }
  }
}
