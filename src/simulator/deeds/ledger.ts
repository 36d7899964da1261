/**
 * What the deeds of a run did beyond the atlas: of whom they took data, and what they did although it
 * need not be survived. The judges read it; what it does not explain is a bug of the brokers.
 */

import type { World } from '../../environment/simulated/world.js';

/** How a replica lost data: unsynced bytes (`nothing`: all of them), its whole disk, or its whole log. */
export type Taking = 'power' | 'power-nothing' | 'disk' | 'damage';

/** One replica that lost data of one partition. */
export interface Taken {
  readonly how: Taking;
  /** Virtual microseconds. */
  readonly at: number;
  /** Index of the node. */
  readonly node: number;
}

export class Ledger {
  private readonly world: World;
  /** By `topic id/partition`: why a deed need not have been survived, in the order of the deeds. */
  private readonly transgressions = new Map<string, string[]>();
  /** By `topic id/partition`: who lost what, in order. */
  private readonly taken = new Map<string, Taken[]>();
  /** Topics for which an unclean election was configured. */
  private readonly unclean = new Set<string>();
  /** Virtual microseconds; null: no wall clock went far ahead. */
  private clockAt: number | null = null;
  /** By index: its metadata log was damaged in its present disk. */
  private readonly metadata = new Set<number>();
  /** By index: lost the disk that it voted with. */
  private readonly disks = new Set<number>();

  constructor(world: World) {
    this.world = world;
  }

  /** A deed at `node` is carried out that the atlas refuses for this partition. */
  wentBeyond(key: string, node: number, reason: string): void {
    const known = this.transgressions.get(key) ?? [];
    const at = (this.world.now / 1000).toFixed(0);
    known.push(`at ${at} ms, broker${node + 1}: ${reason}`);
    this.transgressions.set(key, known);
  }

  took(key: string, node: number, how: Taking): void {
    const known = this.taken.get(key) ?? [];
    known.push({ how, at: this.world.now, node });
    this.taken.set(key, known);
  }

  allowedUnclean(topic: string): void {
    this.unclean.add(topic);
  }

  clockAhead(): void {
    this.clockAt ??= this.world.now;
  }

  damagedMetadata(node: number): void {
    this.metadata.add(node);
  }

  lostDisk(node: number): void {
    this.disks.add(node);
    // The damage went with it.
    this.metadata.delete(node);
  }

  // ------------------------------------------------------------------------------- what judges ask

  /** Newest first. */
  transgressionOf(key: string): string | null {
    return this.transgressions.get(key)?.at(-1) ?? null;
  }

  takenFrom(key: string): readonly Taken[] {
    return this.taken.get(key) ?? [];
  }

  mayElectUncleanly(topic: string): boolean {
    return this.unclean.has(topic);
  }

  get isClockAhead(): boolean {
    return this.clockAt !== null;
  }

  hasDamagedMetadata(node: number): boolean {
    return this.metadata.has(node);
  }

  /** It comes back as another voter. */
  hasLostDisk(node: number): boolean {
    return this.disks.has(node);
  }
}
