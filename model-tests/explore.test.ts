/** The command explore, as a user calls it, and that its lattice is what it says. */

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { exploredMachines } from '../src/cli/explore-machines.js';
import { type ExploreDocument, verdictOf } from '../src/cli/explore-report.js';
import { exploreScope } from '../src/cli/explore-scope.js';
import { scopesOf } from '../src/explorer/lattice.js';
import type { TraceRow } from '../src/history/trace.js';
import { BINARY } from './operations-kit.js';

const folder = mkdtempSync(join(tmpdir(), 'logjury-explore-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function logjury(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [BINARY, 'explore', ...words],
      { cwd: folder, maxBuffer: 1 << 24 },
      (error, out, err) => resolve({ status: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

describe('explore', () => {
  test('says that a scope holds, with the same digests in another process', async () => {
    const { status, out } = await logjury('--scope', 'slow-disks', '--json', '--seed', '0');
    const document = JSON.parse(out) as ExploreDocument;
    expect(status).toBe(0);
    expect(document).toMatchObject({
      machine: 'raft',
      scope: 'slow-disks',
      bug: null,
      verdict: 'valid',
      violations: [],
    });
    const { stateDigest, edgeDigest } = exploreScope({
      machine: 'raft',
      scope: 'slow-disks',
      bug: null,
      maximumStates: 100_000,
      symmetry: true,
      seed: 0,
      timeLimit: null,
    });
    expect(stateDigest).toMatch(/^[0-9a-f]{16}$/);
    expect([document.stateDigest, document.edgeDigest]).toEqual([stateDigest, edgeDigest]);
  });

  test('tells a counterexample in columns, and writes it', async () => {
    const bug = ['--scope', 'slow-disks-restart', '--bug', 'vote-forgotten'];
    const { status, out } = await logjury(...bug, '--trace-file', 'trace.jsonl');
    expect(status).toBe(1);
    expect(out).toContain('!!! RestartKeepsPersisted is violated');
    const rows = readFileSync(join(folder, 'trace.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TraceRow);
    expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, i) => i + 1));
    expect(rows.map(({ what }) => what)).toContain('ends, starts again from its disk');
    for (const { what } of rows) {
      expect(out).toContain(what);
    }
  });

  test('tells a counterexample of another machine', async () => {
    const words = ['--machine', 'producer', '--scope', 'zombie-and-election', '--json'];
    const { status, out } = await logjury(...words, '--bug', 'zombie-producer-appends');
    const { machine, violations } = JSON.parse(out) as ExploreDocument;
    expect([status, machine]).toEqual([1, 'producer']);
    const { property, depth, trace } = violations[0]!;
    expect(property).toBe('ProducerEpochRises');
    expect(trace.at(-1)).toMatchObject({ machine: 'run', event: depth });
    const told = trace.map(({ what }) => what);
    expect(told[0]).toBe('>>> producer 1 in life 1 begins, in epoch 0');
    const cause = trace.findLast((row) => row.machine === 'partition')?.cause;
    expect(cause).toMatchObject({ type: 'produce', producer: 1, epoch: 0, sequence: 0 });
  });

  test('is inconclusive where it reached a limit, and where nothing happened', async () => {
    const full = await logjury('--scope', 'one-term', '--max-states', '1000', '--json');
    expect(full.status).toBe(3);
    expect(JSON.parse(full.out)).toMatchObject({
      verdict: 'inconclusive',
      states: 1000,
      stateDigest: null,
    });
    const empty = new Map([['a leader', null]]);
    expect(verdictOf({ ended: 'complete', witnesses: empty })[0]).toBe('inconclusive');
  });

  test.each([
    [['--machine', 'paxos'], '--machine must be one of raft'],
    [['--scope', 'everything'], 'no scope of raft is called everything'],
    [['--lane', 'slow'], '--lane must be'],
    [['--bug', 'kip-101'], 'replaces no rule of raft'],
    [['--machine', 'producer', '--bug', 'two-votes'], 'replaces no rule of producer'],
    [['--machine', 'producer', '--scope', 'two-terms'], 'no scope of producer is called'],
    [['--max-states', '0'], '--max-states must be'],
  ])('refuses %j', async (words, why) => {
    const { status, err } = await logjury(...words);
    expect(status).toBe(2);
    expect(err).toContain(why);
  });
});

describe.each(exploredMachines)('the lattice of $name', ({ name, lattice }) => {
  test('has every scope once, and lanes that include the shorter ones', () => {
    expect(new Set(lattice.map((scope) => scope.name)).size).toBe(lattice.length);
    expect(scopesOf(lattice, 'night')).toEqual(lattice);
    expect(scopesOf(lattice, 'quick').length).toBeGreaterThan(5);
    expect(scopesOf(lattice, 'full').length).toBeGreaterThan(scopesOf(lattice, 'quick').length);
  });

  test('is printed with its budgets', async () => {
    const { status, out } = await logjury('--machine', name, '--list');
    expect(status).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(lattice.map((scope) => scope.name));
  });
});
