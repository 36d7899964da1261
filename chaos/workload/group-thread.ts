/**
 * One place in a consumer group: a sequence of processes, each a member while it lives. They die without a word, in
 * the middle of their work too, leave, or are held up while the next one takes their place, and then go on as zombies
 * that nobody has told. With a group.instance.id the next one is the same static member again.
 */

import { ClientAdapter, GroupAdapter } from '../client-adapter.js';
import type { HistoryWriter } from '../history-writer.js';
import { Random } from '../random.js';
import type { Target } from '../targets/target.js';
import { GroupMember, type MemberOptions } from './group-member.js';
import type { KeySpace } from './keys.js';

export interface GroupThreadOptions {
  readonly number: number;
  /** Threads in all: a process that ends is followed by its number plus this. */
  readonly threads: number;
  readonly seed: number;
  readonly requestTimeout: number;
  readonly metadataTimeout: number;
  /** Longest rest between two steps, in milliseconds; drawn evenly from 0 on. */
  readonly rest: number;
  readonly member: Omit<MemberOptions, 'process'>;
  readonly onPosition: (key: string, offset: number) => void;
}

/** Of so many chances in the middle of its work, a process takes one to die or to be held up. */
const WORKS_PER_DEATH = 90;
/** Of a static member, whose place is taken again without a rebalance. */
const WORKS_PER_STATIC_DEATH = 15;
/** Steps between two processes that leave as they should. */
const STEPS_PER_LEAVE = 700;
/** How long a zombie is held up: shorter than a session, or longer than it and a rebalance. */
const HELD_UP_MS = { least: 200, most: 7_000 };
/** Of a static member, mostly within the same generation. */
const STATIC_HELD_UP_MS = { least: 200, most: 1_500 };
/** Of one whose place nobody takes: a static one is a member still when it wakes up, after a rebalance without it. */
const ALONE_HELD_UP_MS = { least: 2_500, most: 5_500 };
/** Before the next process takes the place. */
const VACANT_MS = 1_500;

export class GroupThread {
  private readonly target: Target;
  private readonly history: HistoryWriter;
  private readonly keys: KeySpace;
  private readonly options: GroupThreadOptions;
  private readonly random: Random;
  private readonly sleep: (milliseconds: number) => Promise<void>;
  private process: number;
  private member: GroupMember;
  /** Nobody dies any more. */
  private calm = false;
  /** Resolves when the process at work is held up. */
  private heldUp: Promise<void> = Promise.resolve();
  private holdUp: () => void = () => {};
  private readonly zombies = new Set<Promise<void>>();

  constructor(
    target: Target,
    history: HistoryWriter,
    keys: KeySpace,
    options: GroupThreadOptions,
    sleep: (milliseconds: number) => Promise<void>,
  ) {
    this.target = target;
    this.history = history;
    this.keys = keys;
    this.options = options;
    this.random = new Random(options.seed, `thread ${options.number}`);
    this.sleep = sleep;
    this.process = options.number;
    this.member = this.openMember();
  }

  /** The main phase: a member at work until `isOver`. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.turn();
      if (this.random.oneIn(STEPS_PER_LEAVE)) {
        await this.member.leave();
      }
      if (this.member.isOver()) {
        await this.sleep(this.random.below(VACANT_MS));
        this.succeed();
      }
    }
  }

  /** The group works on undisturbed until `isOver`. */
  async drain(isOver: () => boolean): Promise<void> {
    this.calm = true;
    while (!isOver()) {
      await this.turn();
      if (this.member.isOver()) {
        this.succeed();
      }
    }
    await Promise.all(this.zombies);
  }

  close(): void {
    this.member.close();
  }

  private async turn(): Promise<void> {
    const { member } = this;
    const step = member.step();
    const isHeldUp = await Promise.race([step.then(() => false), this.heldUp.then(() => true)]);
    if (isHeldUp) {
      const zombie = step.then(() => {
        member.close();
        this.zombies.delete(zombie);
      });
      this.zombies.add(zombie);
      this.replace();
    } else {
      await this.sleep(this.random.below(this.options.rest + 1));
    }
  }

  /** The process is over; its place is taken by the next one, with nothing of the old. */
  private succeed(): void {
    const { process } = this;
    this.history.add({ process, type: 'invoke', f: 'crash', value: null });
    this.history.add({ process, type: 'info', f: 'crash', value: null });
    this.member.close();
    this.replace();
  }

  private replace(): void {
    this.process += this.options.threads;
    this.member = this.openMember();
  }

  /** What becomes of a process in the middle of its work. */
  private async hesitate(): Promise<boolean> {
    const isStatic = this.options.member.instanceId !== null;
    const works = isStatic ? WORKS_PER_STATIC_DEATH : WORKS_PER_DEATH;
    if (this.calm || !this.random.oneIn(works)) {
      return true;
    }
    const fate = this.random.below(4);
    if (fate === 0) {
      return false;
    }
    if (fate === 1) {
      await this.sleep(this.random.between(ALONE_HELD_UP_MS.least, ALONE_HELD_UP_MS.most));
      return true;
    }
    const { least, most } = isStatic ? STATIC_HELD_UP_MS : HELD_UP_MS;
    const held = this.random.between(least, most);
    this.holdUp();
    await this.sleep(held);
    return true;
  }

  private openMember(): GroupMember {
    const { process, options } = this;
    const { requestTimeout, metadataTimeout, member, onPosition } = options;
    const { bootstrap } = this.target;
    const adapter = {
      clientId: `${member.group}-${process}`,
      bootstrap,
      requestTimeout,
      metadataTimeout,
      firstAddress: this.random.below(bootstrap.length),
    };
    this.heldUp = new Promise((resolve) => {
      this.holdUp = resolve;
    });
    return new GroupMember(
      {
        fetching: new ClientAdapter(adapter),
        coordinator: new GroupAdapter(adapter, member.group),
        history: this.history,
        keys: this.keys,
        sleep: this.sleep,
        // A zombie that has woken up is not held up again.
        hesitate: () => (this.process === process ? this.hesitate() : Promise.resolve(true)),
        onPosition,
      },
      { ...member, process },
    );
  }
}
