import { describe, expect, test } from 'vitest';
import { check } from '../../src/checker/check.js';
import type { CheckOptions } from '../../src/checker/result.js';
import { RANGE } from '../../src/client/assignors.js';
import { encodeAssignment } from '../../src/client/consumer-protocol.js';
import { ErrorCode, type ErrorName } from '../../src/protocol/errors.js';
import type { ClientAdapter, GroupAdapter } from '../client-adapter.js';
import type { HistoryWriter, RowToWrite } from '../history-writer.js';
import { GroupMember, type WorkOrder } from './group-member.js';
import { KeySpace } from './keys.js';

const ROWS = 4;
const PROMISES: CheckOptions = { atLeastOnce: new Set(['g']), atMostOnce: new Set(['g']) };

/** A group with one member at a time over a log of four records; commits go as `answers` say, then well. */
class Scene {
  readonly rows: RowToWrite[] = [];
  readonly answers: (ErrorName | 'disconnected')[] = [];
  readonly told: (readonly [string, number])[] = [];
  /** Of the next chances to die: where it is taken. */
  dieAt: 'before work' | 'amid work' | null = null;
  private readonly keys = new KeySpace({
    active: 1,
    partitionsPerTopic: 1,
    maxWritesPerKey: Number.POSITIVE_INFINITY,
  });
  private committed: number | null = null;
  private generation = 0;

  constructor() {
    this.keys.topicCreated();
    for (let value = 1; value <= ROWS; value++) {
      const row = { process: 90, f: 'send' } as const;
      this.rows.push({ type: 'invoke', ...row, value: [['send', '0', [null, value]]] });
      this.rows.push({ type: 'ok', ...row, value: [['send', '0', [value - 1, value]]] });
    }
  }

  member(process: number, order: WorkOrder): GroupMember {
    return new GroupMember(
      {
        fetching: this.fetching(),
        coordinator: this.coordinator(),
        history: { add: (row: RowToWrite) => this.rows.push(row) } as unknown as HistoryWriter,
        keys: this.keys,
        sleep: () => Promise.resolve(),
        hesitate: (at) => Promise.resolve(at !== this.dieAt),
        onPosition: (key, offset) => this.told.push([key, offset]),
      },
      {
        process,
        group: 'g',
        order,
        instanceId: null,
        assignors: [RANGE],
        counts: new Map([['trial-0', 1]]),
        sessionTimeout: 1_000,
        rebalanceTimeout: 1_000,
        heartbeatInterval: 60_000,
      },
    );
  }

  /** Steps of a member until it has nothing more to do, or is over. */
  async live(member: GroupMember): Promise<void> {
    for (let step = 0; step < 12 && !member.isOver(); step++) {
      await member.step();
    }
  }

  /** Names of what the history is found guilty of. */
  guilty(): string[] {
    const read = Array.from({ length: ROWS }, (_, at): [number, number] => [at, at + 1]);
    const poll = { process: 91, type: 'ok', f: 'poll', value: [['poll', { 0: read }]] } as const;
    const rows = [...this.rows, poll].map((row, index) => ({ index, time: index, ...row }));
    return Object.keys(check(rows as never, PROMISES).anomalies);
  }

  private fetching(): ClientAdapter {
    const fetch = ({ offset }: { offset: number }): unknown =>
      Promise.resolve({
        type: 'ok',
        value: {
          // Two at a time.
          records: [offset, offset + 1]
            .filter((at) => at < ROWS)
            .map((at) => ({ offset: at, value: Buffer.from(String(at + 1)) })),
          nextOffset: Math.min(offset + 2, ROWS),
        },
      });
    return { fetch, close: () => {} } as unknown as ClientAdapter;
  }

  private coordinator(): GroupAdapter {
    const ok = (value: unknown): unknown => Promise.resolve({ type: 'ok', value });
    let assignment = encodeAssignment([]);
    return {
      join: (request: { memberId: string; protocols: { metadata: Uint8Array }[] }) => {
        if (request.memberId === '') {
          return ok({ type: 'told', memberId: 'm' });
        }
        this.generation++;
        const members = [{ memberId: 'm', metadata: request.protocols[0]?.metadata }];
        const { generation } = this;
        return ok({ type: 'joined', memberId: 'm', generation, protocol: 'range', members });
      },
      sync: ({ assignments }: { assignments: { assignment: Uint8Array }[] }) => {
        assignment = assignments[0]?.assignment ?? assignment;
        return ok(assignment);
      },
      committed: () => ok([{ topic: 'trial-0', partition: 0, offset: this.committed }]),
      commit: (_member: unknown, positions: { offset: number }[]) => {
        const answer = this.answers.shift();
        if (answer !== undefined) {
          const code = answer === 'disconnected' ? 0 : ErrorCode[answer];
          const type = code === 0 ? 'unknown' : 'fail';
          return Promise.resolve({ type, error: { name: answer, code, message: '' } });
        }
        this.committed = positions[0]?.offset ?? null;
        return ok(null);
      },
      close: () => {},
    } as unknown as GroupAdapter;
  }
}

function rowsOf(scene: Scene, ...wanted: readonly string[]): unknown[] {
  return scene.rows
    .filter(({ f, type }) => wanted.includes(f) && type !== 'invoke')
    .map(({ f, type, value }) => [f, type, value]);
}

describe('a member of a group', () => {
  test('joins, is told where the group stands, and works on from there', async () => {
    const scene = new Scene();
    await scene.live(scene.member(0, 'process-first'));
    expect(rowsOf(scene, 'owned', 'committed', 'processed', 'commit')).toEqual([
      ['owned', 'ok', ['0']],
      ['committed', 'ok', { 0: null }],
      [
        'processed',
        'ok',
        {
          0: [
            [0, 1],
            [1, 2],
          ],
        },
      ],
      ['commit', 'ok', { 0: 2 }],
      [
        'processed',
        'ok',
        {
          0: [
            [2, 3],
            [3, 4],
          ],
        },
      ],
      ['commit', 'ok', { 0: 4 }],
    ]);
    expect(scene.told).toEqual([
      ['0', 0],
      ['0', 2],
      ['0', 4],
    ]);
    expect(scene.guilty()).toEqual([]);
  });

  test('gives up its place after a commit of unknown outcome', async () => {
    const scene = new Scene();
    scene.answers.push('disconnected');
    const member = scene.member(0, 'process-first');
    await scene.live(member);
    expect(member.isOver()).toBe(true);
    expect(rowsOf(scene, 'commit')).toEqual([['commit', 'info', { 0: 2 }]]);
  });

  test('goes back after a commit that was refused, and asks where the group stands', async () => {
    const scene = new Scene();
    scene.answers.push('ILLEGAL_GENERATION');
    await scene.live(scene.member(0, 'commit-first'));
    expect(rowsOf(scene, 'commit', 'processed')).toEqual([
      ['commit', 'fail', { 0: 2 }],
      ['commit', 'ok', { 0: 2 }],
      [
        'processed',
        'ok',
        {
          0: [
            [0, 1],
            [1, 2],
          ],
        },
      ],
      ['commit', 'ok', { 0: 4 }],
      [
        'processed',
        'ok',
        {
          0: [
            [2, 3],
            [3, 4],
          ],
        },
      ],
    ]);
    expect(rowsOf(scene, 'owned')).toHaveLength(2);
  });

  test('is fenced for good', async () => {
    const scene = new Scene();
    scene.answers.push('FENCED_INSTANCE_ID');
    const member = scene.member(0, 'process-first');
    await scene.live(member);
    expect(member.isOver()).toBe(true);
  });
});

/** One that dies in the middle of its work, and another one that goes on after it. */
async function deathAmidWork(order: WorkOrder): Promise<string[]> {
  const scene = new Scene();
  scene.dieAt = 'amid work';
  await scene.live(scene.member(0, order));
  scene.dieAt = null;
  await scene.live(scene.member(1, order));
  return scene.guilty();
}

describe('what the order of work can promise', () => {
  test('process first: nothing is passed over, but some is done twice', async () => {
    expect(await deathAmidWork('process-first')).toEqual(['processed-twice']);
  });

  test('commit first: nothing is done twice, but some is passed over', async () => {
    expect(await deathAmidWork('commit-first')).toEqual(['never-processed']);
  });
});
