/** Anomalies that Jepsen does not know: for each somebody guilty and somebody innocent. */

import { describe, expect, it } from 'vitest';
import type { Row } from '../history/rows.js';
import { check } from './check.js';
import type { AnomalyName, CheckOptions, CheckResult } from './result.js';
import { rowProblem } from './row-shape.js';

type Line = { readonly [name: string]: unknown };

const OFFSETS = { group: 'g' };

/** Numbered a second apart; a `phase` row stands for the workload's last one. */
function judge(
  lines: readonly (Line | readonly Line[])[],
  options: CheckOptions = {},
): CheckResult {
  const rows = lines
    .flat()
    .map((line, index) => ({ index, time: index * 1e9, ...line }) as unknown as Row);
  for (const row of rows) {
    expect(rowProblem(row)).toBeNull();
  }
  return check(rows, options);
}

/** Names and sentences of what is found. */
function found(
  lines: readonly (Line | readonly Line[])[],
  options: CheckOptions = {},
): Record<string, string[]> {
  const { anomalies } = judge(lines, options);
  return Object.fromEntries(
    Object.entries(anomalies).map(([name, findings]) => [
      name,
      findings.map(({ sentence }) => sentence),
    ]),
  );
}

function only(
  lines: readonly (Line | readonly Line[])[],
  options: CheckOptions = {},
): AnomalyName[] {
  return Object.keys(found(lines, options)) as AnomalyName[];
}

function pair(
  process: number,
  f: string,
  asked: unknown,
  told: unknown = asked,
  more: Line = {},
): Line[] {
  return [
    { process, type: 'invoke', f, value: asked, ...more },
    { process, type: 'ok', f, value: told, ...more },
  ];
}

function send(
  process: number,
  key: string,
  offset: number,
  value: number,
  details?: object,
): Line[] {
  const more = details === undefined ? [] : [details];
  return pair(
    process,
    'send',
    [['send', key, [null, value, ...more]]],
    [['send', key, [offset, value]]],
  );
}

function poll(process: number, polled: object, ends?: object): Line[] {
  return [
    { process, type: 'invoke', f: 'poll', value: [['poll']] },
    {
      process,
      type: 'ok',
      f: 'poll',
      value: [['poll', polled]],
      ...(ends === undefined ? {} : { ends }),
    },
  ];
}

describe('commit-regression', () => {
  const commit = (process: number, offset: number): Line[] =>
    pair(process, 'commit', { x: offset }, { x: offset }, OFFSETS);
  const committed = (offset: number | null): Line[] =>
    pair(5, 'committed', { x: null }, { x: offset }, OFFSETS);

  it('convicts a position older than the last one', () => {
    expect(found([...commit(0, 3), ...commit(0, 7), ...committed(3)])).toEqual({
      'commit-regression': [
        'Key x: group g committed offset 7 at index 3, and was told offset 3 at index 5, which nothing committed after it explains.',
      ],
    });
    expect(only([...commit(0, 3), ...committed(null)])).toEqual(['commit-regression']);
    expect(only([...commit(0, 3), ...committed(99)])).toEqual(['commit-regression']);
  });

  it('accepts the last position, also one that a group set back itself', () => {
    expect(
      only([
        ...committed(null),
        ...commit(0, 3),
        ...commit(1, 7),
        ...committed(7),
        ...commit(0, 3),
        ...committed(3),
      ]),
    ).toEqual([]);
  });

  it('accepts any of those that overlap, and one of whose fate nobody knows', () => {
    const [call, answer] = commit(0, 3) as [Line, Line];
    const unknown = { ...answer, type: 'info' };
    expect(only([call, ...commit(1, 7), answer, ...committed(3)])).toEqual([]);
    expect(only([call, ...commit(1, 7), answer, ...committed(7)])).toEqual([]);
    expect(only([call, unknown, ...commit(1, 7), ...committed(3)])).toEqual([]);
    expect(only([call, { ...answer, type: 'fail' }, ...commit(1, 7), ...committed(3)])).toEqual([
      'commit-regression',
    ]);
  });

  it('keeps groups and keys apart', () => {
    const other = pair(1, 'commit', { x: 9 }, { x: 9 }, { group: 'h' });
    expect(only([...commit(0, 3), ...other, ...committed(3)])).toEqual([]);
  });
});

describe('double-ownership', () => {
  const owned = (process: number, generation: number, ...keys: string[]): Line => ({
    process,
    type: 'ok',
    f: 'owned',
    value: keys,
    group: 'g',
    generation,
  });

  it('convicts two owners in one generation', () => {
    expect(found([owned(0, 4, 'x', 'y'), owned(1, 4, 'y')])).toEqual({
      'double-ownership': [
        'Key y: in generation 4 of group g it belonged to process 0 (index 0) and to process 1 (index 1).',
      ],
    });
  });

  it('accepts owners of different generations, and one that is told twice', () => {
    expect(
      only([
        owned(0, 4, 'x'),
        owned(0, 4, 'x'),
        owned(1, 5, 'x'),
        { ...owned(1, 4, 'x'), group: 'h' },
      ]),
    ).toEqual([]);
  });

  it('lets a static member that comes back take its own place, and nobody else', () => {
    const one = { ...owned(0, 4, 'x'), instance: 'a' };
    expect(only([one, { ...owned(1, 4, 'x'), instance: 'a' }])).toEqual([]);
    expect(only([one, { ...owned(1, 4, 'x'), instance: 'b' }])).toEqual(['double-ownership']);
    expect(only([one, owned(1, 4, 'x')])).toEqual(['double-ownership']);
    expect(only([owned(1, 4, 'x'), one])).toEqual(['double-ownership']);
  });

  it('may be told while an operation is open', () => {
    expect(
      only([
        { process: 0, type: 'invoke', f: 'poll', value: [['poll']] },
        owned(0, 1, 'x'),
        { process: 0, type: 'ok', f: 'poll', value: [['poll', {}]] },
      ]),
    ).toEqual([]);
  });
});

describe('sessions', () => {
  const read = { x: [[0, 1]] };

  it('read-your-writes: a log that ends before the own record', () => {
    expect(found([...send(0, 'x', 4, 1), ...poll(0, {}, { x: 4 })])['read-your-writes']).toEqual([
      'Key x: process 0 had appended 1 at offset 4, acknowledged (index 1), but at index 3 it was told that the log ended at offset 4.',
    ]);
    const later = poll(3, { x: [[4, 1]] });
    expect(only([...send(0, 'x', 4, 1), ...poll(0, {}, { x: 5 }), ...later])).toEqual([]);
    // Of somebody else.
    expect(only([...send(0, 'x', 4, 1), ...poll(1, {}, { x: 4 }), ...later])).toEqual([]);
  });

  it('monotonic-reads: a log that ends before what was seen', () => {
    expect(only([...send(1, 'x', 0, 1), ...poll(0, read), ...poll(0, {}, { x: 0 })])).toEqual([
      'monotonic-reads',
    ]);
    expect(
      only([
        ...send(1, 'x', 0, 1),
        ...poll(2, read),
        ...poll(0, {}, { x: 9 }),
        ...poll(0, {}, { x: 8 }),
      ]),
    ).toEqual(['monotonic-reads']);
    expect(
      only([
        ...send(1, 'x', 0, 1),
        ...poll(0, read, { x: 1 }),
        ...poll(0, {}, { x: 1 }),
        ...poll(2, {}, { x: 0 }),
      ]),
    ).toEqual([]);
  });

  it('what an open transaction holds back is late, not missing', () => {
    const own = send(0, 'x', 4, 1);
    const later = poll(3, { x: [[4, 1]] });
    expect(only([...own, ...poll(0, {}, { x: [5, 2] }), ...later])).toEqual([]);
    expect(only([...own, ...poll(0, {}, { x: [4, 2] }), ...later])).toEqual(['read-your-writes']);
    const effect = [...send(1, 'y', 0, 2), ...poll(2, { y: [[0, 2]] })];
    expect(only([...own, ...effect, ...poll(2, {}, { x: [5, 2] }), ...later])).toEqual([]);
    expect(only([...own, ...effect, ...poll(2, {}, { x: [4, 2] }), ...later])).toEqual([
      'consistent-prefix',
    ]);
  });

  it('a crash ends a session', () => {
    const crash = [
      { process: 0, type: 'invoke', f: 'crash', value: null },
      { process: 0, type: 'info', f: 'crash', value: null },
    ];
    expect(
      only([...send(1, 'x', 0, 1), ...poll(0, read), ...crash, ...poll(0, {}, { x: 0 })]),
    ).toEqual([]);
  });

  it('consistent-prefix: the effect is read, and its cause is not there', () => {
    const cause = send(1, 'x', 0, 1);
    const effect = send(2, 'y', 0, 2);
    const both = poll(3, { x: [[0, 1]], y: [[0, 2]] });
    const seesEffect = poll(0, { y: [[0, 2]] });
    expect(found([...cause, ...effect, ...seesEffect, ...poll(0, {}, { x: 0 }), ...both])).toEqual({
      'consistent-prefix': [
        'Key x: process 0 had read 2 at index 5, sent after 1 at offset 0 had been acknowledged (index 1), but at index 7 it was told that the log ended at offset 0.',
      ],
    });
    expect(only([...cause, ...effect, ...seesEffect, ...poll(0, {}, { x: 1 }), ...both])).toEqual(
      [],
    );
    // Sent side by side, neither is the cause of the other.
    expect(
      only([cause[0]!, ...effect, cause[1]!, ...seesEffect, ...poll(0, {}, { x: 0 }), ...both]),
    ).toEqual([]);
  });

  it('with transactions a log ends at the last stable offset', () => {
    expect(only([...send(1, 'x', 0, 1), ...poll(0, read), ...poll(0, {}, { x: [5, 0] })])).toEqual([
      'monotonic-reads',
    ]);
    expect(only([...send(1, 'x', 0, 1), ...poll(0, read), ...poll(0, {}, { x: [5, 1] })])).toEqual(
      [],
    );
  });
});

describe('record-damage', () => {
  const sent = { key: 'k', headers: 'a=1', timestamp: 77 };

  it.each(['key', 'headers', 'timestamp'] as const)('convicts another %s', (field) => {
    const wrong = { ...sent, [field]: field === 'timestamp' ? 78 : 'other' };
    expect(only([...send(0, 'x', 0, 1, sent), ...poll(1, { x: [[0, 1, wrong]] })])).toEqual([
      'record-damage',
    ]);
  });

  it('accepts what was sent, and what one side does not say', () => {
    expect(only([...send(0, 'x', 0, 1, sent), ...poll(1, { x: [[0, 1, sent]] })])).toEqual([]);
    expect(only([...send(0, 'x', 0, 1, { key: 'k' }), ...poll(1, { x: [[0, 1, sent]] })])).toEqual(
      [],
    );
    expect(only([...send(0, 'x', 0, 1), ...poll(1, { x: [[0, 1, sent]] })])).toEqual([]);
    expect(only([...send(0, 'x', 0, 1, sent), ...poll(1, { x: [[0, 1, { key: 'k' }]] })])).toEqual(
      [],
    );
  });

  it('goes by the invocation of the send whose record it is', () => {
    const [invoked, told] = send(0, 'x', 0, 1, sent) as [Line, Line];
    const other = { ...told, value: [['send', 'x', [0, 1, { ...sent, timestamp: 78 }]]] };
    expect(only([invoked, other, ...poll(1, { x: [[0, 1, sent]] })])).toEqual([]);
    // The first try failed; what came of the second one is compared with that.
    const later = { ...sent, timestamp: 79 };
    const failed = [invoked, { ...told, type: 'fail' }];
    const again = send(2, 'x', 0, 1, later);
    expect(only([...failed, ...again, ...poll(1, { x: [[0, 1, later]] })])).toEqual([]);
    expect(only([...again, ...failed, ...poll(1, { x: [[0, 1, later]] })])).toEqual([]);
    expect(only([...again, ...failed, ...poll(1, { x: [[0, 1, sent]] })])).toEqual([
      'record-damage',
    ]);
  });

  it('shows the record in its evidence', () => {
    const { anomalies } = judge([
      ...send(0, 'x', 0, 1, sent),
      ...poll(1, { x: [[0, 1, { key: 'z' }]] }),
    ]);
    expect(anomalies['record-damage']?.[0]?.rows.map(({ value }) => value)).toEqual([
      [['send', 'x', [null, 1, sent]]],
      [['send', 'x', [0, 1]]],
      [['poll']],
      [['poll', { x: [[0, 1, { key: 'z' }]] }]],
    ]);
  });
});

describe('below-log-start', () => {
  const three = [send(0, 'x', 0, 1), send(0, 'x', 1, 2), send(0, 'x', 2, 3)].flat();

  it('convicts a record that was deleted before the poll began', () => {
    const lines = [
      ...three,
      ...pair(1, 'delete-records', { x: 2 }),
      ...poll(2, {
        x: [
          [1, 2],
          [2, 3],
        ],
      }),
    ];
    expect(only(lines)).toEqual(['below-log-start']);
  });

  it('holds nothing deleted to be lost, unseen or skipped', () => {
    const deleted = pair(1, 'delete-records', { x: 2 });
    expect(
      only([...three, ...poll(2, { x: [[0, 1]] }), ...deleted, ...poll(2, { x: [[2, 3]] })]),
    ).toEqual([]);
    expect(only([...three, ...deleted, ...poll(2, { x: [[2, 3]] })])).toEqual([]);
    // Nor what may have been deleted.
    expect(only([...three, deleted[0]!, ...poll(2, { x: [[2, 3]] })])).toEqual([]);
  });

  it('still convicts of what was not deleted', () => {
    const lines = [...three, ...pair(1, 'delete-records', { x: 1 }), ...poll(2, { x: [[2, 3]] })];
    expect(only(lines)).toEqual(['lost-write', 'unseen']);
    expect(
      only([
        ...three,
        ...poll(2, { x: [[0, 1]] }),
        ...pair(1, 'delete-records', { x: 1 }),
        ...poll(2, { x: [[2, 3]] }),
        ...poll(3, { x: [[1, 2]] }),
      ]),
    ).toEqual(['poll-skip']);
  });

  it('accepts a poll that had begun before', () => {
    const [call, answer] = poll(2, {
      x: [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
    }) as [Line, Line];
    expect(only([...three, call, ...pair(1, 'log-start', {}, { x: 2 }), answer])).toEqual([]);
    expect(only([...three, ...pair(1, 'log-start', {}, { x: 2 }), call, answer])).toEqual([
      'below-log-start',
    ]);
  });
});

describe('compaction-loss', () => {
  const compacted: CheckOptions = { compacted: new Set(['x']) };
  const log = [
    send(0, 'x', 0, 1, { key: 'a' }),
    send(0, 'x', 1, 2, { key: 'b' }),
    send(0, 'x', 2, 3, { key: 'a' }),
    send(0, 'x', 3, 4, { key: 'c' }),
  ].flat();

  it('accepts that superseded records are gone', () => {
    expect(
      only(
        [
          ...log,
          ...poll(1, {
            x: [
              [1, 2],
              [2, 3],
              [3, 4],
            ],
          }),
        ],
        compacted,
      ),
    ).toEqual([]);
    expect(
      only([
        ...log,
        ...poll(1, {
          x: [
            [1, 2],
            [2, 3],
            [3, 4],
          ],
        }),
      ]),
    ).toEqual(['lost-write', 'unseen']);
  });

  it('convicts when the newest record of a key is gone', () => {
    expect(
      only(
        [
          ...log,
          ...poll(1, {
            x: [
              [0, 1],
              [2, 3],
              [3, 4],
            ],
          }),
        ],
        compacted,
      ),
    ).toEqual(['compaction-loss', 'int-poll-skip', 'unseen']);
  });

  it('counts only what stays as skipped', () => {
    const lines = [
      ...send(0, 'x', 0, 9, { key: 'z' }),
      ...[1, 2, 3].flatMap((offset) => send(0, 'x', offset, offset, { key: 'a' })),
    ];
    expect(
      only(
        [
          ...lines,
          ...poll(1, {
            x: [
              [0, 9],
              [3, 3],
            ],
          }),
        ],
        compacted,
      ),
    ).toEqual([]);
    expect(
      only([...lines, ...poll(1, { x: [[0, 9]] }), ...poll(1, { x: [[3, 3]] })], compacted),
    ).toEqual([]);
  });
});

describe('stuck-transaction', () => {
  const options: CheckOptions = { transactionTimeout: 5e9 };
  const look = (lastStable: number, end: number): Line[] => poll(1, {}, { x: [end, lastStable] });

  it('convicts a last stable offset that stands still for too long', () => {
    expect(found([look(3, 9), look(3, 9), look(3, 12), look(3, 12)], options)).toEqual({
      'stuck-transaction': [
        'Key x: the last stable offset stood at 3 from index 1 to index 7, 6.0 s, while records stood behind it: a transaction is open that nothing ends.',
      ],
    });
  });

  it('accepts one that is late', () => {
    expect(only([look(3, 9), look(3, 9)], options)).toEqual([]);
    expect(only([look(3, 9), look(3, 9), look(4, 9), look(4, 9)], options)).toEqual([]);
    expect(only([look(3, 9), look(3, 9), look(3, 9), look(3, 9), look(9, 9)], options)).toEqual([]);
    expect(only([look(9, 9), look(9, 9), look(9, 9), look(9, 9)], options)).toEqual([]);
  });

  it('is stuck from the very moment on, and by what polls were told', () => {
    const looks = [look(3, 9), look(3, 9), look(3, 9)];
    expect(only(looks, { transactionTimeout: 4e9 })).toEqual(['stuck-transaction']);
    expect(only(looks, { transactionTimeout: 4e9 + 1 })).toEqual([]);
    const invoked = looks.flat().map((line): Line => ({ ...line, ends: { x: [9, 3] } }));
    const asked = invoked.map((line): Line => (line.type === 'ok' ? { ...line, ends: {} } : line));
    expect(only(asked, { transactionTimeout: 1 })).toEqual([]);
  });

  it('is not judged where nobody says how long a transaction may take', () => {
    expect(only([look(3, 9), look(3, 9), look(3, 12), look(3, 12)])).toEqual([]);
  });
});

describe('the shape of rows beside sends and polls', () => {
  it.each<[Line, string]>([
    [{ f: 'commit', value: { x: 1 } }, '"group"'],
    [{ f: 'commit', group: 'g', value: { x: null } }, 'value of commit'],
    [{ f: 'log-start', value: { x: -1 } }, 'value of log-start'],
    [{ f: 'owned', value: ['x'], group: 'g' }, '"generation"'],
    [{ f: 'poll', value: [['poll', {}]], ends: { x: 'end' } }, '"ends"'],
    [{ f: 'poll', value: [['poll', { x: [[0, 1, { key: 3 }]] }]] }, 'polled record'],
    [{ f: 'metadata', value: { op: 'rename', topic: 't' } }, 'op of metadata'],
    [{ f: 'metadata', value: { op: 'create', topic: 't', told: 'missing' } }, '"told"'],
    [{ f: 'metadata', value: { op: 'read', topic: 't', state: 3 } }, 'wrong type'],
  ])('refuses %j', (line, problem) => {
    expect(rowProblem({ index: 0, time: 0, process: 0, type: 'ok', ...line })).toContain(problem);
  });
});
