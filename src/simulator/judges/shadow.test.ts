import { describe, expect, test } from 'vitest';
import { batch } from '../../core/partition/test-replica.js';
import type { BatchFacts, PartitionState } from '../../core/partition/types.js';
import type { BrokerId } from '../../core/types/ids.js';
import { asItWas, Shadow } from './shadow.js';

const whole = [0, 2, 4, 6].map((at) =>
  batch({ at, records: 2, epoch: 1, producer: 5, sequence: at }),
);
/** What compaction leaves of a batch. */
const emptied = (of: BatchFacts): BatchFacts => ({ ...of, sizeInBytes: 61 });

function shadowOf(cleanedEnd: number): Shadow {
  const shadow = new Shadow(1 as BrokerId);
  const state = { logStartOffset: 0, logEndOffset: 8 } as unknown as PartitionState;
  const append = { type: 'append', token: null, baseOffset: 0, leaderEpoch: 1, batches: whole };
  shadow.apply([append as never], state);
  shadow.running = { log: { recoveryPoint: 8, logStartOffset: 0 } } as never;
  shadow.executed();
  shadow.cleanedEnd = cleanedEnd;
  return shadow;
}

describe('a shadow of a compacted log', () => {
  test('misses nothing that compaction may have taken away or emptied', () => {
    expect(shadowOf(6).missing(whole)).toBe(null);
    expect(shadowOf(6).missing([emptied(whole[1]!), ...whole.slice(2)])).toBe(null);
    expect(shadowOf(6).missing(whole.slice(3))).toBe(null);
  });

  test('misses what compaction had not come to', () => {
    expect(shadowOf(0).missing(whole.slice(1))).toMatch(/another batch at 2/);
    expect(shadowOf(4).missing([whole[0]!, whole[3]!])).toMatch(/another batch at 6/);
    expect(shadowOf(4).missing([...whole.slice(0, 2), emptied(whole[2]!), whole[3]!])).not.toBe(
      null,
    );
    expect(shadowOf(6).missing(whole.slice(0, 2))).toMatch(/lost what lies from 4 on/);
  });

  test('misses nothing of a batch in whose middle the log begins, where nothing of it was synced', () => {
    const begunAt = (logStartOffset: number, recoveryPoint: number): Shadow => {
      const shadow = shadowOf(0);
      shadow.apply([], { logStartOffset, logEndOffset: 8 } as unknown as PartitionState);
      shadow.running = { log: { recoveryPoint, logStartOffset } } as never;
      shadow.ended(true);
      return shadow;
    };
    expect(begunAt(3, 3).missing([])).toBe(null);
    expect(begunAt(3, 4).missing([])).toMatch(/lost what lies from 3 on/);
  });

  test('sees another batch in the place of one that was cleaned', () => {
    const other = { ...whole[1]!, baseSequence: 7 } as BatchFacts;
    expect(shadowOf(6).missing([other, ...whole.slice(2)])).toMatch(/another batch at 2/);
  });

  test('has the log as it was before', () => {
    expect(asItWas([emptied(whole[1]!), whole[3]!], whole, 6)).toEqual(whole);
    expect(asItWas([emptied(whole[1]!), whole[3]!], whole, 4)).toEqual([
      ...whole.slice(0, 2),
      whole[3]!,
    ]);
    expect(asItWas(whole.slice(1), whole, 0)).toEqual(whole.slice(1));
    const cut = batch({ at: 6, records: 2, epoch: 2 });
    expect(asItWas([whole[0]!, cut], whole, 6)).toEqual([...whole.slice(0, 3), cut]);
  });

  test('has it also where it was moved away and back before its broker came back, with its old log', () => {
    const opened = (shadow: Shadow, found: readonly BatchFacts[]): Shadow => {
      const state = { logStartOffset: 0, logEndOffset: found.length === 0 ? 0 : 8 };
      shadow.excuse = 'moved';
      shadow.opened({ state, log: { recoveryPoint: 0 } } as never, 2, found, false);
      return shadow;
    };
    const back = opened(shadowOf(6), [emptied(whole[1]!), whole[3]!]);
    expect(back.log).toEqual(whole);
    expect(back.cleanedEnd).toBe(6);
    const anew = opened(shadowOf(6), []);
    expect(anew.log).toEqual([]);
    expect(anew.cleanedEnd).toBe(0);
  });

  test('remembers what was deleted since compaction ran: a late answer may still carry it', () => {
    const movesTo = (shadow: Shadow, logStartOffset: number) =>
      shadow.apply([], { logStartOffset, logEndOffset: 8 } as unknown as PartitionState);
    const shadow = shadowOf(6);
    movesTo(shadow, 4);
    expect(shadow.log).toEqual(whole.slice(2));
    expect(shadow.withDeleted).toEqual(whole);
    const reset = { type: 'resetLog', startOffset: 4 } as never;
    shadow.apply([reset], { logStartOffset: 4, logEndOffset: 4 } as unknown as PartitionState);
    expect(shadow.withDeleted).toEqual([]);
    const uncleaned = shadowOf(0);
    movesTo(uncleaned, 4);
    expect(uncleaned.withDeleted).toEqual(whole.slice(2));
  });

  test('has everything in order, and once, where what was deleted is back twice', () => {
    const shadow = shadowOf(4);
    const opened = (found: readonly BatchFacts[]): void => {
      const state = { logStartOffset: 0, logEndOffset: 8 };
      shadow.opened({ state, log: { recoveryPoint: 8 } } as never, 2, found, false);
    };
    const deletesAll = (): void => {
      shadow.apply([], { logStartOffset: 8, logEndOffset: 8 } as unknown as PartitionState);
      expect(shadow.withDeleted).toEqual(whole);
    };
    // What was not cleaned yet is taken as it is found: other objects, though the same batches.
    const found = [emptied(whole[1]!), ...whole.slice(2).map((batch) => ({ ...batch }))];
    deletesAll();
    opened(found);
    expect([shadow.log, shadow.withDeleted]).toEqual([whole, whole]);
    deletesAll();
    shadow.cleanedEnd = 6;
    opened([emptied(whole[1]!), whole[3]!]);
    expect([shadow.log, shadow.withDeleted]).toEqual([whole, whole]);
  });
});
