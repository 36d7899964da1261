/** One short trial of real processes, without faults: what it judges is there. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isMetadata, type Row } from '../src/history/rows.js';
import type { TrialDocument } from '../src/report/document.js';
import { BINARY, newFolder, removeFolders } from './operations-kit.js';

afterAll(removeFolders);

/** A verdict names every finding. */
const MAX_BUFFER = 256 * 1024 * 1024;

function trial(...flags: string[]): TrialDocument {
  const args = [BINARY, 'trial', '--json', '--seed', '1', '--store', newFolder(), ...flags];
  return JSON.parse(
    spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: MAX_BUFFER }).stdout,
  ) as TrialDocument;
}

describe('a trial', () => {
  test('changes and reads metadata, and says how often', () => {
    const flags = ['--seed', '1', '--time', '4', '--faults', 'none', '--store', newFolder()];
    const args = [BINARY, 'trial', '--json', ...flags];
    const { stdout } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      maxBuffer: MAX_BUFFER,
    });
    const document = JSON.parse(stdout) as TrialDocument;
    // So short that it may be inconclusive, but for the number of records alone.
    expect(document.anomalies).toEqual({});
    expect(document.reasons.join()).not.toContain('metadata');
    const rows = readFileSync(join(document.store, 'history.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
      .filter(isMetadata);
    const done = rows.filter(({ type }) => type === 'ok').map(({ value }) => value.op);
    // Of the other changes a slow machine may see none so soon.
    expect(done).toEqual(expect.arrayContaining(['create', 'read']));
    expect(document.metadata).toMatchObject({
      ok: done.length,
      reads: done.filter((op) => op === 'read').length,
    });
    // Each at a process that sends and polls nothing; several at a time.
    expect(new Set(rows.map(({ process }) => process)).size).toBeGreaterThanOrEqual(4);
    const read = rows.find(({ type, value }) => type === 'ok' && value.op === 'read');
    expect(read?.value).toHaveProperty('state');
  });
});

describe('a trial of groups', () => {
  const flags = ['--workload', 'groups', '--faults', 'none', '--time'];

  test('is no empty pass: without a new coordinator it proves nothing', () => {
    const { verdict, anomalies, reasons, groups } = trial(...flags, '5');
    expect([verdict, anomalies]).toEqual(['inconclusive', {}]);
    expect(reasons.join()).toContain('No coordinator of a group was replaced');
    expect(groups?.map(({ group }) => group)).toEqual(['at-least-once', 'at-most-once']);
    for (const { generations, commits, positionsTold } of groups ?? []) {
      expect(Math.min(generations, commits, positionsTold)).toBeGreaterThan(0);
    }
  });

  test('convicts groups that work in the order of the promise that is not theirs', () => {
    const { verdict, anomalies } = trial(...flags, '12', '--misordered');
    expect(verdict).toBe('invalid');
    expect(['never-processed', 'processed-twice']).toEqual(
      expect.arrayContaining(Object.keys(anomalies)),
    );
  });
});
