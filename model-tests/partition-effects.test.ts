/**
 * What the properties of a partition do not ask, for no record is lost by it: which timers of a leader run and for how long,
 * that every request is answered once, and that the host hears of what changed and of nothing else.
 */

import { describe, expect, test } from 'vitest';
import { partitionRules } from '../src/core/partition/rules.js';
import type { PartitionEffect, PartitionState } from '../src/core/partition/types.js';
import type { PartitionStep } from '../src/core/properties/partition/property.js';
import { walkPartition } from './partition-walk.js';

const AFTER: Readonly<Record<string, string>> = {
  replicaLag: 'replica.lag.time.max.ms',
  alterPartitionRetry: 'alterPartitionRetryBackoff',
};

class Watch {
  readonly complaints: string[] = [];
  /** How often each kind of thing was looked at. */
  readonly looked: Map<string, number> = new Map();
  private readonly timers = new WeakMap<PartitionState, Set<string>>();
  private readonly answered = new WeakMap<PartitionState, Set<number>>();

  readonly watch = (step: PartitionStep): void => {
    this.timersFit(step);
    this.answersOnce(step);
    this.changesAreTold(step);
    this.askedOfTheController(step);
  };

  private timersFit({ input, effects, after }: PartitionStep): void {
    const armed = this.timers.get(after) ?? new Set();
    this.timers.set(after, armed);
    if (input?.type === 'timerFired') {
      armed.delete(`${input.name} ${input.key}`);
    }
    for (const effect of effects) {
      if (effect.type === 'armTimer') {
        this.demand(
          'duration',
          AFTER[effect.name] === effect.after,
          `${effect.name} ${effect.after}`,
        );
        armed.add(`${effect.name} ${effect.key}`);
      } else if (effect.type === 'cancelTimer') {
        this.demand('cancelled', effect.name in AFTER, `a timer ${effect.name}`);
        armed.delete(`${effect.name} ${effect.key}`);
      }
    }
    const { leaderState, isr } = after;
    if (leaderState === null) {
      this.demand('no leader', armed.size === 0, `${[...armed]} of a ${after.role}`);
      return;
    }
    for (const [id, { lagging }] of leaderState.followers) {
      const runs = armed.has(`replicaLag ${id}`);
      this.demand('lag', runs || lagging || !isr.includes(id), `no lag timer of ${id}`);
      this.demand('lagging', !(runs && lagging), `the lag timer of ${id}, which lags, runs`);
    }
    const known = [...leaderState.followers.keys()].map((id) => `replicaLag ${id}`);
    const foreign = [...armed].filter(
      (name) => !known.includes(name) && name !== 'alterPartitionRetry 0',
    );
    this.demand('followers', foreign.length === 0, `${foreign} of nobody`);
  }

  private answersOnce({ input, effects, after }: PartitionStep): void {
    const answered = this.answered.get(after) ?? new Set();
    this.answered.set(after, answered);
    for (const effect of effects) {
      if (
        ['produced', 'recordsDeleted', 'fetchAnswer'].includes(effect.type) &&
        'token' in effect
      ) {
        this.demand('answer', !answered.has(effect.token!), `${effect.token} is answered twice`);
        answered.add(effect.token!);
      }
    }
    if (input?.type === 'produce' || input?.type === 'deleteRecords' || input?.type === 'fetch') {
      const { waiting = [], deleting = [] } = after.leaderState ?? {};
      const waits = [...waiting, ...deleting].some(({ token }) => token === input.token);
      this.demand(input.type, answered.has(input.token) !== waits, `${input.type}: one answer`);
    }
  }

  private changesAreTold({ before: known, effects, after }: PartitionStep): void {
    // The walk hands over the whole state.
    const before = known as PartitionState;
    const last = <Type extends PartitionEffect['type']>(
      type: Type,
    ): Extract<PartitionEffect, { type: Type }> | undefined =>
      effects.filter((effect) => effect.type === type).at(-1) as never;
    const same = (what: string, is: unknown, was: unknown, told: unknown): void => {
      const [now, then, said] = [is, was, told].map((value) => JSON.stringify(value));
      // Nothing is told that is not so, and nothing is left out; also what was the same before is not told again.
      const holds = told === undefined ? now === then : now === said && now !== then;
      this.demand(what, holds, `${what}: ${then} became ${now}, and ${said} was told`);
    };
    const role = last('roleChanged');
    const facts = ({ role: own, leader, leaderEpoch }: PartitionState): unknown => [
      own,
      leader,
      leaderEpoch,
    ];
    const toldRole = role && [role.role, role.leader, role.leaderEpoch];
    same('role', facts(after), facts(before), toldRole);
    // The host that was told to cut the log knows that they fall.
    const rose = (now: number, was: number): number => Math.max(now, was);
    same(
      'high watermark',
      rose(after.highWatermark, before.highWatermark),
      before.highWatermark,
      last('highWatermarkAdvanced')?.highWatermark,
    );
    same(
      'log end',
      rose(after.logEndOffset, before.logEndOffset),
      before.logEndOffset,
      last('logEndAdvanced')?.logEndOffset,
    );
    same('epochs', after.epochs, before.epochs, last('epochsChanged')?.epochs);
  }

  private askedOfTheController({ effects, after }: PartitionStep): void {
    for (const effect of effects) {
      if (effect.type === 'alterPartition') {
        const { leaderEpoch, partitionEpoch, newIsr, leaderRecoveryState } = effect;
        const ids = newIsr.map(({ brokerId }) => brokerId);
        this.demand('asked', leaderEpoch === after.leaderEpoch, 'of another epoch');
        this.demand('asked', partitionEpoch === after.partitionEpoch, 'on another version');
        this.demand('asked', leaderRecoveryState === 'recovered', 'not recovered');
        this.demand('asked', [...ids].sort((a, b) => a - b).join() === ids.join(), `${ids}`);
      }
    }
  }

  private demand(what: string, holds: boolean, complaint: string): void {
    this.looked.set(what, (this.looked.get(what) ?? 0) + 1);
    if (!holds) {
      this.complaints.push(complaint);
    }
  }
}

describe('a walk of a partition', () => {
  test('runs the right timers, answers once, and tells what changes', () => {
    const watch = new Watch();
    for (let seed = 1; seed <= 25; seed++) {
      const options = {
        minIsr: [2, 2, 1, 3][seed % 4]!,
        unclean: seed % 5 === 4,
        retention: seed % 7 === 6,
        watch: watch.watch,
      };
      expect(walkPartition(seed, 400, options, partitionRules).detail).toBe('');
      expect([...new Set(watch.complaints)], `seed ${seed}`).toEqual([]);
    }
    for (const what of ['duration', 'lag', 'no leader', 'produce', 'fetch', 'role', 'asked']) {
      expect(watch.looked.get(what), what).toBeGreaterThan(100);
    }
  });
});
