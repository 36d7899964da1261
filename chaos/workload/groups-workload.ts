/**
 * Consumer groups at work on a topic of twelve partitions that clients write to: in each three members, one of them
 * static. One group processes what it polled and then commits it, so that nothing is passed over; the other commits
 * first, so that nothing is done twice. Which of them rebalances cooperatively is drawn from the seed.
 */

import {
  type Assignor,
  COOPERATIVE_STICKY,
  RANGE,
  ROUND_ROBIN,
} from '../../src/client/assignors.js';
import { GroupAdapter } from '../client-adapter.js';
import type { HistoryWriter } from '../history-writer.js';
import { Random } from '../random.js';
import type { Target } from '../targets/target.js';
import { GroupAuditor } from './group-auditor.js';
import type { WorkOrder } from './group-member.js';
import { GroupThread } from './group-thread.js';
import {
  METADATA_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  type TrialWorkload,
  Workload,
  type WorkloadOptions,
} from './workload.js';

/** The promise is the group's name; a trial judges each group by it. */
export const AT_LEAST_ONCE = 'at-least-once';
export const AT_MOST_ONCE = 'at-most-once';
export const GROUPS: readonly string[] = [AT_LEAST_ONCE, AT_MOST_ONCE];

export interface GroupsOptions extends Omit<WorkloadOptions, 'topics' | 'shape'> {
  /** Members work in the order of the other group's promise: the judge must notice. */
  readonly misordered: boolean;
}

const MEMBERS = 3;
const PARTITIONS = 12;
/** Short, so that a member that is gone is missed while the trial lasts. */
const SESSION_MS = 2_000;
/** Static members are given the time to come back, longer than the group waits for them in a rebalance. */
const STATIC_SESSION_MS = 6_000;
const REBALANCE_MS = 1_500;
const HEARTBEAT_MS = 300;
const REST_MS = 40;
const AUDIT_REST_MS = 200;

interface Group {
  readonly name: string;
  readonly threads: readonly GroupThread[];
  readonly auditor: GroupAuditor;
  /** Positions that were acknowledged or told. */
  readonly committed: Map<string, number>;
}

export class GroupsWorkload implements TrialWorkload {
  private readonly clients: Workload;
  private readonly groups: readonly Group[];
  private readonly target: Target;
  private readonly history: HistoryWriter;
  private readonly options: GroupsOptions;
  private readonly sleep: (milliseconds: number) => Promise<void>;
  private nextNumber: number;

  constructor(
    target: Target,
    history: HistoryWriter,
    options: GroupsOptions,
    sleep: (milliseconds: number) => Promise<void>,
  ) {
    this.target = target;
    this.history = history;
    this.options = options;
    this.sleep = sleep;
    const shape = {
      metadataThreads: 0,
      otherThreads: GROUPS.length * (MEMBERS + 1),
      partitionsPerTopic: PARTITIONS,
      maxWritesPerKey: Number.POSITIVE_INFINITY,
    };
    this.clients = new Workload(target, history, { ...options, topics: 1, shape }, sleep);
    this.nextNumber = options.clients;
    const random = new Random(options.seed, 'groups');
    const assignors = random.shuffle([[COOPERATIVE_STICKY], random.shuffle([RANGE, ROUND_ROBIN])]);
    this.groups = GROUPS.map((name, at) => this.group(name, assignors[at] as Assignor[]));
  }

  topics(): readonly string[] {
    return [...this.clients.topics(), '__consumer_offsets'];
  }

  async prepare(patience: number, isInterrupted: () => boolean): Promise<void> {
    await this.clients.prepare(patience, isInterrupted);
    const end = performance.now() + patience;
    for (const { name, auditor } of this.groups) {
      while (!(await auditor.isReady())) {
        if (performance.now() > end || isInterrupted()) {
          throw new Error(`group ${name} has no coordinator`);
        }
        await this.sleep(100);
      }
    }
  }

  async main(isOver: () => boolean): Promise<void> {
    await Promise.all([
      this.clients.main(isOver),
      ...this.groups.flatMap(({ threads }) => threads.map((thread) => thread.run(isOver))),
      ...this.groups.map(({ auditor }) => this.audit(auditor, isOver)),
    ]);
  }

  /** Besides what clients read, each group works until it has committed all that is known. */
  async final(patience: number, isInterrupted: () => boolean): Promise<Map<string, string>> {
    const end = performance.now() + patience;
    const isOver = (): boolean => isInterrupted() || performance.now() > end;
    let isAppending = true;
    const [unread, ...behind] = await Promise.all([
      this.clients.final(patience, isInterrupted).finally(() => {
        isAppending = false;
      }),
      ...this.groups.map((group) => this.drain(group, isOver, () => isAppending)),
    ]);
    return new Map([...unread, ...behind.flatMap((keys) => [...keys])]);
  }

  close(): void {
    this.clients.close();
    for (const { threads, auditor } of this.groups) {
      auditor.close();
      for (const thread of threads) {
        thread.close();
      }
    }
  }

  /** Answers how far behind the group is at the end, by key; nothing: not at all. */
  private async drain(
    group: Group,
    isOver: () => boolean,
    isAppending: () => boolean,
  ): Promise<Map<string, string>> {
    const behind = (): string[] =>
      this.clients.keys
        .activeKeys()
        .filter((key) => (group.committed.get(key) ?? 0) <= this.clients.keys.highestKnown(key));
    const isDone = (): boolean => isOver() || (!isAppending() && behind().length === 0);
    await Promise.all(group.threads.map((thread) => thread.drain(isDone)));
    while (!isOver() && (await group.auditor.ask()) === null) {
      await this.sleep(100);
    }
    return new Map(behind().map((key) => [`${group.name} ${key}`, 'its group is behind']));
  }

  private async audit(auditor: GroupAuditor, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await auditor.ask();
      await this.sleep(AUDIT_REST_MS);
    }
  }

  private group(name: string, assignors: readonly Assignor[]): Group {
    const committed = new Map<string, number>();
    const commitsFirst = (name === AT_MOST_ONCE) !== this.options.misordered;
    const order = commitsFirst ? 'commit-first' : 'process-first';
    const threads = Array.from({ length: MEMBERS }, (_, place) =>
      this.thread(name, order, place, assignors, committed),
    );
    const number = this.nextNumber++;
    const { history } = this;
    const { keys } = this.clients;
    const adapter = new GroupAdapter(
      {
        clientId: `auditor-${number}`,
        bootstrap: this.target.bootstrap,
        requestTimeout: REQUEST_TIMEOUT_MS,
        metadataTimeout: METADATA_TIMEOUT_MS,
      },
      name,
    );
    return {
      name,
      threads,
      auditor: new GroupAuditor(number, name, history, keys, adapter),
      committed,
    };
  }

  private thread(
    group: string,
    order: WorkOrder,
    place: number,
    assignors: readonly Assignor[],
    committed: Map<string, number>,
  ): GroupThread {
    const isStatic = place === 0;
    return new GroupThread(
      this.target,
      this.history,
      this.clients.keys,
      {
        number: this.nextNumber++,
        threads: this.clients.threadCount,
        seed: this.options.seed,
        requestTimeout: REQUEST_TIMEOUT_MS,
        metadataTimeout: METADATA_TIMEOUT_MS,
        rest: REST_MS,
        member: {
          group,
          order,
          instanceId: isStatic ? `${group}-${place}` : null,
          // Not all prefer the same.
          assignors: place === 1 ? assignors.toReversed() : assignors,
          counts: new Map([[this.clients.keys.place('0').topic, PARTITIONS]]),
          sessionTimeout: isStatic ? STATIC_SESSION_MS : SESSION_MS,
          rebalanceTimeout: REBALANCE_MS,
          heartbeatInterval: HEARTBEAT_MS,
        },
        onPosition: (key, offset) => {
          committed.set(key, Math.max(offset, committed.get(key) ?? 0));
        },
      },
      this.sleep,
    );
  }
}
