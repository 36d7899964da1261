/** Reading from the replica in the client's rack, as the leader names it (KIP-392). */

import type { BrokerId } from '../core/types/ids.js';
import type { Client, Fetched, FetchPosition } from './client.js';
import type { Outcome } from './outcomes.js';
import type { PartitionRoute } from './routes.js';

/** After so many answers of a named replica the leader is asked again (Kafka: after metadata.max.age.ms). */
const ANSWERS_UNTIL_ASKED_AGAIN = 50;

interface Named {
  readonly broker: BrokerId;
  answers: number;
}

export class NearestReplica {
  private readonly client: Client;
  /** By `topic-partition`. */
  private readonly named = new Map<string, Named>();

  constructor(client: Client) {
    this.client = client;
  }

  /** What a named replica refuses, or does not have, the leader is asked for. */
  fetch(from: FetchPosition, done: (outcome: Outcome<Fetched>) => void): void {
    const key = `${from.topic}-${from.partition}`;
    const named = this.named.get(key);
    if (named === undefined) {
      this.askLeader(key, from, done);
      return;
    }
    const heard = (outcome: Outcome<Fetched>): void => {
      named.answers++;
      if (outcome.type !== 'ok') {
        this.named.delete(key);
        // Without a rack, or it would name that one again.
        const { rack: _, ...plain } = from;
        this.client.fetchFrom(plain, done, null);
        return;
      }
      if (named.answers >= ANSWERS_UNTIL_ASKED_AGAIN) {
        this.named.delete(key);
      }
      done(outcome);
    };
    this.client.fetchFrom(from, heard, named.broker);
  }

  private askLeader(
    key: string,
    from: FetchPosition,
    done: (outcome: Outcome<Fetched>) => void,
  ): void {
    const heard = (outcome: Outcome<Fetched>): void => {
      if (outcome.type === 'ok' && outcome.value.preferred !== null) {
        this.named.set(key, { broker: outcome.value.preferred, answers: 0 });
        this.fetch(from, done);
        return;
      }
      done(outcome);
    };
    this.client.fetchFrom(from, heard, null);
  }
}

/** The one that `number` chooses of the replicas whose address is known; without a number the leader. */
export function chosenReplica(
  { leader, replicas }: PartitionRoute,
  number: number | undefined,
  knows: (id: BrokerId) => boolean,
): BrokerId {
  const known = replicas.filter(knows);
  return number === undefined ? leader : (known[number % known.length] ?? leader);
}

/** A broker whose address nobody told cannot be asked. */
export function preferredIn(
  told: number | undefined,
  knows: (id: BrokerId) => boolean,
): BrokerId | null {
  const id = (told ?? -1) as BrokerId;
  return id >= 0 && knows(id) ? id : null;
}
