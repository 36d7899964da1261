import { describe, expect, test } from 'vitest';
import { check } from '../../src/checker/check.js';
import type { CheckResult } from '../../src/checker/result.js';
import { changed, type ResourceChange, type TopicMetadata } from '../../src/client/answers.js';
import type { Outcome } from '../../src/client/outcomes.js';
import type { Uuid } from '../../src/core/types/ids.js';
import type { MetadataRow, Row } from '../../src/history/rows.js';
import { ErrorCode } from '../../src/protocol/errors.js';
import type { RowToWrite } from '../history-writer.js';
import { Random } from '../random.js';
import { type MetadataClient, MetadataThread } from './metadata-thread.js';
import { MetadataTopics } from './metadata-topics.js';

type Changes = Outcome<readonly ResourceChange[]>;

interface Plan {
  /** Of 100 changes so many get no answer; every other one of them takes effect. */
  readonly lost?: number;
  /** Of 100 reads so many tell what was there before the newest change. */
  readonly stale?: number;
  /** No read is answered. */
  readonly mute?: boolean;
}

const LOST: Changes = {
  type: 'unknown',
  error: { name: 'disconnected', code: 0, message: 'the connection broke' },
};

/** A cluster as one object, which answers after a while of its own. */
class OneCluster {
  readonly opened: number[] = [];
  closed = 0;
  private readonly plan: Plan;
  private readonly random = new Random(5, 'cluster');
  private readonly topics = new Map<string, TopicMetadata>();
  private readonly before = new Map<string, TopicMetadata | null>();
  private ids = 0;

  constructor(plan: Plan) {
    this.plan = plan;
  }

  open(process: number): MetadataClient {
    this.opened.push(process);
    return {
      createTopics: ([topic]) =>
        this.change(topic!.name, topic!.name, (is) =>
          is === null
            ? {
                id: `id-${++this.ids}` as Uuid,
                partitions: topic!.partitions,
                configs: Object.fromEntries(topic!.configs.map(({ name, value }) => [name, value])),
              }
            : ErrorCode.TOPIC_ALREADY_EXISTS,
        ),
      createPartitions: ([asked]) => {
        const { name, count } = asked!;
        return this.change(name, name, (is) => {
          if (is === null) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
          }
          return count > is.partitions
            ? { ...is, partitions: count }
            : ErrorCode.INVALID_PARTITIONS;
        });
      },
      deleteTopics: ([name]) =>
        this.change(name!, name!, (is) =>
          is === null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : null,
        ),
      deleteTopic: (id) => {
        const name = [...this.topics].find(([, topic]) => topic.id === id)?.[0];
        return this.change(name ?? '', id, (is) =>
          is?.id === id ? null : ErrorCode.UNKNOWN_TOPIC_ID,
        );
      },
      incrementalAlterConfigs: ([asked]) => {
        const { resourceName, name, value } = asked!;
        return this.change(resourceName, resourceName, (is) => {
          if (is === null) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
          }
          const { [name]: _, ...configs } = is.configs;
          return { ...is, configs: value === null ? configs : { ...configs, [name]: value } };
        });
      },
      readTopic: (name) => this.read(name),
      close: () => {
        this.closed++;
      },
    } as MetadataClient;
  }

  private async change(
    name: string,
    named: string,
    next: (is: TopicMetadata | null) => TopicMetadata | null | number,
  ): Promise<Changes> {
    await this.while();
    const isLost = this.random.below(100) < (this.plan.lost ?? 0);
    const is = this.topics.get(name) ?? null;
    const will = isLost && this.random.oneIn(2) ? is : next(is);
    if (typeof will !== 'number') {
      this.before.set(name, is);
      this.topics.delete(name);
      if (will !== null) {
        this.topics.set(name, will);
      }
    }
    await this.while();
    const error = typeof will === 'number' ? will : ErrorCode.NONE;
    return isLost ? LOST : { type: 'ok', value: [changed(named, error, null)] };
  }

  private async read(name: string): Promise<Outcome<TopicMetadata | null>> {
    await this.while();
    const isStale = this.random.below(100) < (this.plan.stale ?? 0) && this.before.has(name);
    const value = isStale ? this.before.get(name)! : (this.topics.get(name) ?? null);
    await this.while();
    const error = { name: 'request-timed-out', code: 0, message: 'no answer' } as const;
    return this.plan.mute === true ? { type: 'fail', error } : { type: 'ok', value };
  }

  /** Some turns of others. */
  private async while(): Promise<void> {
    for (let turns = this.random.below(6); turns > 0; turns--) {
      await Promise.resolve();
    }
  }
}

interface Run {
  readonly rows: readonly MetadataRow[];
  readonly result: CheckResult;
  readonly cluster: OneCluster;
  readonly names: readonly string[];
}

/** Four threads with 200 steps in all, then the final reads. */
async function run(plan: Plan, seed = 1): Promise<Run> {
  const cluster = new OneCluster(plan);
  const rows: Row[] = [];
  const history = {
    add: (row: RowToWrite): Row => {
      const full = { index: rows.length, time: rows.length * 1_000, ...row } as Row;
      rows.push(full);
      return full;
    },
  };
  const topics = new MetadataTopics();
  const threads = [0, 1, 2, 3].map(
    (number) =>
      new MetadataThread(
        (process) => cluster.open(process),
        history,
        topics,
        { number, threads: 4, seed, requestTimeout: 1_000 },
        () => Promise.resolve(),
      ),
  );
  let left = 200;
  await Promise.all(threads.map((thread) => thread.run(() => left-- <= 0)));
  const names = topics.names();
  let patience = 50;
  await threads[0]!.finalReads(names, () => patience-- <= 0);
  return { rows: rows as MetadataRow[], result: check(rows), cluster, names };
}

const completed = ({ rows }: Run, op: string, type: string): MetadataRow[] =>
  rows.filter((row) => row.value.op === op && row.type === type);

describe('the metadata of a cluster', () => {
  test('that are one object for everybody convict nobody, whatever gets no answer', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { result } = await run({ lost: 10 }, seed);
      expect(result.anomalies).toEqual({});
      expect(result.reasons.join()).not.toContain('not found out');
    }
  });

  test('that are now and then what they were before convict the cluster', async () => {
    let convicted = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const { result } = await run({ lost: 10, stale: 5 }, seed);
      convicted += Number('nonlinearizable-metadata' in result.anomalies);
    }
    expect(convicted).toBe(20);
  });
});

describe('the history of metadata', () => {
  test('has every operation, several at a time', async () => {
    const told = await run({});
    for (const op of ['create', 'delete', 'grow', 'configure', 'read']) {
      expect(completed(told, op, 'ok').length).toBeGreaterThan(10);
    }
    let open = 0;
    const overlaps = told.rows.filter(({ type }) => {
      open += type === 'invoke' ? 1 : -1;
      return open === 4;
    });
    expect(overlaps.length).toBeGreaterThan(20);
  });

  test('tells a change without an answer as unknown, which ends its process', async () => {
    const { rows, cluster } = await run({ lost: 50 });
    const ended = new Map<number, number>();
    for (const { type, process, index } of rows) {
      expect(ended.get(process) ?? index).toBe(index);
      if (type === 'info') {
        ended.set(process, index);
      }
    }
    expect(ended.size).toBeGreaterThan(20);
    // Each thread goes on under a number that nobody else has, with clients of its own.
    expect(new Set(cluster.opened).size).toBe(4 + ended.size);
    expect(cluster.closed).toBe(2 * ended.size);
  });

  test('tells a read without an answer as failed: nobody knows what it would have seen', async () => {
    const told = await run({ mute: true });
    expect(completed(told, 'read', 'fail').length).toBeGreaterThan(50);
    expect(completed(told, 'read', 'ok')).toEqual([]);
    expect(completed(told, 'read', 'info')).toEqual([]);
  });

  test('goes to a fresh name before too much of one is unknown, and reads all names at the end', async () => {
    const told = await run({ lost: 50 });
    expect(told.names.length).toBeGreaterThan(6);
    for (const name of told.names) {
      const unknown = told.rows.filter(
        ({ type, value }) => type === 'info' && value.topic === name,
      );
      // One more of each thread may be under way, and the last deletion.
      expect(unknown.length).toBeLessThanOrEqual(6 + 3 + 1);
    }
    const last = told.rows.slice(-2 * told.names.length);
    expect(last.flatMap(({ type, value }) => (type === 'ok' ? [value.topic] : []))).toEqual(
      told.names,
    );
  });
});
