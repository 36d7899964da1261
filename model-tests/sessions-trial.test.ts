/**
 * Session guarantees on real processes, read in three ways: leaders keep them, any follower does not, and a client
 * that carries (offset, epoch) gets them back.
 */

import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import type { TrialDocument } from '../src/report/document.js';
import { BINARY, newFolder, removeFolders } from './operations-kit.js';

afterAll(removeFolders);

function trial(reads: string, seconds: number, faults: string): TrialDocument {
  const flags = ['--workload', 'sessions', '--reads', reads, '--time', String(seconds)];
  const rest = ['--seed', '2', '--faults', faults, '--store', newFolder(), '--json'];
  const args = [BINARY, 'trial', ...flags, ...rest];
  const maxBuffer = 256 * 1024 * 1024;
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer });
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout) as TrialDocument;
}

describe('a trial of sessions', () => {
  test.each(['leader', 'session'])('reads of the kind %s keep their guarantees', (reads) => {
    const document = trial(reads, 12, 'kill');
    // On a slow machine there may be fewer operations than a verdict takes.
    expect(document.anomalies).toEqual({});
    expect(document.acknowledged).toBeGreaterThan(100);
    expect(document.reasons.join()).not.toMatch(/where a log ended/);
    expect(document.faults.filter(({ kind }) => kind === 'kill').length).toBeGreaterThan(0);
  });

  test('reads of whichever follower break all three, without any fault', () => {
    const document = trial('follower', 8, 'none');
    expect(document.verdict).toBe('invalid');
    expect(Object.keys(document.anomalies).sort()).toEqual([
      'consistent-prefix',
      'monotonic-reads',
      'read-your-writes',
    ]);
  });
});
