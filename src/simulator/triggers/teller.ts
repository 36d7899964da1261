/** Where the derivations of events tell what they found. */

import type { BrokerId } from '../../core/types/ids.js';
import type { TriggerEvent } from '../events.js';

export interface Teller {
  /** At the node whose step is being looked at. `peer`: an index from 0. */
  tell(event: TriggerEvent, peer: number | null): void;
}

/** Index of the broker with this id; null: nobody. */
export function indexOf(id: BrokerId | null): number | null {
  return id === null || id < 1 ? null : id - 1;
}
