/** The newest committed metadata that any broker of the run has applied, the dead included. */

import type { MetadataImage } from '../../core/metadata/types.js';
import type { SimulatedCluster } from '../cluster.js';
import type { WatchedNode } from '../watch.js';

/**
 * What a deed must know of the partitions, it reads here. A broker that died knew something perhaps that
 * nobody else has applied yet (an ISR on whose strength it acknowledged): its image counts on.
 */
export class NewestImage {
  private readonly cluster: SimulatedCluster;
  /** Of the dead: the newest. */
  private last: MetadataImage | null = null;
  private lastOffset = -1;

  constructor(cluster: SimulatedCluster) {
    this.cluster = cluster;
  }

  nodeEnded(node: WatchedNode): void {
    const controller = node.broker?.controller;
    if (controller !== undefined && controller.imageOffset > this.lastOffset) {
      this.lastOffset = controller.imageOffset;
      this.last = controller.image;
    }
  }

  /** null: nobody has applied anything yet. To be read at once. */
  get(): MetadataImage | null {
    let newest = this.last;
    let offset = this.lastOffset;
    for (let index = 0; index < this.cluster.nodes.length; index++) {
      const controller = this.cluster.broker(index)?.controller;
      if (controller !== undefined && controller.imageOffset > offset) {
        offset = controller.imageOffset;
        newest = controller.image;
      }
    }
    return newest;
  }
}
