import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeEnvironment } from './environment.js';

test('the log is JSON lines, bigints as text', () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  const logFile = join(folder, 'x.log');
  const { log } = nodeEnvironment({ logFile });
  log('info', 'first', { id: 2n ** 60n });
  log('debug', 'not told');
  log('error', 'second');
  const rows = readFileSync(logFile, 'utf8').trim().split('\n');
  expect(rows.map((row) => JSON.parse(row))).toMatchObject([
    { level: 'info', event: 'first', id: '1152921504606846976' },
    { level: 'error', event: 'second' },
  ]);
  rmSync(folder, { recursive: true });
});

test('a log on a full disk ends nothing', () => {
  const full = '/dev/full';
  if (existsSync(full)) {
    nodeEnvironment({ logFile: full }).log('error', 'x');
  } else {
    console.log(`not tested: this system has no ${full}`);
  }
});

test('what is put off to the end of the turn runs once, in order, also what comes up there', async () => {
  const environment = nodeEnvironment({ logFile: '/dev/null' });
  const done: number[] = [];
  await new Promise<void>((resolve) => {
    environment.atTurnEnd(() => {
      done.push(1);
      environment.atTurnEnd(() => {
        done.push(3);
        resolve();
      });
    });
    environment.atTurnEnd(() => done.push(2));
    expect(done).toEqual([]);
  });
  expect(done).toEqual([1, 2, 3]);
});
