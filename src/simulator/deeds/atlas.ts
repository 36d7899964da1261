/**
 * What must survive what. A deed that could lose what was promised although the brokers do everything
 * right is refused, so that every red run is a bug of the brokers:
 *
 * - Kills are safe in any number, all nodes at once included: kill -9 keeps the page cache, and Raft
 *   counts only what is synced. Service suffers until they are back, data does not. The exception: a
 *   broker cannot tell a kill from a power loss, so the controller trusts no replica after either
 *   (KIP-966). While a replica of a partition has lost data, one that lost nothing and is trusted must
 *   stay up, orderly ends included: if all have to be distrusted, the last known leader is elected, and
 *   that may be the loser. (Kafka, too: it would take asking the replicas for their log ends, the part
 *   of KIP-966 that is called unclean recovery.)
 * - Nor is it enough that one to be trusted is up: it must stay eligible. Who leaves the ISR stays so (in
 *   the ELR) only where fewer than min.insync.replicas are left. The loser and the stale seat of one that
 *   was killed are enough of them where the minimum is two; if then the third falls behind, or is cut off,
 *   or ends in good order, before the killed one is fenced or comes back, nobody is left to be trusted,
 *   and no network is so quiet that the deed could know. So of those that lost data or may be distrusted
 *   there must be fewer than the minimum at a time ({@link Atlas.distrusted}): every ISR that is large
 *   enough for others to lose their seat for good holds a sound one then. It is what KIP-966 promises:
 *   min.insync.replicas - 1 unclean ends at a time.
 * - Power loss takes what no sync covered. Of a partition at most min.insync.replicas - 1 replicas may
 *   have lost data before they are in sync again. Raft loses nothing. flush.messages=1 syncs every append
 *   before it counts: there a power loss takes nothing either. What must not lose anything now has its
 *   files written back when the power fails.
 * - A move changes what the promises of a partition rest on, and how many they are: an acknowledgement stands
 *   on the lesser of min.insync.replicas and the number of replicas (Kafka, too: acks=all is served by the one
 *   replica that is left of three although min.insync.replicas is 2). So the bounds above are kept for all of the
 *   sets between which a partition may be on its way (standings.ts): those it has, those it had, its target, and
 *   whatever was asked for and may still come. Who shrinks to one replica relies on that one from the request
 *   on: it loses nothing, and what has lost data and may still have its seat is not moved to.
 * - A full disk or an I/O error ends the broker: a kill (its page cache stays).
 * - A damaged sector, also by a write that went astray, costs the replica its whole log (it is set aside
 *   once the damage is seen): a loss, of this partition, until it is in sync again. Damage that nobody has
 *   seen counts on, unless a later life has cut it off with what else it did not trust. A write that has
 *   not gone astray yet may do so at any moment: until then it counts as a loss of every partition there,
 *   also of those of which everything is synced.
 * - Base offset and leader epoch of a batch lie outside of its CRC, in Kafka's format: sector faults spare
 *   them (beyond the atlas, too), and none puts a whole sound batch into the place of another.
 * - Damage of the metadata log is not survived: "the Raft log refuses to start" (design, Storage), the disk
 *   has to be replaced, and a voter with another directory id is another voter. A lost disk likewise takes a
 *   vote until an operator gives the seat to the new one: of every configuration that is in force, or may
 *   come to be, the others must be a majority, and no disk is lost while the voters are being changed.
 *
 * Beyond the atlas nothing is refused: what would have been is written into the ledger, by which the
 * judges tell the documented loss from a bug (judges/beyond.ts).
 */

import type { MetadataImage } from '../../core/metadata/types.js';
import { assert } from '../../core/types/assert.js';
import type { BrokerId } from '../../core/types/ids.js';
import { problemOfBatch } from '../../log/record-batch.js';
import type { RunContext } from '../context.js';
import { readStoredLog } from '../judges/log-files.js';
import type { Scenario } from '../scenario.js';
import type { WatchedNode } from '../watch.js';
import { hosted, type PartitionKey, partitionOf } from './hosted.js';
import type { NewestImage } from './newest-image.js';
import { type Standing, standingAfter, standingsOf } from './standings.js';

/** Why something must not happen to a node, for the sake of a partition's replicas, now or soon; null: it may. */
type Ask = (
  image: MetadataImage,
  key: PartitionKey,
  standing: Standing,
  topic: string,
) => string | null;

/** What one replica has lost. */
interface Loss {
  /** The life from which on it may be in sync again. */
  since: number;
  /** Its files are damaged, and nobody has seen that. */
  hidden: boolean;
}

/** How a node may lose data. */
export type LossKind =
  /** All that is not synced, of every partition. */
  | 'power'
  /** All of every partition. */
  | 'disk'
  /** All of one partition, nobody knows yet of which. */
  | 'sector';

export class Atlas {
  private readonly scenario: Scenario;
  private readonly context: RunContext;
  private readonly images: NewestImage;
  /** By index of the node: what it lost and has not got back, by `topic id/partition`. */
  private readonly losses: Map<PartitionKey, Loss>[];
  /** By index: faults of its disk that may end it at any moment. */
  private readonly doubts: number[];
  /** By index: a write of its disk may go astray at any moment. */
  private readonly strays: number[];
  /** Moves that an operator has asked for and that may still take effect. */
  private readonly asked = new Set<{
    readonly key: PartitionKey;
    readonly target: readonly BrokerId[];
  }>();

  constructor(context: RunContext, images: NewestImage) {
    this.context = context;
    this.scenario = context.scenario;
    this.images = images;
    this.losses = context.cluster.nodes.map(() => new Map());
    this.doubts = context.cluster.nodes.map(() => 0);
    this.strays = context.cluster.nodes.map(() => 0);
  }

  // ------------------------------------------------------------------------------- what is allowed

  /** Why this node must not be killed, or end in good order, now; null: it may. */
  killRefused(index: number): string | null {
    return this.refused(index, (...asked) => this.killReason(index, asked));
  }

  /** Also beyond the atlas: why the healing, which is no fault, must not do without this node. */
  cannotBeMissed(index: number): string | null {
    return this.context.voters.canDoWithout(index)
      ? this.within(index, (...asked) => this.killReason(index, asked))
      : 'without it there is no majority of voters';
  }

  private killReason(index: number, [image, key, standing]: Parameters<Ask>): string | null {
    const loser = this.losers(image, key, standing).find((other) => other !== index);
    return loser === undefined
      ? null
      : this.endangered(image, key, standing, index, `broker ${loser + 1} has lost data`);
  }

  /** Why this node must not lose data now: of all partitions, or of `only` one. */
  lossRefused(index: number, kind: LossKind, only: PartitionKey | null = null): string | null {
    const lost = this.refused(index, (image, key, standing, topic) => {
      if (this.losses[index]!.has(key) || (only !== null && only !== key)) {
        return null;
      }
      if (kind === 'power' && this.alwaysSynced(topic)) {
        return null;
      }
      const others = this.losers(image, key, standing).filter((other) => other !== index);
      return others.length + 1 > standing.minimum - 1
        ? tooMany(others.length, key, standing)
        : this.endangered(image, key, standing, index, 'it would lose data');
    });
    return lost ?? this.killRefused(index);
  }

  /** Why a partition must not be asked to move to these replicas; null: it may. */
  moveRefused(key: PartitionKey, target: readonly BrokerId[]): string | null {
    const image = this.images.get();
    if (image === null) {
      return null;
    }
    this.forgetRegained(image);
    const found = partitionOf(image, key);
    if (found === undefined) {
      return null;
    }
    const standing = standingAfter(found.partition, target, this.minimumIsr(image, found.topic));
    const losers = this.losers(image, key, standing);
    const [loser] = losers;
    if (loser === undefined) {
      return null;
    }
    const reason =
      losers.length > standing.minimum - 1
        ? tooMany(losers.length, key, standing)
        : this.endangered(image, key, standing, loser, `broker ${loser + 1} has lost data`);
    if (reason !== null && this.beyond) {
      this.context.ledger.wentBeyond(key, loser, reason);
    }
    return this.beyond ? null : reason;
  }

  /** It is asked to move there, until what is handed back is called. */
  moves(key: PartitionKey, target: readonly BrokerId[]): () => void {
    const asked = { key, target };
    this.asked.add(asked);
    return () => void this.asked.delete(asked);
  }

  /** Why this node must not lose its whole disk. */
  wipeRefused(index: number): string | null {
    const vote = this.beyond ? null : this.context.voters.lossRefused(index);
    return vote ?? this.lossRefused(index, 'disk');
  }

  metadataDamageRefused(): string | null {
    return this.beyond
      ? null
      : 'a node with a damaged metadata log does not start, and its disk cannot be replaced yet';
  }

  /** A wall clock a day ahead makes retention delete what was acknowledged, by design. */
  jumpRefused(milliseconds: number): string | null {
    const day = 24 * 3600 * 1000;
    if (Math.abs(milliseconds) < day) {
      return null;
    }
    if (this.beyond) {
      this.context.ledger.clockAhead();
    }
    return this.beyond ? null : 'retention goes by the wall clock';
  }

  configRefused(topic: string, key: string, value: string): string | null {
    const unclean = key === 'unclean.leader.election.enable' && value === 'true';
    if (unclean && this.beyond) {
      this.context.ledger.allowedUnclean(topic);
    }
    return !this.beyond && unclean ? 'an unclean election loses data by design' : null;
  }

  // ------------------------------------------------------------------------------- what happened

  /** It loses (or may lose) unsynced data of all partitions, from which its next life recovers. */
  lost(index: number, keeps: 'nothing' | 'drawn' = 'drawn'): void {
    const image = this.images.get();
    for (const [key, , topic] of image === null ? [] : hosted(image, index)) {
      if (!this.alwaysSynced(topic)) {
        this.loses(index, key, false);
        this.context.ledger.took(key, index, keeps === 'nothing' ? 'power-nothing' : 'power');
      }
    }
  }

  lostDisk(index: number): void {
    const image = this.images.get();
    for (const [key] of image === null ? [] : hosted(image, index)) {
      this.loses(index, key, false);
      this.context.ledger.took(key, index, 'disk');
    }
    this.context.ledger.lostDisk(index);
  }

  /** Its log of one partition is damaged, and nobody has seen that. */
  damaged(index: number, key: PartitionKey): void {
    this.loses(index, key, true);
    this.context.ledger.took(key, index, 'damage');
  }

  damagedMetadata(index: number): void {
    this.context.ledger.damagedMetadata(index);
  }

  /** The broker has seen the damage, and set the log aside. */
  damageSeen(node: WatchedNode, replica: string): void {
    const image = this.images.get();
    const dash = replica.lastIndexOf('-');
    const topicId = image?.topicIds.get(replica.slice(0, dash));
    const loss = this.losses[node.index]!.get(`${topicId}/${replica.slice(dash + 1)}`);
    if (loss !== undefined) {
      // Found at its start, this very life replicates it anew; found by a reader, it ends the broker at
      // once, and the next life does.
      loss.since = Math.min(loss.since, node.incarnation);
      loss.hidden = false;
    }
  }

  /** Its disk may end it at any moment, until `doubted(index, -1)`. */
  doubted(index: number, by: 1 | -1): void {
    this.doubts[index]! += by;
    assert(this.doubts[index]! >= 0, 'a doubt was taken back twice');
  }

  /** A write of its disk may go astray at any moment, until `mayStray(index, -1)`. */
  mayStray(index: number, by: 1 | -1): void {
    this.strays[index]! += by;
    this.doubted(index, by);
  }

  hasLost(index: number, key: PartitionKey): boolean {
    return this.losses[index]!.has(key);
  }

  // -------------------------------------------------------------------------------------- inside

  private get beyond(): boolean {
    return this.scenario.atlas === 'beyond';
  }

  private loses(index: number, key: PartitionKey, hidden: boolean): void {
    this.losses[index]!.set(key, { since: this.context.cluster.incarnation(index) + 1, hidden });
  }

  /** As {@link within}; beyond the atlas nothing is refused, and it is noted why it would have been. */
  private refused(index: number, ask: Ask): string | null {
    const { ledger } = this.context;
    if (!this.beyond) {
      return this.within(index, ask);
    }
    this.within(index, (image, key, ...rest) => {
      const reason = ask(image, key, ...rest);
      if (reason !== null) {
        ledger.wentBeyond(key, index, reason);
      }
      return null;
    });
    return null;
  }

  /** Asks of every partition that this node hosts, until there is a reason. */
  private within(index: number, ask: Ask): string | null {
    const image = this.images.get();
    if (image === null) {
      return null;
    }
    this.forgetRegained(image);
    for (const [key, partition, topic] of hosted(image, index)) {
      const asked = [...this.asked].flatMap((move) => (move.key === key ? [move.target] : []));
      for (const standing of standingsOf(partition, asked, this.minimumIsr(image, topic))) {
        const isIn = standing.replicas.includes((index + 1) as BrokerId);
        const reason = isIn ? ask(image, key, standing, topic) : null;
        if (reason !== null) {
          return reason;
        }
      }
    }
    return null;
  }

  /** Why a partition that has lost data, or is about to, cannot do without this node; null: it can. */
  private endangered(
    image: MetadataImage,
    key: PartitionKey,
    standing: Standing,
    index: number,
    because: string,
  ): string | null {
    if (!this.trusted(image, key, standing, index)) {
      return `${because} of ${key}, and nobody else to be trusted is up`;
    }
    const others = this.distrusted(image, standing).filter((other) => other !== index);
    return others.length + 1 < standing.minimum
      ? null
      : `${because} of ${key}, and ${others.length} others are not to be trusted`;
  }

  /**
   * Who may have a seat in the ISR now or soon that is not worth anything: its disk may end it, or the
   * registration is of a life that has ended. Once that is fenced or replaced, it cannot get into the ISR
   * any more (KIP-903), and the next life gets there with everything there is.
   */
  private distrusted(image: MetadataImage, { replicas }: Standing): number[] {
    return replicas
      .filter((id) => this.isStale(image, id) || this.isDoubtful(id - 1))
      .map((id) => id - 1);
  }

  /** Its registration is of a life that has ended, and still counts. */
  private isStale(image: MetadataImage, id: BrokerId): boolean {
    return !this.isRegistered(image, id) && image.brokers.get(id)?.fenced === false;
  }

  /** Whether another replica is up, holds everything in this life, and has lost nothing. */
  private trusted(
    image: MetadataImage,
    key: PartitionKey,
    { holders, awaited }: Standing,
    without: number,
  ): boolean {
    return holders.some((id) => {
      const other = id - 1;
      return (
        other !== without &&
        !this.isDoubtful(other) &&
        !this.losses[other]!.has(key) &&
        (awaited.includes(id) || this.isRegistered(image, id))
      );
    });
  }

  /** Its disk may end it at any moment: a fault lasts, or somebody reads what is damaged. */
  private isDoubtful(index: number): boolean {
    if (this.doubts[index]! > 0) {
      return true;
    }
    for (const { hidden } of this.losses[index]!.values()) {
      if (hidden) {
        return true;
      }
    }
    return false;
  }

  /** Its present life is the one of which the image speaks. */
  private isRegistered(image: MetadataImage, id: BrokerId): boolean {
    const broker = this.context.cluster.broker(id - 1);
    const epoch = image.brokers.get(id)?.epoch;
    return broker !== undefined && epoch !== undefined && broker.lifecycle.brokerEpoch === epoch;
  }

  /**
   * Whose replica has lost data, or may lose it at any moment. Who is waited for, and cannot get in sync in
   * the life that lost, will be there with everything.
   */
  private losers(image: MetadataImage, key: PartitionKey, standing: Standing): number[] {
    const found: number[] = [];
    for (const id of standing.replicas) {
      const index = id - 1;
      const loss = this.losses[index]!.get(key);
      const comesWhole =
        standing.awaited.includes(id) && loss?.hidden === false && !this.isStale(image, id);
      if ((loss !== undefined && !comesWhole) || this.strays[index]! > 0) {
        found.push(index);
      }
    }
    return found;
  }

  /** A replica that is in the ISR in a later life than the one that lost has everything again. */
  private forgetRegained(image: MetadataImage): void {
    for (const [index, losses] of this.losses.entries()) {
      const id = (index + 1) as BrokerId;
      const incarnation = this.context.cluster.incarnation(index);
      const registered = losses.size > 0 && this.isRegistered(image, id);
      for (const [key, { since, hidden }] of losses) {
        const partition = partitionOf(image, key)?.partition;
        const regained = registered && incarnation >= since && partition?.isr.includes(id) === true;
        if (
          partition === undefined ||
          // Moved away: its log goes, and if it ever comes back, it begins with nothing.
          !partition.replicas.includes(id) ||
          (regained && !(hidden && this.isDamaged(image, index, key)))
        ) {
          losses.delete(key);
        }
      }
    }
  }

  /** Whether something in its files of this partition is still not what was written. */
  private isDamaged(image: MetadataImage, index: number, key: PartitionKey): boolean {
    const [topicId, partition] = key.split('/');
    for (const topic of image.topics.values()) {
      if (topic.id === topicId) {
        const { files } = this.context.cluster.nodes[index]!;
        const { batches, problem } = readStoredLog(files, `/data/${topic.name}-${partition}`);
        return problem !== null || batches.some(({ bytes }) => problemOfBatch(bytes, 0) !== null);
      }
    }
    return true;
  }

  /** Read by hand: the topic's own value, the cluster's dynamic default, the static one, Kafka's. */
  private minimumIsr(image: MetadataImage, topic: string): number {
    const name = 'min.insync.replicas';
    const value =
      image.configs.get(`2:${topic}`)?.get(name) ??
      image.configs.get('4:')?.get(name) ??
      this.context.cluster.config(name) ??
      '1';
    return Number(value);
  }

  /** From the topic's creation to the end of the run. */
  private alwaysSynced(topic: string): boolean {
    const { topics, choices } = this.scenario;
    const planned = topics.find(({ name }) => name === topic)?.configs['flush.messages'];
    const changed = choices.some(
      ({ act }) =>
        (act.type === 'configure' && act.topic === topic && act.key === 'flush.messages') ||
        (act.type === 'recreateTopic' && act.topic === topic && act.configs !== undefined),
    );
    return planned === '1' && !changed;
  }
}

function tooMany(losers: number, key: PartitionKey, { minimum }: Standing): string {
  return `${losers} replicas of ${key} have lost data, and min.insync.replicas is ${minimum}`;
}
