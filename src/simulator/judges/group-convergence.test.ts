import { describe, expect, test } from 'vitest';
import type { Offset } from '../../core/types/ids.js';
import { type Key, KeyTable } from '../workload/keys.js';
import { lackOfGroup, type PlaceView } from './group-convergence.js';

const table = new KeyTable();
table.addTopic('t', 2, true);
const keys = table.openKeys();
const [first, second] = keys as [Key, Key];

const at = (...positions: number[]): Map<Key, Offset> =>
  new Map(positions.map((offset, index) => [keys[index]!, offset as Offset]));

const member = (name: string, generation: number, ...owned: Key[]): PlaceView => ({
  name,
  knows: ['range'],
  isForeign: false,
  view: { generation, protocol: 'range', owned, tookSeat: false },
});

const successor = (of: PlaceView): PlaceView => ({ ...of, view: { ...of.view!, tookSeat: true } });

const outside = (isForeign: boolean, ...knows: string[]): PlaceView => ({
  name: 'b',
  knows,
  isForeign,
  view: null,
});

function lack(
  places: readonly PlaceView[],
  committed = at(5, 5),
  shared: (generation: number) => ReadonlySet<Key> | null = () => new Set(keys),
): string | null {
  return lackOfGroup('g', keys, places, { targets: at(5, 4), committed, shared });
}

describe('a group has converged', () => {
  test('when each partition is with one member of one generation, and is consumed', () => {
    expect(lack([member('a', 3, first), member('b', 3, second)])).toBe(null);
    expect(lack([member('a', 3, first, second), member('b', 3)])).toBe(null);
  });

  test('not before all are in it', () => {
    const all = member('a', 3, first, second);
    expect(lack([all, outside(false, 'range')])).toBe('g: b is not in the group');
    expect(lack([all, outside(false, 'roundrobin')])).toBe('g: b is not in the group');
  });

  test('without a place that was refused and does not know the protocol of the others', () => {
    const all = member('a', 3, first, second);
    expect(lack([all, outside(true, 'roundrobin')])).toBe(null);
    expect(lack([all, outside(true, 'roundrobin', 'range')])).toBe('g: b is not in the group');
    expect(lack([member('a', 3, first), outside(true, 'roundrobin')])).toBe(
      'g: t-1 belongs to nobody',
    );
    expect(lack([outside(true, 'roundrobin')])).toBe('g: b is not in the group');
  });

  test('not in two generations, or with a partition that two have, or nobody', () => {
    expect(lack([member('a', 3, first), member('b', 4, second)])).toMatch('generations 3 and 4');
    expect(lack([member('a', 3, first, second), member('b', 3, second)])).toMatch(
      't-1 belongs to a and to b',
    );
    expect(lack([member('a', 3, first), member('b', 3)])).toBe('g: t-1 belongs to nobody');
  });

  test('with a partition that the leader gave to nobody, where a successor took a seat of that generation', () => {
    const seats = [member('a', 3, first), successor(member('b', 3))];
    const leftOver = (generation: number) => (generation === 3 ? new Set([first]) : null);
    expect(lack(seats, at(5), leftOver)).toBe(null);
    expect(lack(seats, at(4), leftOver)).toMatch('t-0 is consumed up to 4');
    expect(lack([member('a', 3, first), member('b', 3)], at(5), leftOver)).toMatch(
      't-1 belongs to nobody',
    );
    // What the leader did give is nobody's fault but the coordinator's.
    expect(lack(seats, at(5))).toMatch('t-1 belongs to nobody');
    expect(lack(seats, at(5), () => null)).toMatch('t-1 belongs to nobody');
  });

  test('not before all that was acknowledged is committed', () => {
    const places = [member('a', 3, first), member('b', 3, second)];
    expect(lack(places, at(4, 5))).toBe('g: t-0 is consumed up to 4, acknowledged up to 5');
    expect(lack(places, at(5))).toBe('g: t-1 is consumed up to 0, acknowledged up to 4');
  });
});
