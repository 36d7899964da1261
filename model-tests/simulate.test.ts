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

  test('merges the documents of shards and of ranges into that of a single process', async () => {
    const document = async (...words: string[]): Promise<string> => {
      const quick = ['--bug', BUG, '--json', '--no-shrink', '--hashes', '--artifacts', 'parts'];
      return (await logjury('simulate', ...words, ...quick)).out;
    };
    const parts: Record<string, string> = {
      'a.json': await document('--seeds', '1-3', '--shard', '1/2'),
      'b.json': await document('--seeds', '1-3', '--shard', '2/2'),
      'c.json': await document('--seeds', '4-5'),
      'gap.json': await document('--seeds', '7-7'),
    };
    for (const [file, text] of Object.entries(parts)) {
      writeFileSync(join(folder, file), text);
    }
    const merged = await logjury('simulate', '--json', '--merge', 'c.json', 'b.json', 'a.json');
    expect(merged.status).toBe(1);
    const whole = JSON.parse(await document('--seeds', '1-5')) as SimulateDocument;
    expect({ ...JSON.parse(merged.out), seconds: 0 }).toEqual({ ...whole, seconds: 0 });

    const refused = async (...files: string[]): Promise<string> => {
      const { status, err } = await logjury('simulate', '--merge', ...files);
      expect(status).toBe(2);
      return err;
    };
    expect(await refused('a.json')).toContain('share 2/2 of seeds 1-3 is missing');
    expect(await refused('a.json', 'a.json')).toContain('are the same share 1/2');
    expect(await refused('c.json', 'gap.json')).toContain('which do not adjoin 4-5 of c.json');
    writeFileSync(join(folder, 'other.json'), JSON.stringify({ ...whole, bugs: [] }));
    expect(await refused('other.json', 'other.json')).toContain('are the same share');
    writeFileSync(join(folder, 'six.json'), JSON.stringify({ ...whole, from: 6, to: 9, bugs: [] }));
    writeFileSync(join(folder, 'five.json'), JSON.stringify(whole));
    expect(await refused('five.json', 'six.json')).toContain(
      'of a run within the atlas with no bug',
    );
    expect(await refused('none.json')).toContain('none.json cannot be read: ENOENT');
    writeFileSync(join(folder, 'empty.json'), '{}');
    expect(await refused('empty.json')).toContain('is not a document of simulate --json');
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
    await logjury('replay', artifact, '--trace-file', 'roles.jsonl', '--json');
    const rows = readFileSync(join(folder, 'roles.jsonl'), 'utf8').trimEnd().split('\n');
    const elected = rows
      .map((row) => JSON.parse(row))
      .find(({ machine, changed }) => machine === 'raft' && changed.role === 'leader');
    const roleAfter = async (step: number): Promise<unknown> => {
      const { status, out } = await logjury('replay', artifact, '--step', `${step}`, '--json');
      expect(status).toBe(0);
      const { event, nodes } = JSON.parse(out);
      expect(event).toBe(step);
      const node = nodes.find(({ name }: { name: string }) => name === elected.node);
      expect(node).toMatchObject({ isRunning: true });
      return node.machines.raft.role;
    };
    expect(await roleAfter(elected.event)).toBe('leader');
    expect(await roleAfter(elected.event - 1)).not.toBe('leader');
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
