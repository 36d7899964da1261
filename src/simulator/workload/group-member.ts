/**
 * One process as a member of a consumer group, in virtual time: joins, is told what it owns, reads from where the group
 * has committed, and does one thing after the other: heartbeats, polls, processes, commits. All that it is told and
 * does is in the history. (The trials' member, chaos/workload/group-member.ts, does the same with promises; how each
 * stands in its group is decided by the same code, client/group-standing.ts.)
 */

import { ASSIGNORS } from '../../client/assignors.js';
import type { Client, TopicPartition } from '../../client/client.js';
import { decodeAssignment } from '../../client/consumer-protocol.js';
import type { GroupClient, SyncRequest } from '../../client/group-client.js';
import { GroupStanding } from '../../client/group-standing.js';
import type { ClientError, Outcome } from '../../client/outcomes.js';
import { present } from '../../core/types/assert.js';
import type { Offset } from '../../core/types/ids.js';
import type { Environment } from '../../environment/environment.js';
import type { PolledRecords } from '../../history/rows.js';
import { ErrorCode } from '../../protocol/errors.js';
import type { RunContext } from '../context.js';
import type { MemberView } from '../judges/group-convergence.js';
import type { GroupScribe } from '../recorder.js';
import type { GroupMemberPlan, GroupPlan } from '../scenario.js';
import type { GroupShares } from './group-shares.js';
import { type Key, valueIn } from './keys.js';

/** Where a process may end or be held up. */
export type Moment = 'told an id' | 'joined' | 'before work' | 'amid work';

export interface MemberWorld {
  readonly context: RunContext;
  readonly scribe: GroupScribe;
  readonly environment: Environment;
  readonly fetching: Client;
  readonly coordinator: GroupClient;
  /** Goes on now or later; not alive: it died there. */
  readonly hesitate: (at: Moment, goOn: (isAlive: boolean) => void) => void;
  /** The group stands there: an acknowledged commit, or an answer to the question. */
  readonly onPosition: (key: Key, offset: Offset) => void;
  readonly shares: GroupShares;
  /** Assignments may be sent in any order: other clients hold them in tables of hashes. */
  readonly inAnyOrder: <T>(items: readonly T[]) => T[];
}

const POLL_WAIT = 5;
const POLL_BYTES = 2048;
/** A join lasts for a rebalance timeout at the most, and what it takes to notice. */
const JOIN_SLACK = 1000;
const PAUSE = 50;

/** Refusals of a commit that say that somebody else has the place. */
const REPLACED: ReadonlySet<number> = new Set([
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.FENCED_INSTANCE_ID,
]);

export class GroupMember {
  readonly process: number;
  private readonly world: MemberWorld;
  private readonly group: GroupPlan;
  private readonly instanceId: string | null;
  private readonly standing: GroupStanding;
  private readonly keys: ReadonlyMap<string, Key>;
  /** Of owned keys; null: it is not known yet where the group stands. */
  private readonly positions = new Map<Key, Offset | null>();
  private nextHeartbeat = 0;
  private over = false;
  /** The group had no use for what it knows when it last asked to join. */
  private foreign = false;
  /** It is a new process of a static member, and its generation had begun before it asked to join. */
  private tookSeat = false;

  constructor(world: MemberWorld, group: GroupPlan, plan: GroupMemberPlan) {
    this.world = world;
    this.group = group;
    this.instanceId = plan.isStatic ? plan.name : null;
    const { keys } = world.context.recorder;
    const consumed = keys.openKeys((topic) => group.topics.includes(topic));
    this.keys = new Map(consumed.map((key) => [key.partitionName, key]));
    const counts = new Map<string, number>();
    for (const { topic } of consumed) {
      counts.set(topic, (counts.get(topic) ?? 0) + 1);
    }
    this.process = world.context.recorder.process();
    this.standing = new GroupStanding({
      instanceId: this.instanceId,
      assignors: plan.assignors.map((name) =>
        present(
          ASSIGNORS.find((each) => each.name === name),
          'an assignor is known',
        ),
      ),
      counts,
      sessionTimeout: plan.sessionTimeout,
      rebalanceTimeout: group.rebalanceTimeout,
    });
  }

  /** It was fenced, has died, or nobody knows what became of its last commit: the process is at its end. */
  isOver(): boolean {
    return this.over;
  }

  /** Its last join was refused for the protocols it knows. */
  get isForeign(): boolean {
    return this.foreign;
  }

  /** What it may act on; null: it must join before it does anything. */
  view(): MemberView | null {
    const { standing } = this;
    const { generation } = standing.membership();
    const isOut = this.over || standing.mustJoin;
    return isOut
      ? null
      : {
          generation,
          protocol: standing.protocol,
          owned: [...this.positions.keys()],
          tookSeat: this.tookSeat,
        };
  }

  /** The next thing to do. */
  step(done: () => void): void {
    const { standing, positions } = this;
    if (standing.mustJoin) {
      this.join(done);
    } else if (this.now() >= this.nextHeartbeat) {
      this.beat(done);
    } else if ([...positions.values()].includes(null)) {
      this.findPlaces(done);
    } else {
      this.poll(done);
    }
  }

  /** Tells the group; the process is not used again. */
  leave(done: () => void): void {
    this.over = true;
    const name = this.standing.leaving();
    if (name === null) {
      done();
    } else {
      this.world.coordinator.leave(name, () => done());
    }
  }

  close(): void {
    this.over = true;
    this.world.fetching.close();
    this.world.coordinator.close();
  }

  private now(): number {
    return this.world.environment.clock.monotonic();
  }

  private hesitate(at: Moment, done: () => void, goOn: () => void): void {
    this.world.hesitate(at, (isAlive) => {
      this.over ||= !isAlive;
      if (this.over) {
        done();
      } else {
        goOn();
      }
    });
  }

  private join(done: () => void): void {
    const { standing, world, group } = this;
    const request = standing.joinRequest();
    const { sent } = world.shares;
    const isSuccessor = this.instanceId !== null && request.memberId === '';
    this.own();
    world.coordinator.join(request, group.rebalanceTimeout + JOIN_SLACK, (outcome) => {
      this.foreign =
        outcome.type !== 'ok' && outcome.error.code === ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
      if (outcome.type !== 'ok') {
        this.suffer(outcome.error, done);
        return;
      }
      const sync = standing.joined(outcome.value);
      if (sync === null) {
        this.hesitate('told an id', done, done);
      } else {
        this.tookSeat = isSuccessor && world.shares.isAmong(sent, sync.generation);
        this.hesitate('joined', done, () => this.sync(sync, done));
      }
    });
  }

  private sync(request: SyncRequest, done: () => void): void {
    const { world, group, standing, process, instanceId } = this;
    const { generation } = request;
    const assignments = world.inAnyOrder(request.assignments);
    if (assignments.length > 0) {
      const given = assignments.flatMap(({ assignment }) => decodeAssignment(assignment));
      world.shares.add(generation, new Set(given.map((each) => this.keyOf(each))));
    }
    const synced = (outcome: Outcome<Uint8Array>): void => {
      if (outcome.type !== 'ok') {
        this.suffer(outcome.error, done);
        return;
      }
      standing.synced(generation, outcome.value);
      this.own();
      const value = [...this.positions.keys()].map(({ name }) => name);
      const instance = instanceId === null ? {} : { instance: instanceId };
      world.scribe.owned({ process, value, group: group.name, generation, ...instance });
      world.context.recorder.counts.assignments++;
      this.nextHeartbeat = this.now() + group.heartbeat;
      done();
    };
    world.coordinator.sync(
      { ...request, assignments },
      group.rebalanceTimeout + JOIN_SLACK,
      synced,
    );
  }

  /** What it owns as it stands now: positions of keys that stay are kept, those of new ones are asked for. */
  private own(): void {
    const { positions } = this;
    const owned = this.standing.owned.map((each) => this.keyOf(each));
    for (const key of [...positions.keys()]) {
      if (!owned.includes(key)) {
        positions.delete(key);
      }
    }
    for (const key of owned) {
      if (!positions.has(key)) {
        positions.set(key, null);
      }
    }
  }

  private keyOf({ topic, partition }: TopicPartition): Key {
    return present(this.keys.get(`${topic}-${partition}`), 'members share what there is');
  }

  private beat(done: () => void): void {
    this.nextHeartbeat = this.now() + this.group.heartbeat;
    this.world.coordinator.heartbeat(this.standing.membership(), (outcome) => {
      if (outcome.type === 'ok') {
        done();
      } else {
        this.suffer(outcome.error, done);
      }
    });
  }

  private suffer({ code }: ClientError, done: () => void): void {
    const suffered = this.standing.suffer(code);
    this.own();
    this.over ||= suffered === 'is over';
    if (suffered === 'waits') {
      this.world.environment.timers.arm(PAUSE, done);
    } else {
      done();
    }
  }

  private findPlaces(done: () => void): void {
    const { process, positions, group, world } = this;
    const asked = [...positions].flatMap(([key, at]) => (at === null ? [key] : []));
    askCommitted(world, { process, group: group.name }, asked, (outcome) => {
      if (outcome.type !== 'ok') {
        this.suffer(outcome.error, done);
        return;
      }
      for (const [key, offset] of outcome.value) {
        positions.set(key, offset);
        world.onPosition(key, offset);
      }
      done();
    });
  }

  /** Asks once for what comes behind its positions, and does the work that this gives. */
  private poll(done: () => void): void {
    const { fetching, context } = this.world;
    const { keys } = context.recorder;
    const records: Record<string, (readonly [number, number | string])[]> = {};
    const reached = new Map<Key, Offset>();
    const asked = [...this.positions] as [Key, Offset][];
    let left = asked.length;
    const answered = (): void => {
      left--;
      if (left === 0) {
        this.work(records, reached, done);
      }
    };
    for (const [key, offset] of asked) {
      const { topic, partition } = key;
      const from = { topic, partition, offset, maxWait: POLL_WAIT, maxBytes: POLL_BYTES };
      fetching.fetch(from, (outcome) => {
        const polled = outcome.type === 'ok' ? outcome.value.records : [];
        for (const record of polled) {
          const value = valueIn(record.value);
          if (typeof value === 'string' || keys.belongs(key, value)) {
            records[key.name] ??= [];
            records[key.name]!.push([record.offset, value]);
          }
        }
        if (outcome.type === 'ok' && polled.length > 0) {
          reached.set(key, outcome.value.nextOffset);
        }
        answered();
      });
    }
    if (asked.length === 0) {
      done();
    }
  }

  private work(records: PolledRecords, reached: ReadonlyMap<Key, Offset>, done: () => void): void {
    if (reached.size === 0) {
      done();
      return;
    }
    const { process, group, world } = this;
    const processed = (then: () => void): void => {
      world.scribe.processed(process, group.name, records);
      then();
    };
    const committed = (then: () => void): void => this.commit(reached, done, then);
    const parts = [processed, committed] as const;
    const [first, second] = group.order === 'process-first' ? parts : parts.toReversed();
    this.hesitate('before work', done, () =>
      first!(() => this.hesitate('amid work', done, () => second!(done))),
    );
  }

  /** `refused`: it stands where it stood before, or is over. */
  private commit(reached: ReadonlyMap<Key, Offset>, refused: () => void, done: () => void): void {
    const { world, process, instanceId } = this;
    const { scribe, context } = world;
    const member = this.standing.membership();
    const row = {
      process,
      f: 'commit',
      value: Object.fromEntries([...reached].map(([key, offset]) => [key.name, offset])),
      group: this.group.name,
      generation: member.generation,
      ...(instanceId === null ? {} : { instance: instanceId }),
    } as const;
    scribe.offsets('invoke', row);
    const asked = [...reached].map(([key, offset]) => ({
      topic: key.topic,
      partition: key.partition,
      offset,
    }));
    world.coordinator.commit(member, asked, (outcome) => {
      if (outcome.type === 'ok') {
        scribe.offsets('ok', row);
        this.acknowledged(reached);
        done();
        return;
      }
      const { error } = outcome;
      scribe.offsets(outcome.type === 'fail' ? 'fail' : 'info', row, error.name);
      if (outcome.type === 'unknown') {
        this.over = true;
        refused();
        return;
      }
      context.recorder.counts.zombieCommits += REPLACED.has(error.code) ? 1 : 0;
      this.suffer(error, refused);
    });
  }

  private acknowledged(reached: ReadonlyMap<Key, Offset>): void {
    const { context, onPosition } = this.world;
    const { commits } = context.recorder.counts;
    if (context.phase() === 'main') {
      commits.set(this.group.name, (commits.get(this.group.name) ?? 0) + 1);
    }
    for (const [key, offset] of reached) {
      if (this.positions.has(key)) {
        this.positions.set(key, offset);
      }
      onPosition(key, offset);
    }
  }
}

/** Asks where a group stands, as the history tells it; nothing committed is the beginning. */
export function askCommitted(
  { scribe, coordinator }: Pick<MemberWorld, 'scribe' | 'coordinator'>,
  who: { readonly process: number; readonly group: string },
  keys: readonly Key[],
  done: (outcome: Outcome<readonly (readonly [Key, Offset])[]>) => void,
): void {
  const row = { ...who, f: 'committed' } as const;
  const nothing = Object.fromEntries(keys.map(({ name }) => [name, null]));
  scribe.offsets('invoke', { ...row, value: nothing });
  coordinator.committed(keys, (outcome) => {
    if (outcome.type !== 'ok') {
      scribe.offsets('fail', { ...row, value: nothing }, outcome.error.name);
      done(outcome);
      return;
    }
    const told = outcome.value.map(({ topic, partition, offset }) => {
      const key = keys.find((each) => each.topic === topic && each.partition === partition);
      return [present(key, 'what is told was asked'), offset] as const;
    });
    const value = Object.fromEntries(told.map(([key, offset]) => [key.name, offset]));
    scribe.offsets('ok', { ...row, value });
    const positions = told.map(([key, offset]) => [key, offset ?? (0 as Offset)] as const);
    done({ type: 'ok', value: positions });
  });
}
