import { describe, expect, test } from 'vitest';
import { drawer, recorded, type Scribe, write } from '../../model-tests/checker-scribe.js';
import type { MicroOperation, Row, RowType } from '../history/rows.js';
import { measureLag } from './realtime-lag.js';
import type { LagOfKey } from './result.js';

const KEYS = ['a', 'b'] as const;
const TYPES: readonly RowType[] = ['ok', 'ok', 'ok', 'info', 'fail'];

/** A history of three consumers, whatever they do. */
function drawn(seed: number): Scribe {
  const draw = drawer(seed);
  const scribe = write();
  const ends = new Map<string, number>();
  for (let count = 40; count > 0; count -= 1) {
    const process = draw(3);
    const key = KEYS[draw(2)]!;
    const type = TYPES[draw(TYPES.length)]!;
    const end = ends.get(key) ?? 0;
    const sent = (): MicroOperation => ['send', key, [end + draw(3), count]];
    const from = draw(end + 2);
    const polled = Array.from({ length: draw(4) }, (_, at): [number, number] => [
      from + at,
      1000 + from + at,
    ]);
    const other = key === 'a' ? 'b' : 'a';
    const records = {
      [key]: draw(3) === 0 ? polled.reverse() : polled,
      ...(draw(4) === 0 ? { [other]: [[draw(5), 7]] } : {}),
    };
    const poll: MicroOperation = ['poll', records as Record<string, [number, number][]>];
    switch (draw(6)) {
      case 0:
        scribe.assign(process, draw(2) === 0 ? [key] : KEYS, type);
        break;
      case 1:
        scribe.assign(process, [key], type, { f: 'subscribe' });
        break;
      case 2:
        ends.set(key, end + 3);
        scribe.op(3, type, 'send', [sent()]);
        break;
      case 3:
        scribe.op(process, type, 'txn', draw(2) === 0 ? [sent(), poll] : [poll, poll]);
        break;
      case 4:
        scribe.row(process, type, 'poll', [poll]);
        break;
      default:
        scribe.op(process, type, 'poll', [poll]);
    }
  }
  return scribe;
}

/** Who polls, what a completion tells of offsets, and when. */
interface Completion {
  readonly row: Row & { process: number };
  readonly invoked: number | null;
  readonly told: readonly {
    readonly key: string;
    readonly offset: number;
    readonly read: boolean;
  }[];
}

function completions(scribe: Scribe): Completion[] {
  const open = new Map<unknown, number>();
  return scribe.rows.flatMap((row) => {
    if (row.type === 'invoke') {
      open.set(row.process, row.time);
      return [];
    }
    const invoked = open.get(row.process) ?? null;
    open.delete(row.process);
    const micros =
      row.f === 'assign' || row.f === 'subscribe' ? [] : (row.value as MicroOperation[]);
    const told = micros.flatMap((micro) =>
      micro[0] === 'send'
        ? [{ key: micro[1], offset: (micro[2] as [number, number])[0], read: false }]
        : Object.entries(micro[1] ?? {}).flatMap(([key, records]) =>
            records.map(([offset]) => ({ key, offset, read: true })),
          ),
    );
    return [{ row: row as Completion['row'], invoked, told }];
  });
}

/** The definition, word by word: at each ok poll, of each position that the process has, itself included. */
function defined(scribe: Scribe): Map<string, Omit<LagOfKey, 'process' | 'key'>> {
  const done = completions(scribe);
  const lags = new Map<string, Omit<LagOfKey, 'process' | 'key'>>();
  const positions = new Map<number, Map<string, number>>();
  for (const { row, invoked, told } of done) {
    const own = positions.get(row.process) ?? new Map<string, number>();
    if (row.type !== 'ok') {
      continue;
    }
    positions.set(row.process, own);
    if (row.f === 'assign') {
      const kept = (row.value as string[]).map((key): [string, number] => [
        key,
        own.get(key) ?? -1,
      ]);
      positions.set(row.process, new Map(kept));
    } else if (row.f === 'subscribe') {
      own.clear();
    } else if (row.f !== 'send') {
      for (const { key, offset } of told.filter(({ read }) => read)) {
        own.set(key, Math.max(own.get(key) ?? -1, offset));
      }
      for (const [key, offset] of invoked === null ? [] : own) {
        const times = done
          .filter((each) => each.row.type !== 'fail')
          .filter((each) => each.told.some((one) => one.key === key && one.offset > offset))
          .map((each) => each.row.time);
        const last = times.length === 0 ? 0 : Math.max(0, invoked! - Math.min(...times));
        const name = `${row.process} ${key}`;
        const { worst, worstTime } = lags.get(name) ?? { worst: -1, worstTime: 0 };
        const lag = { last, lastTime: invoked! };
        lags.set(
          name,
          last > worst
            ? { ...lag, worst: last, worstTime: invoked! }
            : { ...lag, worst, worstTime },
        );
      }
    }
  }
  return lags;
}

describe('realtime lag', () => {
  test('is what the definition says, in any history', () => {
    let count = 0;
    for (let seed = 1; seed <= 120; seed += 1) {
      const scribe = drawn(seed);
      const { lags, worst } = measureLag(recorded(scribe), 10);
      const expected = defined(scribe);
      expect(lags.length, `seed ${seed}`).toBe(expected.size);
      expect(worst).toBe(lags[0] ?? null);
      for (const { process, key, ...lag } of lags) {
        const wanted = expected.get(`${process} ${key}`);
        // Where it never was behind, it was never worst at any time in particular.
        const worstTime = lag.worst === 0 ? lag.worstTime : wanted?.worstTime;
        expect(lag, `seed ${seed}, ${process} ${key}`).toEqual({ ...wanted, worstTime });
        count += lag.worst > 0 ? 1 : 0;
      }
    }
    expect(count).toBeGreaterThan(200);
  });

  test('the worst come first, as many as are kept', () => {
    const scribe = write().log(3).row(1, 'info', 'attempt', [], { attempt: 1 });
    scribe
      .assign(1, ['a'])
      .poll(1, 'a', [[1, 2]])
      .assign(2, ['a'])
      .poll(2, 'a', [])
      .poll(3, 'a', [[0, 1]]);
    scribe.poll(3, 'a', []);
    const { lags, worst } = measureLag(recorded(scribe), 2);
    expect(lags.map(({ process, worst: lag }) => [process, lag])).toEqual([
      [3, 14_000],
      [2, 12_000],
    ]);
    expect(worst).toEqual(lags[0]);
    expect(measureLag(recorded(write()), 2)).toEqual({ worst: null, lags: [] });
  });
});
