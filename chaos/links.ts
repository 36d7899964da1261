/** All links of a cluster: a proxy from the clients to each broker and from each broker to each other. */

import type { Address } from '../src/client/routes.js';
import { type Direction, DROP, HOLD, type LinkCounters, LinkProxy, type Passage } from './proxy.js';

export type From = number | 'clients';

export interface LinkEnds {
  readonly from: From;
  readonly to: number;
}

export class Links {
  readonly brokers: readonly number[];
  private readonly proxies = new Map<string, LinkProxy>();

  constructor(brokers: readonly number[]) {
    this.brokers = brokers;
  }

  /** Makes the proxies. `external` is where clients reach a broker, `internal` where brokers do. */
  async open(
    external: (broker: number) => Address,
    internal: (broker: number) => Address,
  ): Promise<Map<string, number>> {
    const ports = new Map<string, number>();
    for (const to of this.brokers) {
      for (const from of ['clients' as const, ...this.brokers.filter((broker) => broker !== to)]) {
        const name = linkName({ from, to });
        const proxy = new LinkProxy(name, from === 'clients' ? external(to) : internal(to));
        ports.set(name, await proxy.listen());
        this.proxies.set(name, proxy);
      }
    }
    return ports;
  }

  get(from: From, to: number): LinkProxy {
    const proxy = this.proxies.get(linkName({ from, to }));
    if (proxy === undefined) {
      throw new RangeError(`there is no link from ${from} to ${to}`);
    }
    return proxy;
  }

  all(): LinkProxy[] {
    return [...this.proxies.values()];
  }

  healAll(): void {
    for (const proxy of this.all()) {
      proxy.heal();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map((proxy) => proxy.close()));
  }
}

/** Part of a cut: one direction of one link. */
export interface CutPart extends LinkEnds {
  readonly direction: Direction;
  readonly passage: Passage;
}

/**
 * No byte from `from` reaches `to`, on connections that either of them opened; bytes the other way
 * pass. For clients only connections to the broker exist.
 */
export function cutOneWay(from: From, to: From, passage: Passage = HOLD): CutPart[] {
  const parts: CutPart[] = [];
  if (to !== 'clients') {
    parts.push({ from, to, direction: 'forward', passage });
  }
  if (from !== 'clients') {
    parts.push({ from: to, to: from, direction: 'backward', passage });
  }
  return parts;
}

/** No byte passes between the two, either way. */
export function cutBothWays(one: From, other: From): CutPart[] {
  return [...cutOneWay(one, other), ...cutOneWay(other, one)];
}

/** Requests of `from` reach `to`, the answers are lost. */
export function loseReplies(from: From, to: number): CutPart[] {
  return [{ from, to, direction: 'backward', passage: DROP }];
}

/** Answers of `to` reach `from` late; its requests are in time. */
export function slowReplies(from: From, to: number, milliseconds: number): CutPart[] {
  return [{ from, to, direction: 'backward', passage: { mode: 'delay', milliseconds } }];
}

export function applyParts(links: Links, parts: readonly CutPart[]): void {
  for (const { from, to, direction, passage } of parts) {
    links.get(from, to).set(direction, passage);
  }
}

/** Heals the links that the parts name, and only these. */
export function healParts(links: Links, parts: readonly CutPart[]): void {
  for (const name of new Set(parts.map(linkName))) {
    const [from, to] = name.split('->') as [string, string];
    links.get(from === 'clients' ? from : Number(from), Number(to)).heal();
  }
}

/** Sums of the counters of all links that the parts name. */
export function countersOf(links: Links, parts: readonly CutPart[]): LinkCounters {
  const sum: LinkCounters = {
    bytesPassed: 0,
    bytesHeld: 0,
    bytesDropped: 0,
    bytesDelayed: 0,
    connectionsOpened: 0,
    connectionsHeld: 0,
    connectionsReset: 0,
  };
  for (const name of new Set(parts.map(linkName))) {
    const [from, to] = name.split('->') as [string, string];
    const { counters } = links.get(from === 'clients' ? from : Number(from), Number(to));
    for (const counter of Object.keys(sum) as (keyof LinkCounters)[]) {
      sum[counter] += counters[counter];
    }
  }
  return sum;
}

export function linkName(ends: LinkEnds): string {
  return `${ends.from}->${ends.to}`;
}
