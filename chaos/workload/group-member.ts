/**
 * One process as a member of a consumer group (classic protocol): joins, is told what it owns, reads from where the
 * group has committed, and does one thing after the other: heartbeats, polls, processes, commits. In which order it
 * does the last two is what it can promise. All that it is told and does is in the history.
 */

import type { TopicPartition } from '../../src/client/client.js';
import { GroupStanding, type StandingOptions } from '../../src/client/group-standing.js';
import type { ClientError } from '../../src/client/outcomes.js';
import type { Offset } from '../../src/core/types/ids.js';
import type { ClientAdapter, GroupAdapter } from '../client-adapter.js';
import type { HistoryWriter } from '../history-writer.js';
import { Consumer, type PolledByKey, type PollOptions } from './consumer.js';
import type { KeySpace } from './keys.js';

/** `process-first`: nothing is passed over (at least once). `commit-first`: nothing is done again (at most once). */
export type WorkOrder = 'process-first' | 'commit-first';

export interface MemberOptions extends StandingOptions {
  readonly process: number;
  readonly group: string;
  readonly order: WorkOrder;
  readonly heartbeatInterval: number;
}

export interface MemberWorld {
  readonly fetching: ClientAdapter;
  readonly coordinator: GroupAdapter;
  readonly history: HistoryWriter;
  readonly keys: KeySpace;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Where a process may die or be held up: before its work, and in the middle of it. False: it died. */
  readonly hesitate: (at: 'before work' | 'amid work') => Promise<boolean>;
  /** The group stands there: an acknowledged commit, or an answer to the question. */
  readonly onPosition: (key: string, offset: number) => void;
}

const POLL: PollOptions = { maxWait: 5, maxBytes: 1_024 };
/** A join lasts for a rebalance timeout at the most, and what it takes to notice. */
const JOIN_SLACK_MS = 1_500;
const PAUSE_MS = 50;
/** Polls in a row out of range after which a process gives up. */
const STUCK_POLLS = 20;

export class GroupMember {
  private readonly world: MemberWorld;
  private readonly options: MemberOptions;
  private readonly consumer: Consumer;
  private readonly standing: GroupStanding;
  private owned: readonly string[] = [];
  /** Owned keys of which is not known yet where the group stands. */
  private readonly unplaced = new Set<string>();
  private nextHeartbeat = 0;
  private over = false;

  constructor(world: MemberWorld, options: MemberOptions) {
    this.world = world;
    this.options = options;
    this.consumer = new Consumer(world.fetching, world.keys);
    this.standing = new GroupStanding(options);
  }

  /** It was fenced, has died, or nobody knows what became of its last commit: the process is at its end. */
  isOver(): boolean {
    return this.over;
  }

  /** The next thing to do. */
  async step(): Promise<void> {
    if (this.standing.mustJoin) {
      await this.join();
    } else if (performance.now() >= this.nextHeartbeat) {
      await this.beat();
    } else if (this.unplaced.size > 0) {
      await this.findPlaces();
    } else {
      await this.work();
    }
  }

  /** Tells the group; the process is not used again. */
  async leave(): Promise<void> {
    const name = this.standing.leaving();
    if (name !== null) {
      await this.world.coordinator.leave(name);
    }
    this.over = true;
  }

  close(): void {
    this.over = true;
    this.world.fetching.close();
    this.world.coordinator.close();
  }

  private async join(): Promise<void> {
    const { standing, world } = this;
    const patience = this.options.rebalanceTimeout + JOIN_SLACK_MS;
    const request = standing.joinRequest();
    this.own();
    const joined = await world.coordinator.join(request, patience);
    if (joined.type !== 'ok') {
      await this.suffer(joined.error);
      return;
    }
    const sync = standing.joined(joined.value);
    if (sync === null) {
      return;
    }
    const synced = await world.coordinator.sync(sync, patience);
    if (synced.type !== 'ok') {
      await this.suffer(synced.error);
      return;
    }
    standing.synced(sync.generation, synced.value);
    this.own();
    this.tellOwned(sync.generation);
  }

  private tellOwned(generation: number): void {
    const { process, group, instanceId, heartbeatInterval } = this.options;
    this.world.history.add({
      process,
      type: 'ok',
      f: 'owned',
      value: this.owned,
      group,
      generation,
      ...(instanceId === null ? {} : { instance: instanceId }),
    });
    this.nextHeartbeat = performance.now() + heartbeatInterval;
  }

  private keyOf({ topic, partition }: TopicPartition): string {
    return this.world.keys.keyAt(topic, partition);
  }

  /** What it owns as it stands now: positions of keys that stay are kept, those of new ones are asked for. */
  private own(): void {
    const keys = this.standing.owned.map((place) => this.keyOf(place));
    for (const key of this.owned.filter((one) => !keys.includes(one))) {
      this.unplaced.delete(key);
    }
    for (const key of keys.filter((one) => !this.owned.includes(one))) {
      this.unplaced.add(key);
    }
    this.owned = keys;
    this.consumer.assign(keys, false);
  }

  private async beat(): Promise<void> {
    const { heartbeatInterval } = this.options;
    this.nextHeartbeat = performance.now() + heartbeatInterval;
    const outcome = await this.world.coordinator.heartbeat(this.standing.membership());
    if (outcome.type !== 'ok') {
      await this.suffer(outcome.error);
    }
  }

  private async suffer({ code }: ClientError): Promise<void> {
    const suffered = this.standing.suffer(code);
    this.own();
    this.over ||= suffered === 'is over';
    if (suffered === 'waits') {
      await this.world.sleep(PAUSE_MS);
    }
  }

  private async findPlaces(): Promise<void> {
    const { process, group } = this.options;
    const { history, keys, coordinator } = this.world;
    const asked = [...this.unplaced];
    const nothing = Object.fromEntries(asked.map((key) => [key, null]));
    history.add({ process, type: 'invoke', f: 'committed', value: nothing, group });
    const outcome = await coordinator.committed(asked.map((key) => keys.place(key)));
    if (outcome.type !== 'ok') {
      const error = outcome.error.name;
      history.add({ process, type: 'fail', f: 'committed', value: nothing, group, error });
      await this.suffer(outcome.error);
      return;
    }
    const told = outcome.value.map((place) => [this.keyOf(place), place.offset] as const);
    const value = Object.fromEntries(told);
    history.add({ process, type: 'ok', f: 'committed', value, group });
    for (const [key, offset] of told) {
      this.consumer.seek(key, offset ?? 0);
      this.unplaced.delete(key);
      this.world.onPosition(key, offset ?? 0);
    }
  }

  private async work(): Promise<void> {
    const { consumer, options, world } = this;
    const from = new Map(consumer.assigned().map((key) => [key, consumer.positionOf(key)]));
    const { records } = await consumer.poll(POLL);
    if (consumer.stuckFor() > STUCK_POLLS) {
      this.over = true;
    }
    if (Object.keys(records).length === 0 || this.over) {
      return;
    }
    const parts = [() => this.process(records), () => this.commit(records, from)];
    const [first, second] = options.order === 'process-first' ? parts : parts.toReversed();
    this.over = !(await world.hesitate('before work'));
    if (this.over || !(await first!())) {
      return;
    }
    this.over = !(await world.hesitate('amid work'));
    if (!this.over) {
      await second!();
    }
  }

  private process(records: PolledByKey): Promise<boolean> {
    const { process, group } = this.options;
    this.world.history.add({ process, type: 'ok', f: 'processed', value: records, group });
    return Promise.resolve(true);
  }

  /** False: it was refused, so that this member stands where it stood before, or nobody knows. */
  private async commit(records: PolledByKey, from: ReadonlyMap<string, number>): Promise<boolean> {
    const { consumer, world, options } = this;
    const { process, group, instanceId } = options;
    const member = this.standing.membership();
    const keys = Object.keys(records);
    const positions = keys.map((key) => [key, consumer.positionOf(key)] as const);
    const row = {
      process,
      f: 'commit',
      value: Object.fromEntries(positions),
      group,
      generation: member.generation,
      ...(instanceId === null ? {} : { instance: instanceId }),
    } as const;
    world.history.add({ type: 'invoke', ...row });
    const outcome = await world.coordinator.commit(
      member,
      positions.map(([key, offset]) => ({ ...world.keys.place(key), offset: offset as Offset })),
    );
    if (outcome.type === 'ok') {
      world.history.add({ type: 'ok', ...row });
      for (const [key, offset] of positions) {
        world.onPosition(key, offset);
      }
      return true;
    }
    const error = outcome.error.name;
    world.history.add({ type: outcome.type === 'fail' ? 'fail' : 'info', ...row, error });
    if (outcome.type === 'unknown') {
      this.over = true;
      return false;
    }
    for (const key of keys) {
      consumer.seek(key, from.get(key) ?? 0);
    }
    await this.suffer(outcome.error);
    return false;
  }
}
