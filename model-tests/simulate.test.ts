/** The commands simulate and replay, as a user calls them: what they print, write, and end with. */

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { SimulateDocument } from '../src/cli/simulate-report.js';
import { decodeArtifact } from '../src/simulator/artifact.js';
import { BINARY } from './operations-kit.js';

const folder = mkdtempSync(join(tmpdir(), 'logjury-simulate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

function logjury(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [BINARY, ...words],
      { cwd: folder, maxBuffer: 1 << 26 },
      (error, out, err) => resolve({ status: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

/** Shows in the first produce, so that runs are short. */
const BUG = 'ack-before-high-watermark';

describe('simulate', () => {
  test('finds a bug, makes it small, and writes what replays to the same event in another process', async () => {
    const [one, two] = await Promise.all(
      ['1', '2'].map((workers) =>
        logjury(
          'simulate',
          '--seeds',
          '1-2',
          '--bug',
          BUG,
          '--workers',
          workers,
          '--json',
          '--shrink-runs',
          '8',
          '--artifacts',
          `by${workers}`,
        ),
      ),
    );
    expect([one!.status, two!.status]).toEqual([1, 1]);
    const document = JSON.parse(one!.out) as SimulateDocument;
    expect(document).toMatchObject({
      seeds: 2,
      verdict: 'invalid',
      bugs: [BUG],
      interrupted: false,
    });
    const failure = document.failed.find(({ shrunk }) => shrunk !== null)!;
    expect(failure.shrunk!.after.choices).toBe(0);

    // Two workers tell the same, but for the seconds and the folder that was asked for.
    const same = (text: string): object => ({
      ...(JSON.parse(text.replaceAll('by2/', 'by1/')) as SimulateDocument),
      seconds: 0,
    });
    expect(same(two!.out)).toEqual(same(one!.out));
    for (const file of readdirSync(join(folder, 'by1'))) {
      const [first, second] = ['by1', 'by2'].map((by) =>
        readFileSync(join(folder, by, file), 'utf8'),
      );
      expect(second).toBe(first);
    }

    const artifact = decodeArtifact(readFileSync(join(folder, failure.artifact!), 'utf8'));
    expect(artifact).toMatchObject({ bugs: [BUG], property: failure.property, idle: [] });
    expect(artifact.event).toBe(failure.shrunk!.step);
    const trace = readFileSync(
      join(folder, failure.artifact!.replace('.json', '.trace.txt')),
      'utf8',
    );
    expect(trace.trimEnd().split('\n').at(-1)).toContain(`!!! ${artifact.property}`);

    const replayed = await logjury('replay', failure.artifact!);
    expect(replayed.status).toBe(1);
    expect(replayed.out.trimEnd().split('\n').at(-1)).toBe('matches the artifact');
    expect((await logjury('replay', failure.artifact!, '--without-bugs')).status).toBe(0);

    const moved = { ...artifact, event: artifact.event + 1 };
    writeFileSync(join(folder, 'moved.json'), JSON.stringify(moved));
    const other = await logjury('replay', 'moved.json', '--json');
    expect(JSON.parse(other.out)).toMatchObject({
      matches: false,
      violation: { property: artifact.property },
    });
  });

  test('a signal ends it, and what is known is printed and kept', async () => {
    const words = ['simulate', '--seeds', '1-5000', '--bug', BUG, '--json', '--artifacts', 'ended'];
    const child = spawn(process.execPath, [BINARY, ...words], { cwd: folder });
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    await new Promise<void>((resolve) => {
      const asked = setInterval(() => {
        // The first failing seed has its artifact before the others have run.
        if (count(join(folder, 'ended')) > 0) {
          clearInterval(asked);
          child.kill('SIGINT');
          resolve();
        }
      }, 20);
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    const document = JSON.parse(out) as SimulateDocument;
    expect(status).toBe(1);
    expect(document).toMatchObject({ interrupted: true, verdict: 'invalid' });
    expect(document.seeds).toBeLessThan(5000);
    expect(count(join(folder, 'ended'))).toBe(document.failed.length);
  });

  test.each([
    [['simulate', '--seeds', '5-1'], '--seeds must be A-B'],
    [['simulate', '--seeds', '1-2', '--shard', '3/2'], '--shard must be i/n'],
    [['simulate', '--seeds', '1', '--shard', '2/2'], 'is no seed at all'],
    [['simulate', '--bug', 'nobug'], 'no bug is called nobug'],
    [['simulate', '--seeds', '1-2', '--trace'], '--trace is for a single seed'],
    [['replay'], 'replay needs one artifact or --seed'],
    [['replay', 'missing.json'], 'missing.json cannot be read: ENOENT'],
    [['replay', '--seed', '1', '--without-bugs'], '--without-bugs is for artifacts'],
    [['replay', '--update'], '--update needs artifacts'],
  ])('%j cannot be used', async (words, message) => {
    const { status, out, err } = await logjury(...words);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err.split('\n')[0]).toMatch(/^logjury: /);
    expect(err).toContain(message);
  });
});

describe('replay', () => {
  const artifact = new URL('./golden/vote-forgotten.json', import.meta.url).pathname;

  test('stops after an event and says what every machine is then', async () => {
    const { status, out } = await logjury('replay', artifact, '--step', '18', '--json');
    expect(status).toBe(0);
    const { event, nodes } = JSON.parse(out);
    expect(event).toBe(18);
    expect(nodes[0]).toMatchObject({
      name: 'broker1',
      isRunning: true,
      machines: { raft: { role: 'leader' } },
    });
  });

  test('writes the trace as lines that are the rows', async () => {
    await logjury('replay', artifact, '--trace-file', 'trace.jsonl', '--json');
    const rows = readFileSync(join(folder, 'trace.jsonl'), 'utf8').trimEnd().split('\n');
    const sequences = rows.map((row) => (JSON.parse(row) as { sequence: number }).sequence);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    expect(rows.at(-1)).toContain('!!! RestartKeepsPersisted');
  });

  test('names the field that is wrong', async () => {
    const broken = JSON.parse(readFileSync(artifact, 'utf8'));
    broken.scenario.network.jitter = 'much';
    writeFileSync(join(folder, 'broken.json'), JSON.stringify(broken));
    const { status, err } = await logjury('replay', 'broken.json');
    expect(status).toBe(2);
    expect(err).toBe(
      'logjury: broken.json: scenario.network.jitter must be a whole number, 0 to 86400000000, not "much"\n',
    );
  });
});

function count(path: string): number {
  try {
    return readdirSync(path).filter((name) => name.endsWith('.json')).length;
  } catch {
    return 0;
  }
}
