/** The two quotas of a broker as the metadata configures them (KIP-73, KIP-226). */

import { configNumber } from '../core/metadata/configs-table.js';
import { effectiveTopicConfig } from '../core/metadata/effective-configs.js';
import { BROKER_RESOURCE, configResourceKey } from '../core/metadata/image.js';
import type { MetadataImage } from '../core/metadata/types.js';
import type { BrokerId, PartitionIndex } from '../core/types/ids.js';
import type { Environment } from '../environment/environment.js';
import { ReplicationQuota, throttledReplicas } from './replication-quota.js';
import type { Settings } from './settings.js';

export class ReplicationQuotas {
  /** Of what this broker sends to followers. */
  readonly leader: ReplicationQuota;
  /** Of what it fetches from leaders. */
  readonly follower: ReplicationQuota;
  private readonly settings: Settings;
  private readonly self: BrokerId;

  constructor(environment: Environment, settings: Settings, self: BrokerId) {
    const now = (): number => environment.clock.monotonic();
    this.leader = new ReplicationQuota(now);
    this.follower = new ReplicationQuota(now);
    this.settings = settings;
    this.self = self;
  }

  /** Call when configs or topics have changed. */
  imageChanged(image: MetadataImage): void {
    for (const side of ['leader', 'follower'] as const) {
      const rate = this.rate(image, `${side}.replication.throttled.rate`);
      const name = `${side}.replication.throttled.replicas`;
      const throttled = new Map<string, ReadonlySet<PartitionIndex> | 'all'>();
      for (const topic of rate === Number.POSITIVE_INFINITY ? [] : image.topicIds.keys()) {
        const { value } = effectiveTopicConfig(image, this.settings, topic, name);
        if (value !== '') {
          throttled.set(topic, throttledReplicas(value, this.self));
        }
      }
      this[side].configure(rate, throttled);
    }
  }

  /** Bytes a second: this broker's own value, or the cluster's default; without either, no limit. */
  private rate(image: MetadataImage, name: string): number {
    const value =
      image.configs.get(configResourceKey(BROKER_RESOURCE, String(this.self)))?.get(name) ??
      image.configs.get(configResourceKey(BROKER_RESOURCE, ''))?.get(name) ??
      this.settings.text(name);
    const number = configNumber(value);
    return number >= Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : number;
  }
}
