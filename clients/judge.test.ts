/** What makes a cell green, and what never may. No broker is needed. */

import { describe, expect, test } from 'vitest';
import { type Caller, ClientFailure, Unsupported } from './driver.js';
import { Contradiction, Evidence } from './evidence.js';
import { type Cell, runCell } from './matrix.js';
import { merged, pruned, type SystemResult, worseThan } from './results.js';
import { drawRecords, logged, refused, type Scenario, type Stage } from './scenario.js';

const NOBODY = '127.0.0.1:1';

function scenario(run: (stage: Stage) => Promise<void>): Scenario {
  return { name: 'probe', title: 'for this test', run };
}

class Silent implements Caller {
  closed = false;
  async call(): Promise<unknown> {
    return {};
  }
  async kill(): Promise<void> {}
  async close(): Promise<void> {
    this.closed = true;
  }
}

describe('evidence', () => {
  test('holds what is equal and counts it', () => {
    const evidence = new Evidence();
    evidence.equal('a list', [1, 2], [1, 2]);
    evidence.none('nothing', []);
    evidence.holds('a condition', true, 1);
    expect(evidence.count).toBe(3);
  });

  test('says where two lists differ', () => {
    const records = logged(drawRecords(3));
    const found = records.map((each, index) => (index === 1 ? { ...each, headers: [] } : each));
    const expected = records.map((each) => ({ ...each, headers: [['h', 'eA=='] as const] }));
    expect(() => new Evidence().equal('records', found, expected)).toThrow(
      'records: got at 0 headers [], expected [["h","eA=="]]',
    );
    expect(() => new Evidence().equal('records', records.slice(1), records)).toThrow(
      /2 instead of 3/,
    );
  });

  test.each([
    ['an empty list', []],
    ['nothing at all', undefined],
  ])('refuses to expect %s', (_, expected) => {
    expect(() => new Evidence().equal('records', expected, expected)).toThrow(Contradiction);
  });

  test('null and empty are two things', () => {
    expect(() => new Evidence().equal('key', '', null)).toThrow(Contradiction);
  });
});

describe('a refusal', () => {
  const stage = (): Stage => ({ evidence: new Evidence() }) as Stage;
  const error = (code: number | null): Promise<never> =>
    Promise.reject(new ClientFailure(code, 'Error', 'told'));

  test('holds with the right code', async () => {
    const one = stage();
    await refused(one, 'it', [3], error(3));
    expect(one.evidence.count).toBe(1);
  });

  test.each([
    ['another code', () => error(4)],
    ['no code', () => error(null)],
    ['success', () => Promise.resolve({})],
  ])('does not hold with %s', async (_, call) => {
    await expect(refused(stage(), 'it', [3], call())).rejects.toThrow(Contradiction);
  });

  test('is not meant by what the library cannot express', async () => {
    const call = Promise.reject(new Unsupported('no such call'));
    await expect(refused(stage(), 'it', [3], call)).rejects.toThrow(Unsupported);
  });
});

describe('a cell', () => {
  test('that compared nothing has failed', async () => {
    const cell = await runCell(
      scenario(async ({ start }) => {
        await start().call('produce', {});
      }),
      () => new Silent(),
      NOBODY,
    );
    expect(cell).toEqual({ outcome: 'fail', reason: 'the scenario compared nothing' });
  });

  test('counts what held', async () => {
    const cell = await runCell(
      scenario(async ({ evidence }) => evidence.equal('one', 1, 1)),
      () => new Silent(),
      NOBODY,
    );
    expect(cell).toEqual({ outcome: 'pass', comparisons: 1 });
  });

  test('tells a contradiction, a missing cluster and a missing ability apart', async () => {
    const outcome = async (run: (stage: Stage) => Promise<void>): Promise<Cell> =>
      runCell(scenario(run), () => new Silent(), NOBODY);
    const wrong = await outcome(async ({ evidence }) => evidence.equal('one', 2, 1));
    expect(wrong).toEqual({ outcome: 'fail', reason: 'one: got 2, expected 1' });
    const alone = await outcome(async ({ observer }) => void (await observer.brokers()));
    expect(alone.outcome).toBe('fail');
    const unable = await outcome(() => Promise.reject(new Unsupported('no such call')));
    expect(unable).toEqual({ outcome: 'n/a', reason: 'no such call' });
  });

  test('leaves no driver behind', async () => {
    const drivers: Silent[] = [];
    await runCell(
      scenario(async ({ start }) => {
        start();
        start();
        throw new Error('half way');
      }),
      () => {
        drivers.push(new Silent());
        return drivers.at(-1)!;
      },
      NOBODY,
    );
    expect(drivers.map(({ closed }) => closed)).toEqual([true, true]);
  });
});

describe('results', () => {
  const pass: Cell = { outcome: 'pass', comparisons: 1 };
  const fail: Cell = { outcome: 'fail', reason: 'so' };
  const system = (version: string, cells: Record<string, Cell>): SystemResult => ({
    system: 'S',
    date: '2026-01-01',
    command: 'c',
    clients: { k: { language: 'L', version, skipped: null, cells } },
  });

  test('a later run replaces its own cells only', () => {
    const both = merged(system('1', { a: fail, b: pass }), system('1', { a: pass }));
    expect(both.clients.k!.cells).toEqual({ a: pass, b: pass });
  });

  test('cells of another version of the client are gone', () => {
    const both = merged(system('1', { a: fail, b: pass }), system('2', { a: pass }));
    expect(both.clients.k!.cells).toEqual({ a: pass });
  });

  test('a client that could not be run this time keeps its cells', () => {
    const skipped = { language: 'L', version: '', skipped: 'no such program', cells: {} };
    const later: SystemResult = { ...system('1', {}), clients: { k: skipped } };
    expect(merged(system('1', { a: pass }), later).clients.k).toMatchObject({
      version: '1',
      skipped: null,
      cells: { a: pass },
    });
    expect(merged(null, later).clients.k).toEqual(skipped);
  });

  test('cells of scenarios that are no more are gone', () => {
    expect(pruned(system('1', { a: pass, b: pass }), ['b', 'c']).clients.k!.cells).toEqual({
      b: pass,
    });
  });

  test('what passes there and fails here, or was not run here, is named', () => {
    const there = system('1', { a: pass, b: pass, c: fail, d: pass });
    const here = system('1', { a: pass, b: fail, c: fail });
    expect(worseThan(here, there)).toEqual(['k: b', 'k: d']);
  });
});
