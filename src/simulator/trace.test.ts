import { describe, expect, test } from 'vitest';
import { type TraceRow, traceRowLine } from '../history/trace.js';
import { generateScenario } from './generate.js';
import { run } from './run.js';
import type { Scenario } from './scenario.js';
import { type TraceWatcher, traceTo } from './trace.js';
import { causeText, traceHeader, traceText } from './trace-text.js';
import { causeOf } from './trace-views.js';

const SCENARIO: Scenario = {
  ...generateScenario(1),
  brokers: 3,
  duration: 300,
  choices: [],
};

function traced(): { rows: TraceRow[]; watcher: TraceWatcher; hash: string } {
  const rows: TraceRow[] = [];
  let watcher: TraceWatcher | undefined;
  const trace = traceTo((row) => rows.push(row));
  const { hash } = run({
    scenario: SCENARIO,
    bugs: [],
    until: 'main',
    watchers: [
      (context) => {
        watcher = trace(context);
        return watcher;
      },
    ],
  });
  return { rows, watcher: watcher!, hash };
}

const { rows, watcher, hash } = traced();

describe('a trace', () => {
  test('changes nothing of the run that it watches', () => {
    expect(hash).toBe(run({ scenario: SCENARIO, bugs: [], until: 'main' }).hash);
  });

  test('has a row for every change of a state, and for nothing else', () => {
    const states = new Map<string, TraceRow['state']>();
    for (const row of rows) {
      if (row.machine !== 'raft' && row.machine !== 'partition') {
        continue;
      }
      const key = `${row.node} ${row.partition}`;
      const before = states.get(key) ?? {};
      expect(Object.keys(row.changed)).not.toEqual([]);
      const differing = Object.keys(row.state).filter(
        (field) => before[field] !== row.state[field],
      );
      expect(Object.keys(row.changed)).toEqual(differing);
      expect(row.what).not.toBe('');
      states.set(key, row.state);
    }
    expect(states.size).toBeGreaterThan(3);
  });

  test('says of every step what the machine says', () => {
    let compared = 0;
    let traced: TraceWatcher | undefined;
    const trace = traceTo(() => {});
    run({
      scenario: SCENARIO,
      bugs: [],
      until: 'main',
      watchers: [
        (context) => {
          traced = trace(context);
          return traced;
        },
        () => ({
          raftStepped: ({ index }, state) => {
            const { role, term, commitIndex, durableIndex, entries, snapshot } = state;
            const logEnd = entries.at(-1)?.index ?? snapshot.index;
            const view = traced!.states().get(index)?.get('raft');
            expect(view).toMatchObject({ role, term, commit: commitIndex, logEnd });
            expect(view?.durable).toBe(durableIndex);
            compared++;
          },
          replicaStepped: ({ index }, { topic, partition, state }) => {
            const { role, leader, leaderEpoch, highWatermark, isr, logEndOffset } = state;
            const view = traced!.states().get(index)?.get(`${topic}-${partition}`);
            expect(view).toMatchObject({ role, leader, leaderEpoch, highWatermark });
            expect([view?.logEnd, view?.isr]).toEqual([logEndOffset, isr.join(',')]);
            compared++;
          },
        }),
      ],
    });
    expect(compared).toBeGreaterThan(200);
  });

  test('ends with what the machines are', () => {
    for (const [index, views] of watcher.states()) {
      for (const [machine, view] of views) {
        const last = rows.findLast(
          ({ node, partition, state }) =>
            node === `broker${index + 1}` && 'role' in state && (partition ?? 'raft') === machine,
        );
        expect(last?.state).toEqual(view);
      }
    }
    expect(watcher.states().size).toBe(3);
  });

  test('tells an election with its causes, each row before the rows that it leads to', () => {
    const raft = rows.filter(({ machine }) => machine === 'raft');
    const at = (pattern: RegExp): number =>
      raft.findIndex(({ what, cause }) => pattern.test(`${what} <- ${causeText(cause ?? {})}`));
    const asked = at(/^asks for pre-votes.* <- timer election/);
    const stood = at(/^stands for term 1.* <- preVoteReply from \d/);
    const voted = at(/^term 1, votes for \d.* <- voteRequest from \d/);
    const led = at(/^LEADS term 1.* <- voteReply from \d, term 1, granted true/);
    expect(asked).toBeGreaterThanOrEqual(0);
    expect(stood).toBeGreaterThan(asked);
    expect(voted).toBeGreaterThan(stood);
    expect(led).toBeGreaterThan(voted);
    expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, index) => index + 1));
  });

  test('is the same in every run, and JSON says all of it', () => {
    expect(traced().rows).toEqual(rows);
    for (const row of rows) {
      expect(JSON.parse(traceRowLine(row))).toEqual(row);
    }
  });
});

describe('a line of a trace', () => {
  const layout = { brokers: 3, partition: 12 };

  test('has its columns where the header has them', () => {
    const bars = (line: string): number[] =>
      [...line.matchAll(/\|/g)].map(({ index }) => index).slice(0, 3);
    const header = bars(traceHeader(layout));
    expect(header.length).toBe(3);
    for (const row of rows.filter(({ node }) => node !== null)) {
      expect(bars(traceText(row, layout))).toEqual(header);
    }
  });

  test('keeps every node in a lane of its own', () => {
    const lane = traceHeader(layout).indexOf('2    3');
    for (const row of rows.filter(({ node }) => node === 'broker2')) {
      expect(traceText(row, layout).slice(lane, lane + 4)).toBe('2.1 ');
    }
  });

  test('shows the numbers of the state', () => {
    const row = rows.find(({ what }) => what.startsWith('LEADS term 1'))!;
    const { term, votedFor, logEnd, commit } = row.state;
    const columns = `L ${[`${term}`.padStart(4), `${votedFor}`.padStart(4), `${logEnd}`.padStart(5), `${commit}`.padStart(5)].join(' ')} |`;
    expect(traceText(row, layout)).toContain(columns);
  });

  test('names messages by what they say, and lists by their length', () => {
    const cause = causeOf({
      type: 'message',
      ...{ from: 2, stamp: 9, message: { type: 'voteRequest', term: 3, candidate: { id: 2 } } },
    });
    expect(causeText(cause)).toBe('voteRequest from 2, term 3, candidate 2');
    expect(causeText(causeOf({ type: 'fetched', ...{ batches: [1, 2], id: 7n } }))).toBe(
      'fetched, batches 2, id 7',
    );
  });
});
