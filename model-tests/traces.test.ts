/** Lock C: a run of the code is a run of the specification; what was changed in it is not. */

import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { canonicalText } from '../scripts/spec/canonical.js';
import { SPEC_FOLDER } from '../scripts/spec/plans.js';
import { newCounts, sumOf } from '../scripts/traces/counts.js';
import { quintValue } from '../scripts/traces/quint-values.js';
import { RaftAcceptance } from '../scripts/traces/raft/acceptance.js';
import { openRaftWorlds } from '../scripts/traces/raft/open.js';
import type { Rejection } from '../scripts/traces/raft/rejection.js';
import { runSeed } from '../scripts/traces/raft/simulated.js';
import type { RaftWorlds } from '../scripts/traces/raft/worlds.js';
import type { TraceFile } from '../scripts/traces/trace-files.js';
import { mergeTraces, readTraceFile, seedTraceRows } from '../scripts/traces/trace-files.js';
import { findBug } from '../src/bugs/registry.js';
import { traceToFile } from '../src/cli/broker-trace.js';
import { SeedTrace, seedTraceFile, tracedPartition } from '../src/cli/seed-trace.js';
import { partitionWatcher, raftWatcher } from '../src/cli/seed-watchers.js';
import { startRaft } from '../src/core/raft/state.js';
import type { Stamp } from '../src/core/types/ids.js';
import { emptyDisk } from '../src/explorer/raft/node.js';
import { voterOf } from '../src/explorer/raft/voters.js';
import { generateScenario } from '../src/simulator/generate.js';
import { run } from '../src/simulator/run.js';
import type { ExactPacket, ExactRaft, ExactStep } from '../src/trace/exact-raft.js';

type Row = readonly [node: string, row: ExactRaft];

/** One with a deposed leader, crashes and a snapshot within its first rows. */
const SEED = 1;
const ROWS = 1_500;
/** Of its format. */
const VOTERS = 5;
/** Over soon. */
const SHORT_SEED = 22;
const MINUTES = 60_000;

let worldsFor: (voters: number) => RaftWorlds;
let rows: readonly Row[];

beforeAll(async () => {
  worldsFor = await openRaftWorlds({ typechecks: true });
  rows = rowsOf([]);
}, 5 * MINUTES);

function rowsOf(bugs: readonly string[]): Row[] {
  const found: Row[] = [];
  runSeed(
    SEED,
    bugs.map((name) => findBug(name)!),
    (node, row) => {
      found.push([node, row]);
      return found.length === ROWS ? true : null;
    },
  );
  return found;
}

/** Where the rows are rejected, and why. */
function judged(
  all: readonly Row[],
): { readonly at: number; readonly rejection: Rejection } | null {
  const acceptance = new RaftAcceptance(worldsFor, newCounts());
  for (const [at, [node, row]] of all.entries()) {
    const rejection = acceptance.take(node, row);
    if (rejection !== null) {
      return { at, rejection };
    }
  }
  return null;
}

describe('a trace of the code', () => {
  test(
    'is accepted, and nearly all of it is checked',
    () => {
      const counts = newCounts();
      const acceptance = new RaftAcceptance(worldsFor, counts);
      for (const [node, row] of rows) {
        expect(acceptance.take(node, row)).toBeNull();
      }
      expect(counts.steps).toBe(ROWS);
      expect(sumOf(counts.checked)).toBeGreaterThan(0.5 * ROWS);
      expect(sumOf(counts.uncovered)).toBeLessThan(0.01 * ROWS);
      expect(sumOf(counts.sends)).toBeGreaterThan(100);
      for (const action of [
        'restart',
        'electionDue',
        'persisted',
        'propose',
        'handleAppendEntries',
      ]) {
        expect(counts.checked.get(action), action).toBeGreaterThan(0);
      }
    },
    5 * MINUTES,
  );

  test(
    'of which a row is missing is rejected',
    () => {
      const at = rows.findIndex(([, row]) => isStep(row) && row.wrote.length > 0);
      const found = judged(rows.filter((_, each) => each !== at));
      expect(found).not.toBeNull();
      expect(found!.at).toBeGreaterThanOrEqual(at);
    },
    MINUTES,
  );

  test(
    'in which somebody receives what nobody sent is rejected',
    () => {
      const at = rows.findIndex(([, row]) => isStep(row) && sendsVote(row.sent));
      const [node, step] = rows[at]! as [string, ExactStep];
      const found = judged(replaced(at, [node, { ...step, sent: [] }]));
      expect(found).not.toBeNull();
    },
    MINUTES,
  );

  test.each([
    ['votes for another', 'handleVoteRequest', { votedFor: [2, 'directory000000000002Q'] }],
    ['believes in another term', 'handleAppendEntries', { term: 77 }],
    ['commits too much', 'handleAppendEntriesReply', { commitIndex: 999 }],
    ['counts a vote that was not given', 'handlePreVoteReply', { votesGranted: [1, 2, 3, 4] }],
  ])(
    'in which a node %s is rejected',
    (_, action, wrong) => {
      const type = `${action['handle'.length]!.toLowerCase()}${action.slice('handle'.length + 1)}`;
      const at = rows.findIndex(
        ([, row]) =>
          isStep(row) &&
          (row.input.message as { type?: string } | undefined)?.type === type &&
          Object.keys(wrong)[0]! in row.changed,
      );
      expect(at, 'there is such a step').toBeGreaterThan(0);
      const [node, step] = rows[at]! as [string, ExactStep];
      const changed = { ...step.changed, ...wrong } as ExactStep['changed'];
      const found = judged(replaced(at, [node, { ...step, changed }]));
      expect(found?.at).toBe(at);
      expect(found!.rejection.expected).toContain(action);
      expect(found!.rejection.reasons.length).toBeGreaterThan(2);
    },
    MINUTES,
  );

  test(
    'with a bug is rejected where the bug first does something else',
    () => {
      const found = judged(rowsOf(['two-votes']));
      expect(found!.rejection.expected).toContain('handleVoteRequest');
      expect(found!.rejection.reasons.join('\n')).toContain('granted: true');
    },
    MINUTES,
  );
});

describe('the world of traces', () => {
  test(
    'is refused where its types are not sound',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'traces-spec-'));
      cpSync(SPEC_FOLDER, folder, { recursive: true });
      const file = join(folder, 'raft_traces.qnt');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace('batch: 2^40, preVote: true', 'batch: 2^40, preVote: 1'));
      await expect(openRaftWorlds({ folder, typechecks: true })).rejects.toThrow(
        'unify bool and int',
      );
      rmSync(folder, { recursive: true });
    },
    MINUTES,
  );

  // Most questions are asked once for all servers of which the same is known, and for all terms in the same order.
  test(
    'answers the same where every server and every term keeps its number',
    async () => {
      const plainly = await openRaftWorlds({ plain: true });
      const found = [worldsFor, plainly].map((worlds) => {
        const counts = newCounts();
        const acceptance = new RaftAcceptance(worlds, counts);
        expect(rows.map(([node, row]) => acceptance.take(node, row)).every(isNull)).toBe(true);
        return counts;
      });
      expect(found[1]).toEqual(found[0]);
      const asked = (worlds: typeof worldsFor): number => worlds(VOTERS).asked;
      expect(asked(plainly)).toBeGreaterThan(1.2 * asked(worldsFor));
    },
    5 * MINUTES,
  );
});

describe('traces of several processes', () => {
  const apart = (): TraceFile[] => {
    const nodes = [...new Set(rows.map(([node]) => node))].sort().reverse();
    return nodes.map((node) => ({
      node,
      rows: rows.flatMap(([of, row]) => (of === node ? [row] : [])),
      partitionRows: [],
    }));
  };

  test(
    'are one again by what was sent and received',
    () => {
      const counts = newCounts();
      expect(mergeTraces(apart(), new RaftAcceptance(worldsFor, counts))).toBeNull();
      expect(counts.steps).toBe(ROWS);
    },
    MINUTES,
  );

  test(
    'are rejected where one of them is missing',
    () => {
      const files = apart().slice(1);
      const found = mergeTraces(files, new RaftAcceptance(worldsFor, newCounts()));
      expect(found?.rejection.reasons).toEqual(['nobody sent this message']);
    },
    MINUTES,
  );

  test('are read from files, of which a killed process leaves an unfinished line', () => {
    const folder = mkdtempSync(join(tmpdir(), 'traces-'));
    const file = join(folder, 'broker-1.jsonl');
    const observer = traceToFile(file, 'broker1', new Map());
    const state = startRaft({
      self: voterOf(1, 0),
      limits: { maxAppendBytes: 1, maxInflight: 1, snapshotChunkBytes: 1 },
      bootstrap: { voters: [voterOf(1, 0)] },
      ...emptyDisk(),
    });
    observer.raftStarted(state);
    observer.raftStepped(state, { type: 'start', stamp: 0 as Stamp }, []);
    expect(readTraceFile(file)).toMatchObject({
      node: 'broker1',
      rows: [{ type: 'start' }, { type: 'step', input: { type: 'start' }, changed: {} }],
    });
    appendFileSync(file, '{"sequence": 3, "ev');
    expect(readTraceFile(file).rows.length).toBe(2);
    appendFileSync(file, '\n{"sequence": 4}\n');
    expect(() => readTraceFile(file)).toThrow('line 3');
    rmSync(folder, { recursive: true });
  });
});

test('what a simulated seed did is in one file, in the order in which it happened', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seed-traces-'));
  const scenario = generateScenario(SHORT_SEED);
  const file = seedTraceFile(folder, SHORT_SEED);
  const trace = new SeedTrace(file, scenario);
  const told: Record<'raft' | 'partition', object[]> = { raft: [], partition: [] };
  const { topic, partition } = tracedPartition(scenario)!;
  const isTraced = (name: string, index: number): boolean => name === topic && index === partition;
  const all = { replica: 0, decision: 0 };
  const { verdict } = run({
    scenario,
    bugs: [],
    watchers: [
      ...trace.watchers,
      () => raftWatcher((node, exact) => told.raft.push({ node, machine: 'raft', exact })),
      (context) =>
        partitionWatcher(
          context,
          {
            replica: (node, exact) => told.partition.push({ node, machine: 'partition', exact }),
            decision: (node, exact) => told.partition.push({ node, machine: 'controller', exact }),
          },
          isTraced,
        ),
      (context) =>
        partitionWatcher(context, {
          replica: () => all.replica++,
          decision: () => all.decision++,
        }),
    ],
  });
  trace.close();
  expect(verdict).toBe('valid');
  const written = readFileSync(file, 'utf8');
  for (const of of ['raft', 'partition'] as const) {
    expect(told[of].length).toBeGreaterThan(100);
    const lines = told[of].map((row) => JSON.stringify(row));
    expect([...seedTraceRows(file, of)].map((row) => JSON.stringify(row))).toEqual(lines);
  }
  // Of one partition only: there are more.
  expect(told.partition.length).toBeLessThan(all.replica + all.decision);
  expect(written.split('\n').length - 1).toBe(told.raft.length + told.partition.length);
  appendFileSync(file, '{"node": "broker1", "ex');
  expect(() => [...seedTraceRows(file, 'raft')]).toThrow(
    `line ${written.split('\n').length}: is no row of a trace`,
  );
  rmSync(folder, { recursive: true });
});

test('seeds differ in the partition that they trace, and every partition has its turn', () => {
  const topics = [
    { name: 'a', partitions: 2, replicationFactor: 3, configs: {} },
    { name: 'b', partitions: 1, replicationFactor: 1, configs: {} },
  ];
  const traced = [0, 1, 2, 3].map((seed) => tracedPartition({ seed, topics }));
  const [first, second, third] = [
    { topic: 'a', partition: 0 },
    { topic: 'a', partition: 1 },
    { topic: 'b', partition: 0 },
  ];
  expect(traced).toEqual([first, second, third, first]);
  expect(tracedPartition({ seed: 5, topics: [] })).toBeNull();
});

test('a value and its text say the same', () => {
  for (const text of [
    '<a: [1, 2], b: {true, false}>',
    '<1: <x: 0>, 2: <x: -3>>',
    'Configuration({1, 2})',
    '[Noop, Data(4)]',
  ]) {
    const sets = text.replace('{true, false}', '{false, true}');
    expect(canonicalText(quintValue(text))).toBe(sets);
  }
});

function isNull(value: unknown): boolean {
  return value === null;
}

function isStep(row: ExactRaft): row is ExactStep {
  return row.type === 'step';
}

function sendsVote(sent: readonly ExactPacket[]): boolean {
  return sent.some(({ message }) => message.type === 'voteRequest');
}

function replaced(at: number, row: Row): Row[] {
  return rows.map((each, place) => (place === at ? row : each));
}
