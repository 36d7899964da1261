import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EDN_SHAPES, ednOf } from '../../../model-tests/history-text.js';
import type { Row } from '../../history/rows.js';
import { rowLine } from '../../history/write.js';
import { UsageError } from '../errors.js';
import { registerCheck } from './check.js';
import { registerReport } from './report.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logjury-check-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

/** Runs a command in this process. */
async function run(...words: string[]): Promise<{ status: number; out: string; error: string }> {
  const program = new Command('logjury').exitOverride();
  registerCheck(program);
  registerReport(program);
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    process.exitCode = 0;
    await program.parseAsync(words, { from: 'user' });
    return { status: Number(process.exitCode), out, error: '' };
  } catch (error) {
    if (error instanceof UsageError) {
      return { status: 2, out, error: error.message };
    }
    throw error;
  }
}

const SEND: readonly Row[] = [
  { index: 0, time: 0, process: 0, type: 'invoke', f: 'send', value: [['send', '4', [null, 17]]] },
  { index: 1, time: 2e6, process: 0, type: 'ok', f: 'send', value: [['send', '4', [0, 17]]] },
];

function polled(value: number): Row[] {
  return [
    { index: 2, time: 3e6, process: 1, type: 'invoke', f: 'poll', value: [['poll']] },
    {
      index: 3,
      time: 4e6,
      process: 1,
      type: 'ok',
      f: 'poll',
      value: [['poll', { 4: [[0, value]] }]],
    },
  ];
}

function write(name: string, rows: readonly Row[], more = ''): string {
  const file = join(folder, name);
  writeFileSync(file, rows.map(rowLine).join('') + more);
  return file;
}

describe('check', () => {
  test('a sound history: status 0 and one JSON document', async () => {
    const { status, out } = await run(
      'check',
      write('h.jsonl', [...SEND, ...polled(17)]),
      '--json',
    );
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'valid',
      anomalies: {},
      allowed: {},
      operations: { ok: 2, fail: 0, info: 0 },
      seconds: expect.any(Number),
    });
  });

  test('a broken promise: status 1, the proof in words', async () => {
    const { status, out } = await run('check', write('h.jsonl', [...SEND, ...polled(18)]));
    expect(status).toBe(1);
    expect(out).toContain('Key 4: the poll at index 3 returned 18 at offset 0');
    expect(out).toContain('Invalid');
  });

  test('an empty history: status 2, inconclusive with --partial', async () => {
    const empty = write('h.jsonl', []);
    expect((await run('check', empty)).error).toContain('line 1: the file is empty');
    expect((await run('check', empty, '--partial')).status).toBe(3);
  });

  test('the same run as EDN, packed or not, under any name: the same document', async () => {
    const rows = [...SEND, ...polled(18)];
    const documentOf = async (name: string, bytes: string | Uint8Array): Promise<unknown> => {
      const file = join(folder, name);
      writeFileSync(file, bytes);
      const { status, out } = await run('check', file, '--json');
      expect(status).toBe(1);
      return { ...JSON.parse(out), file: '', seconds: 0 };
    };
    const lines = rows.map(rowLine).join('');
    const expected = await documentOf('h.jsonl', lines);
    expect(await documentOf('packed', gzipSync(lines))).toEqual(expected);
    for (const shape of EDN_SHAPES) {
      expect(await documentOf('h.edn', ednOf(rows, shape))).toEqual(expected);
      expect(await documentOf('h.jsonl', gzipSync(ednOf(rows, shape)))).toEqual(expected);
    }
  });

  test('a packed file that is cut off, and one that is broken', async () => {
    const many = Array.from({ length: 3000 }, (_, i): Row => ({ ...SEND[i % 2]!, index: i }));
    const packed = gzipSync(many.map(rowLine).join(''));
    const file = join(folder, 'h.gz');
    writeFileSync(file, packed.subarray(0, packed.length - 200));
    expect((await run('check', file)).error).toMatch(/cannot be unpacked: .*--partial/);
    expect((await run('check', file, '--partial')).error).toBe('');
    writeFileSync(file, packed.fill(7, 20, 60));
    expect((await run('check', file, '--partial')).error).toContain('cannot be unpacked');
    writeFileSync(file, gzipSync('{"index":0}\n'));
    expect((await run('check', file)).error).toContain('line 1: "time"');
  });

  test('unusable input: status 2, line and reason', async () => {
    expect((await run('check', join(folder, 'none'))).error).toContain('cannot be read: ENOENT');
    expect((await run('check', folder)).error).toContain('is a directory');
    const broken = write('h.jsonl', [SEND[0]!], '{"index":1}\n');
    expect(await run('check', broken)).toMatchObject({ status: 2, out: '' });
    expect((await run('check', broken)).error).toMatch(/h\.jsonl, line 2: "time"/);
    const twice = write('t.jsonl', [SEND[0]!, { ...SEND[0]!, index: 1 }]);
    expect((await run('check', twice, '--partial')).error).toMatch(
      /line 2: index 1: process 0 invokes/,
    );
  });

  test('a cut-off last line is named, and judged only with --partial', async () => {
    const cut = write('h.jsonl', [...SEND, ...polled(17)], '{"index":4,"ti');
    expect(await run('check', cut)).toMatchObject({ status: 2 });
    expect((await run('check', cut)).error).toMatch(/line 5: the last line is cut off/);
    expect((await run('check', cut, '--partial')).status).toBe(0);
  });

  test('--subscribe permits what rebalances do', async () => {
    const rows = [...SEND, ...polled(17)];
    const again = polled(17).map((row, i) => ({ ...row, index: 4 + i }) as Row);
    const file = write('h.jsonl', [...rows, ...again]);
    expect((await run('check', file)).status).toBe(1);
    expect((await run('check', file, '--subscribe')).status).toBe(0);
  });
});

describe('report', () => {
  test('of a trial, and of one that was cut off', async () => {
    write('history.jsonl', [...SEND, ...polled(17)], '{"cut');
    expect(await run('report', folder)).toMatchObject({
      status: 0,
      out: `${join(folder, 'report.html')}\n`,
    });
    const cut = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(cut).toContain('Inconclusive');
    expect(cut).toContain('The run was cut off');
    expect(cut).toContain('"series":{"bucketSeconds":1');

    const document = {
      verdict: 'valid',
      reasons: ['No anomaly.'],
      anomalies: {},
      allowed: {},
      counts: {},
      operations: { ok: 2, fail: 0, info: 0 },
      acknowledged: 2,
      phases: [],
      seconds: 1,
      faults: [],
      bug: null,
      store: folder,
      seed: 42,
      settings: { brokers: 3 },
    };
    writeFileSync(join(folder, 'verdict.json'), JSON.stringify(document));
    await run('report', folder);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('Valid: the history holds');
  });

  test('unusable folders: status 2', async () => {
    expect((await run('report', folder)).error).toContain(
      'holds neither verdict.json nor history.jsonl',
    );
    writeFileSync(join(folder, 'verdict.json'), '{');
    expect((await run('report', folder)).error).toContain('is no JSON document');
    writeFileSync(join(folder, 'verdict.json'), '{"verdict":"valid"}');
    expect((await run('report', folder)).error).toContain('is not the document of a trial');
    mkdirSync(join(folder, 'report.html'));
    rmSync(join(folder, 'verdict.json'));
    write('history.jsonl', SEND);
    expect((await run('report', folder)).error).toContain('cannot be written: EISDIR');
  });
});

describe('what is no history', () => {
  const row = rowLine(SEND[0]!);
  const files: readonly (readonly [what: string, bytes: string | Uint8Array, error: RegExp])[] = [
    ['prose', 'hello world\n', /, line 1: neither JSON lines nor EDN: hello world$/],
    ['a table', '\n\nindex,time\n1,2\n', /, line 3: neither JSON lines nor EDN: index,time$/],
    ['a page', '<html>\n', /, line 1: neither JSON lines nor EDN: <html>$/],
    ['another document', '{"verdict":"valid"}\n', /, line 1: "index" must be an integer from 0$/],
    ['a list of JSON', `[${row}]`, /, line 1: .* one row on each line, and no list$/],
    ['UTF-16', Buffer.from(`\ufeff${row}`, 'utf16le'), /, line 1: a binary file is no history/],
    ['packed otherwise', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x04), /, line 1: a binary file/],
    ['packed twice', gzipSync(gzipSync(row)), /, line 1: a binary file is no history/],
    ['blank lines', '\n \n', /, line 1: the file is empty/],
    ['a brace', '{', /, line 1: the last line is cut off/],
    ['EDN of other things', '{:type :ok}\n', /, line 1: "f" must be a string$/],
    ['EDN with a bracket too many', '{:process 0}]\n', /, line 1: /],
  ];

  test.each(files)('%s: status 2, line and reason', async (_what, bytes, error) => {
    const file = join(folder, 'h');
    writeFileSync(file, bytes);
    expect((await run('check', file)).error).toMatch(error);
  });

  test('a mark of the byte order and lines ended as on Windows are no matter', async () => {
    const file = join(folder, 'h');
    const text = [...SEND, ...polled(17)].map(rowLine).join('').replaceAll('\n', '\r\n');
    for (const bytes of [`\ufeff${text}`, gzipSync(`\ufeff${text}`)]) {
      writeFileSync(file, bytes);
      expect((await run('check', file)).status).toBe(0);
    }
  });
});

describe('options', () => {
  test('--linearization-steps ends the search: inconclusive', async () => {
    const value = { op: 'create', topic: 't' } as const;
    const rows = (['invoke', 'ok'] as const).map(
      (type, i): Row => ({ index: 4 + i, time: 5e6, process: 2, type, f: 'metadata', value }),
    );
    const file = write('h.jsonl', [...SEND, ...polled(17), ...rows]);
    expect((await run('check', file)).status).toBe(0);
    expect((await run('check', file, '--linearization-steps', '0')).status).toBe(3);
  });

  test('those that make no sense: status 2', async () => {
    const file = write('h.jsonl', SEND);
    const errorOf = async (...words: string[]): Promise<string> =>
      (await run('check', file, ...words)).error;
    expect(await errorOf('--cycle-steps', 'many')).toMatch(/--cycle-steps takes a whole number/);
    expect(await errorOf('--linearization-steps', '-1')).toMatch(/--linearization-steps takes/);
    expect(await errorOf('--transaction-timeout', '1s')).toMatch(/takes a whole number, not 1s/);
    expect(await errorOf('--outputs', 'a=b')).toMatch(/a part of --exactly-once/);
    expect(await errorOf('--exactly-once', '--outputs', 'a=b,c')).toMatch(/in=out pairs, not c/);
    expect(await errorOf('--exactly-once', '--outputs', 'a=')).toMatch(/in=out pairs, not a=/);
  });
});
