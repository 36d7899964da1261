import { expect, test } from 'vitest';
import type { PartitionRegistration } from '../../core/metadata/types.js';
import type { BrokerId } from '../../core/types/ids.js';
import { standingsOf } from './standings.js';

const ids = (...numbers: number[]): BrokerId[] => numbers as BrokerId[];

function registration(changes: Partial<PartitionRegistration>): PartitionRegistration {
  return {
    replicas: ids(1, 2, 3),
    isr: ids(1, 2, 3),
    elr: [],
    addingReplicas: [],
    removingReplicas: [],
    ...changes,
  } as PartitionRegistration;
}

test('a partition that does not move rests on its replicas', () => {
  expect(standingsOf(registration({ isr: ids(1), elr: ids(2) }), [], 2)).toEqual([
    { replicas: ids(1, 2, 3), holders: ids(1, 2), awaited: [], minimum: 2 },
  ]);
});

test('fewer replicas than min.insync.replicas are as many as an acknowledgement stands on', () => {
  const [standing] = standingsOf(registration({ replicas: ids(2), isr: ids(2) }), [], 2);
  expect(standing?.minimum).toBe(1);
});

test('one that moves rests on what it has, on what it had, and on its target', () => {
  const moving = registration({
    replicas: ids(4, 1, 2, 3),
    isr: ids(1, 2, 3),
    addingReplicas: ids(4),
    removingReplicas: ids(2, 3),
  });
  expect(standingsOf(moving, [], 3)).toEqual([
    { replicas: ids(4, 1, 2, 3), holders: ids(1, 2, 3), awaited: [], minimum: 3 },
    { replicas: ids(1, 2, 3), holders: ids(1, 2, 3), awaited: [], minimum: 3 },
    { replicas: ids(4, 1), holders: ids(4, 1), awaited: ids(4), minimum: 2 },
  ]);
});

test('who is being added holds nothing yet, though in sync', () => {
  const growing = registration({ isr: ids(1, 2, 3), addingReplicas: ids(3) });
  expect(standingsOf(growing, [], 2)[0]?.holders).toEqual(ids(1, 2));
});

test('what was asked for may come', () => {
  expect(standingsOf(registration({ isr: ids(1, 2) }), [ids(3)], 2).at(-1)).toEqual({
    replicas: ids(3),
    holders: ids(3),
    awaited: ids(3),
    minimum: 1,
  });
});
