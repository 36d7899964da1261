import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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
function run(...words: string[]): { status: number; out: string; error: string } {
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
    program.parse(words, { from: 'user' });
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
  test('a sound history: status 0 and one JSON document', () => {
    const { status, out } = run('check', write('h.jsonl', [...SEND, ...polled(17)]), '--json');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'valid',
      anomalies: {},
      allowed: {},
      operations: { ok: 2, fail: 0, info: 0 },
      seconds: expect.any(Number),
    });
  });

  test('a broken promise: status 1, the proof in words', () => {
    const { status, out } = run('check', write('h.jsonl', [...SEND, ...polled(18)]));
    expect(status).toBe(1);
    expect(out).toContain('Key 4: the poll at index 3 returned 18 at offset 0');
    expect(out).toContain('Invalid');
  });

  test('an empty history: status 3', () => {
    expect(run('check', write('h.jsonl', [])).status).toBe(3);
  });

  test('unusable input: status 2, line and reason', () => {
    expect(run('check', join(folder, 'none')).error).toContain('cannot be read: ENOENT');
    expect(run('check', folder).error).toContain('is a directory');
    const broken = write('h.jsonl', [SEND[0]!], '{"index":1}\n');
    expect(run('check', broken)).toMatchObject({ status: 2, out: '' });
    expect(run('check', broken).error).toMatch(/h\.jsonl, line 2: "time"/);
    const twice = write('t.jsonl', [SEND[0]!, { ...SEND[0]!, index: 1 }]);
    expect(run('check', twice, '--partial').error).toMatch(/line 2: index 1: process 0 invokes/);
    expect(run('check', write('h.edn', SEND)).error).toContain('EDN');
  });

  test('a cut-off last line is named, and judged only with --partial', () => {
    const cut = write('h.jsonl', [...SEND, ...polled(17)], '{"index":4,"ti');
    expect(run('check', cut)).toMatchObject({ status: 2 });
    expect(run('check', cut).error).toMatch(/line 5: the last line is cut off/);
    expect(run('check', cut, '--partial').status).toBe(0);
  });

  test('--subscribe permits what rebalances do', () => {
    const rows = [...SEND, ...polled(17)];
    const again = polled(17).map((row, i) => ({ ...row, index: 4 + i }) as Row);
    const file = write('h.jsonl', [...rows, ...again]);
    expect(run('check', file).status).toBe(1);
    expect(run('check', file, '--subscribe').status).toBe(0);
  });
});

describe('report', () => {
  test('of a trial, and of one that was cut off', () => {
    write('history.jsonl', [...SEND, ...polled(17)], '{"cut');
    expect(run('report', folder)).toMatchObject({
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
    run('report', folder);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('Valid: the history holds');
  });

  test('unusable folders: status 2', () => {
    expect(run('report', folder).error).toContain('holds neither verdict.json nor history.jsonl');
    writeFileSync(join(folder, 'verdict.json'), '{');
    expect(run('report', folder).error).toContain('is no JSON document');
    writeFileSync(join(folder, 'verdict.json'), '{"verdict":"valid"}');
    expect(run('report', folder).error).toContain('is not the document of a trial');
    mkdirSync(join(folder, 'report.html'));
    rmSync(join(folder, 'verdict.json'));
    write('history.jsonl', SEND);
    expect(run('report', folder).error).toContain('cannot be written: EISDIR');
  });
});
