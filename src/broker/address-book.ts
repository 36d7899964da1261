/** Where the nodes of the cluster are: what the command line says, what callers and leaders told, what is registered. */

import type { MetadataImage } from '../core/metadata/types.js';
import type { BrokerId } from '../core/types/ids.js';
import { INTERNAL_LISTENER } from './quorum-api.js';
import type { PeerAddress } from './request-channel.js';

/** Of a node that nobody has heard of yet: nothing listens there. */
const NOWHERE: PeerAddress = { host: '127.0.0.1', port: 1 };

export interface KnownAddresses {
  /** How this broker reaches another, whatever that one says. */
  readonly overrides: ReadonlyMap<BrokerId, PeerAddress>;
  readonly voters: readonly (PeerAddress & { readonly id: BrokerId })[];
}

export class AddressBook {
  private readonly known: KnownAddresses;
  private readonly image: () => MetadataImage;
  private readonly told = new Map<BrokerId, PeerAddress>();

  constructor(known: KnownAddresses, image: () => MetadataImage) {
    this.known = known;
    this.image = image;
  }

  /** `node` listens there, as it or its leader said. */
  tell(node: BrokerId, { host, port }: PeerAddress): void {
    this.told.set(node, { host, port });
  }

  /** Null: nobody has heard of the node yet. */
  find(node: BrokerId): PeerAddress | null {
    const { overrides, voters } = this.known;
    const registered = this.image()
      .brokers.get(node)
      ?.endPoints.find(({ name }) => name === INTERNAL_LISTENER);
    return (
      overrides.get(node) ??
      voters.find(({ id }) => id === node) ??
      this.told.get(node) ??
      registered ??
      null
    );
  }

  /** Of a node that nobody has heard of: one that answers nothing. */
  of(node: BrokerId): PeerAddress {
    return this.find(node) ?? NOWHERE;
  }
}
