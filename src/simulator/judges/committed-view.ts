/**
 * What is committed, as a judge knows it: the fold of everything that any node ever saw committed. The
 * cluster's word about who leads, who is in sync and what is configured; no broker is ahead of it.
 */

import type {
  BrokerRegistration,
  MetadataImage,
  MetadataRecord,
  PartitionRegistration,
  TopicImage,
} from '../../core/metadata/types.js';
import { copyFold, foldFrom, foldRecord, startFold } from '../../core/properties/metadata/fold.js';
import type { BrokerId, PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { RunContext } from '../context.js';

export class CommittedView {
  /** Offset of the newest record in `image`; -1 before the first. */
  offset = -1;
  /** Rises with every record that is committed. */
  version = 0;
  /**
   * The judge's own fold. What changes is replaced, never changed in place: a topic or registration
   * that is still the same object has not changed.
   */
  readonly image: MetadataImage = startFold();
  /** `<topic id>/<partition>` -> elections of leaders from outside ISR and ELR. */
  private readonly unclean = new Map<string, number>();
  /** Every record that is in `image`, in order, behind what `origin` holds. */
  private readonly records: { readonly offset: number; readonly record: MetadataRecord }[] = [];
  private origin: { readonly image: MetadataImage; readonly offset: number } = {
    image: startFold(),
    offset: -1,
  };
  private readonly context: RunContext;

  constructor(context: RunContext) {
    this.context = context;
  }

  broker(id: BrokerId): Readonly<BrokerRegistration> | undefined {
    return this.image.brokers.get(id);
  }

  topic(id: Uuid): Readonly<TopicImage> | undefined {
    return this.image.topics.get(id);
  }

  partition(topicId: Uuid, partition: PartitionIndex): Readonly<PartitionRegistration> | undefined {
    return this.image.topics.get(topicId)?.partitions.get(partition);
  }

  /** How often a leader was elected from outside ISR and ELR: records may be lost, and it is said. */
  uncleanElections(topicId: Uuid, partition: PartitionIndex): number {
    return this.unclean.get(`${topicId}/${partition}`) ?? 0;
  }

  /** min.insync.replicas as the topic has it now (Kafka: 1); not bounded by its replicas. */
  minIsr(topicId: Uuid): number {
    return Number(this.config(topicId, 'min.insync.replicas') ?? 1);
  }

  /** A topic's config: its own, the cluster's dynamic default, or the brokers' static one. */
  config(topicId: Uuid, name: string): string | undefined {
    const { configs, topics } = this.image;
    const topic = topics.get(topicId)?.name;
    return (
      configs.get(`2:${topic}`)?.get(name) ??
      configs.get('4:')?.get(name) ??
      this.context.cluster.config(name)
    );
  }

  /** The records at `base`, `base + 1`, ... are committed; those that are known already are skipped. */
  commit(base: number, records: readonly MetadataRecord[], upTo: number): void {
    for (let i = 0; i < records.length; i++) {
      if (base + i > this.offset) {
        this.version++;
        this.countUnclean(records[i]!);
        foldRecord(this.image, records[i]!, base + i);
        this.records.push({ offset: base + i, record: records[i]! });
      }
    }
    this.offset = Math.max(this.offset, upTo);
  }

  /** A snapshot of more than anybody was seen to apply. */
  restore(image: MetadataImage, upTo: number): void {
    if (upTo > this.offset) {
      this.origin = { image: foldFrom(image), offset: upTo };
      this.records.length = 0;
      Object.assign(this.image, copyFold(this.origin.image));
      this.offset = upTo;
      this.version++;
    }
  }

  /** What was committed up to an offset, folded anew; null: that is no longer known. */
  imageAt(upTo: number): MetadataImage | null {
    if (upTo === this.offset) {
      return this.image;
    }
    if (upTo < this.origin.offset || upTo > this.offset) {
      return null;
    }
    const image = copyFold(this.origin.image);
    for (const { offset, record } of this.records) {
      if (offset > upTo) {
        break;
      }
      foldRecord(image, record, offset);
    }
    return image;
  }

  private countUnclean(record: MetadataRecord): void {
    if (record.type !== 'PartitionChangeRecord' || record.leader < 0) {
      return;
    }
    const known = this.partition(record.topicId, record.partitionId);
    const { leader } = record;
    if (known !== undefined && !known.isr.includes(leader) && !known.elr.includes(leader)) {
      const key = `${record.topicId}/${record.partitionId}`;
      this.unclean.set(key, (this.unclean.get(key) ?? 0) + 1);
    }
  }
}
