/** What the leaders of a group's generations gave to its members, as they sent it. */

import type { Key } from './keys.js';

export class GroupShares {
  /** How many were sent so far. */
  sent = 0;
  private readonly shares = new Map<number, { readonly number: number; keys: ReadonlySet<Key> }>();

  /** The leader of `generation` sends what each member gets. */
  add(generation: number, keys: ReadonlySet<Key>): void {
    this.sent++;
    this.shares.set(generation, { number: this.sent, keys });
  }

  /** Null: its leader has sent nothing yet. */
  of(generation: number): ReadonlySet<Key> | null {
    return this.shares.get(generation)?.keys ?? null;
  }

  /** Whether the one of `generation` was among the first `sent`. */
  isAmong(sent: number, generation: number): boolean {
    const share = this.shares.get(generation);
    return share !== undefined && share.number <= sent;
  }

  /** The group was deleted: its generations begin anew. */
  clear(): void {
    this.shares.clear();
  }
}
