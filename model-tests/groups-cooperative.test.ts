/** Cooperative rebalancing (KIP-429) through a coordinator: what moves is owned by nobody in between. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, COOPERATIVE_STICKY } from '../src/client/assignors.js';
import type { TopicPartition } from '../src/client/client.js';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../src/client/consumer-protocol.js';
import { memberKey } from '../src/core/coordinator/turn.js';
import { Bench } from './groups-bench.js';

const PARTITIONS = 7;
const COUNTS = new Map([['t', PARTITIONS]]);
const NAME = COOPERATIVE_STICKY.name;

interface Process {
  id: string;
  generation: number;
  owned: readonly TopicPartition[];
  phase: 'out' | 'joining' | 'syncing' | 'stable' | 'rejoin';
  token: number;
  alive: boolean;
}

type Deed = 'start' | 'leave' | 'die' | 'act';

class Group {
  readonly bench = new Bench();
  readonly processes: Process[] = [];
  /** Rebalances in which something was given up. */
  revocations = 0;

  do(deed: Deed, x: number): void {
    const living = this.processes.filter(({ alive }) => alive);
    const process = living[x % Math.max(1, living.length)];
    if (deed === 'start' && living.length < 4) {
      this.processes.push(outside());
    } else if (process !== undefined && deed === 'act') {
      this.act(process);
    } else if (process !== undefined && living.length > 1 && process.phase === 'stable') {
      process.alive = false;
      if (deed === 'leave') {
        const members = [{ memberId: process.id, groupInstanceId: null }];
        this.bench.ask('leaveGroup', 3, { groupId: 'g', memberId: '', members });
      }
    }
    this.letGo();
    this.check();
  }

  /** The next thing that a process does. */
  act(process: Process): void {
    const { bench } = this;
    switch (process.phase) {
      case 'out':
      case 'rejoin':
        process.token = bench.join({ memberId: process.id, protocols: [this.protocol(process)] });
        process.phase = 'joining';
        return;
      case 'joining':
        this.joined(process);
        return;
      case 'syncing':
        this.synced(process);
        return;
      case 'stable':
        this.hear(process, bench.beat(process.id, process.generation));
    }
  }

  /** All who live go on until nothing happens any more. */
  settle(): void {
    for (let turn = 0; turn < 200; turn++) {
      const living = this.processes.filter(({ alive }) => alive);
      this.do('act', turn % Math.max(1, living.length));
    }
  }

  private protocol({ owned, generation }: Process): { name: string; metadata: Uint8Array } {
    return { name: NAME, metadata: encodeSubscription({ topics: ['t'], owned, generation }) };
  }

  private joined(process: Process): void {
    const { bench } = this;
    if (!bench.answers.has(process.token)) {
      return;
    }
    const answer = bench.joined(process.token);
    if (answer.errorCode !== 0) {
      this.hear(process, answer.errorCode);
      return;
    }
    process.id = answer.memberId;
    const candidates = answer.members.map(
      ({ memberId, metadata }): Candidate => ({ ...decodeSubscription(metadata), memberId }),
    );
    const shares = [...COOPERATIVE_STICKY.assign(candidates, COUNTS)].map(([memberId, places]) => ({
      memberId,
      assignment: encodeAssignment(places),
    }));
    const isLeader = answer.leader === process.id;
    process.generation = answer.generationId;
    process.token = bench.sync(process.id, answer.generationId, isLeader ? shares : []);
    process.phase = 'syncing';
  }

  private synced(process: Process): void {
    const answer = this.bench.answers.get(process.token);
    if (answer?.type !== 'syncGroup') {
      return;
    }
    if (answer.errorCode !== 0) {
      this.hear(process, answer.errorCode);
      return;
    }
    const given = decodeAssignment(answer.assignment);
    const isKept = ({ partition }: TopicPartition): boolean =>
      given.some((place) => place.partition === partition);
    const gaveUp = !process.owned.every(isKept);
    this.revocations += Number(gaveUp);
    process.owned = given;
    process.phase = gaveUp ? 'rejoin' : 'stable';
  }

  private hear(process: Process, error: number): void {
    if (error === 27) {
      process.phase = 'rejoin';
    } else if (error !== 0) {
      Object.assign(process, outside());
    }
  }

  /** Those who died are missed; a group that begins waits no longer. */
  private letGo(): void {
    const { bench } = this;
    if (bench.state.timers.has('initialDelay g')) {
      bench.fire('initialDelay', 'g');
    }
    for (const { id, alive } of this.processes) {
      const key = memberKey('g', id);
      if (!alive && bench.state.timers.has(`session ${key}`)) {
        bench.fire('session', key);
      }
    }
  }

  private check(): void {
    const owned = this.processes
      .filter(({ alive }) => alive)
      .flatMap(({ owned: places }) => places.map(({ partition }) => partition));
    expect(new Set(owned).size).toBe(owned.length);
  }
}

function outside(): Process {
  return { id: '', generation: -1, owned: [], phase: 'out', token: -1, alive: true };
}

describe('cooperative rebalancing', () => {
  test('a partition moves in two rebalances, and is never owned by two', () => {
    let revocations = 0;
    const deed = fc.record({
      deed: fc.constantFrom<Deed[]>('start', 'leave', 'die', 'act', 'act', 'act', 'act', 'act'),
      x: fc.nat(11),
    });
    fc.assert(
      fc.property(fc.array(deed, { minLength: 30, maxLength: 120, size: 'max' }), (deeds) => {
        const group = new Group();
        group.do('start', 0);
        for (const { deed: what, x } of deeds) {
          group.do(what, x);
        }
        group.settle();
        const living = group.processes.filter(({ alive }) => alive);
        const sizes = living.map(({ owned }) => owned.length);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(PARTITIONS);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(living.every(({ phase }) => phase === 'stable')).toBe(true);
        revocations += group.revocations;
      }),
      { numRuns: 150, seed: 51 },
    );
    expect(revocations).toBeGreaterThan(150);
  });
});
