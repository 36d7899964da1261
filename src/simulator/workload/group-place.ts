/**
 * One place in a consumer group: a sequence of processes, each a member while it lives. They die without a word, in
 * the middle of their work too, leave, or are held up while the next one takes their place, and then go on as zombies
 * that nobody has told. With a group.instance.id the next one is the same static member again.
 */

import { Client } from '../../client/client.js';
import { GroupClient } from '../../client/group-client.js';
import type { ClientOptions } from '../../client/routes.js';
import type { Environment } from '../../environment/environment.js';
import type { RandomStream } from '../../environment/simulated/random.js';
import type { RunContext } from '../context.js';
import type { PlaceView } from '../judges/group-convergence.js';
import type { GroupScribe } from '../recorder.js';
import type { GroupMemberPlan, GroupPlan } from '../scenario.js';
import { GroupMember, type MemberWorld, type Moment } from './group-member.js';

/** How a group's clients wait for answers, in milliseconds. */
export const GROUP_CLIENT: Pick<
  ClientOptions,
  'requestTimeout' | 'metadataTimeout' | 'maxFrameBytes'
> = { requestTimeout: 800, metadataTimeout: 300, maxFrameBytes: 1 << 22 };

/** Chances, of `unrest` each, in moments that are rarer than work. */
const RARER: Readonly<Record<Moment, number>> = {
  'told an id': 8,
  joined: 5,
  'before work': 1,
  'amid work': 1,
};
/** A static member's place is taken again without a rebalance: more of its processes can end. */
const STATIC_SHARE = 3;
/** A process that never came through would do nothing else. */
const FEWEST_CHANCES = 3;
/** Steps between two processes that leave as they should, in units of `unrest`. */
const STEPS_PER_LEAVE = 4;

export class GroupPlace {
  private readonly context: RunContext;
  private readonly environment: Environment;
  private readonly group: GroupPlan;
  private readonly plan: GroupMemberPlan;
  private readonly stream: RandomStream;
  private readonly scribe: GroupScribe;
  private readonly onPosition: MemberWorld['onPosition'];
  private readonly shares: MemberWorld['shares'];
  private member: GroupMember;
  /** Nobody dies any more. */
  private calm = false;
  private stopped = false;

  constructor(
    context: RunContext,
    environment: Environment,
    group: GroupPlan,
    plan: GroupMemberPlan,
    { scribe, onPosition, shares }: Pick<MemberWorld, 'scribe' | 'onPosition' | 'shares'>,
  ) {
    this.context = context;
    this.environment = environment;
    this.group = group;
    this.plan = plan;
    this.scribe = scribe;
    this.onPosition = onPosition;
    this.shares = shares;
    this.stream = context.world.stream(`group ${group.name} ${plan.name}`);
    this.member = this.open();
  }

  start(): void {
    this.live(this.member, 0);
  }

  /** The group works on undisturbed: who is held up still wakes up. */
  calmDown(): void {
    this.calm = true;
  }

  /** The member leaves once what it does is done. */
  stop(): void {
    this.stopped = true;
  }

  /** Of the process that has the place now. */
  view(): PlaceView {
    const { member, plan } = this;
    const { isForeign } = member;
    return { name: plan.name, knows: plan.assignors, isForeign, view: member.view() };
  }

  private live(member: GroupMember, more: number): void {
    const pause = this.stream.below(2000 * this.group.think + 1) / 1000;
    this.environment.timers.arm(pause + more, () => {
      if (this.stopped && !member.isOver()) {
        member.leave(() => member.close());
      } else if (!this.stopped) {
        member.step(() => this.stepped(member));
      }
    });
  }

  private stepped(member: GroupMember): void {
    const { counts } = this.context.recorder;
    if (member !== this.member) {
      // A zombie that nobody misses.
      member.close();
    } else if (member.isOver()) {
      this.succeed(member);
    } else if (this.takesChance(STEPS_PER_LEAVE * this.group.unrest)) {
      counts.left++;
      member.leave(() => this.succeed(member));
    } else {
      this.live(member, 0);
    }
  }

  /** The process is over; its place is taken by the next one, with nothing of the old. */
  private succeed(member: GroupMember): void {
    member.close();
    this.scribe.crash(member.process);
    const vacancy = this.calm ? 0 : this.stream.below(this.plan.sessionTimeout);
    this.replace(vacancy);
  }

  private replace(vacancy: number): void {
    this.member = this.open();
    this.live(this.member, vacancy);
  }

  /** What becomes of a process there: nothing mostly; it dies, or is held up. */
  private hesitate(process: () => GroupMember, at: Moment, goOn: (isAlive: boolean) => void): void {
    const { stream, environment, plan, group } = this;
    const { counts } = this.context.recorder;
    const share = group.unrest / RARER[at] / (plan.isStatic ? STATIC_SHARE : 1);
    const chances = share === 0 ? 0 : Math.max(FEWEST_CHANCES, Math.ceil(share));
    // A zombie that has woken up is not held up again.
    if (process() !== this.member || !this.takesChance(chances)) {
      goOn(true);
      return;
    }
    const fate = stream.below(5);
    if (fate === 0) {
      counts.died++;
      goOn(false);
      return;
    }
    counts.heldUp++;
    const { sessionTimeout } = plan;
    const { rebalanceTimeout, heartbeat } = group;
    if (fate < 3) {
      // Nobody takes its place; it may miss a rebalance. A static one is a member still when it wakes up.
      const longest = Math.max(2 * rebalanceTimeout, heartbeat);
      environment.timers.arm(heartbeat + stream.below(longest), () => goOn(true));
      return;
    }
    environment.timers.arm(50 + stream.below(2 * sessionTimeout), () => goOn(true));
    // Not at once: whoever waits for the answer to this step goes on first.
    environment.timers.arm(0, () => this.replace(0));
  }

  /** One of so many; none of 0. */
  private takesChance(chances: number): boolean {
    return !this.calm && !this.stopped && chances > 0 && this.stream.below(chances) === 0;
  }

  private open(): GroupMember {
    const { context, environment, group, plan, stream, scribe, onPosition, shares } = this;
    const { bootstrap } = context.cluster;
    const options = { ...GROUP_CLIENT, clientId: `${group.name}-${plan.name}`, bootstrap };
    const first = stream.below(bootstrap.length);
    const member: GroupMember = new GroupMember(
      {
        context,
        scribe,
        environment,
        fetching: new Client(environment, options, first),
        coordinator: new GroupClient(environment, options, group.name, first),
        hesitate: (at, goOn) => this.hesitate(() => member, at, goOn),
        onPosition,
        shares,
        inAnyOrder: (items) => shuffled(items, stream),
      },
      group,
      plan,
    );
    return member;
  }
}

function shuffled<T>(items: readonly T[], stream: RandomStream): T[] {
  const left = [...items];
  return items.map(() => left.splice(stream.below(left.length), 1)[0]!);
}
