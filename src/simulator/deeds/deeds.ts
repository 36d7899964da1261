/**
 * Carries out the choices of a scenario when their moments come, within what must be survived. What
 * lasts is ended in time, and everything is undone when the main phase is over.
 */

import { assert, unreachable } from '../../core/types/assert.js';
import type { LogLevel } from '../../environment/environment.js';
import type { RunContext } from '../context.js';
import type { Occurrence, TriggerEvent } from '../events.js';
import type { Act, Choice, Outcome } from '../scenario.js';
import type { WatchedNode, Watcher } from '../watch.js';
import { Operator } from '../workload/operator.js';
import { Atlas } from './atlas.js';
import { ClockDeeds } from './clocks.js';
import { crash, crashLoop, pause, restart, rollingRestart, wipe } from './crashes.js';
import { DiskDeeds } from './disks.js';
import type { Attempt, Doing, Hands } from './hands.js';
import { reset, slow } from './links.js';
import { NewestImage } from './newest-image.js';
import { NodeKeeper } from './nodes.js';
import { operate } from './operator.js';
import { partition } from './partitions.js';
import { changeVoter } from './quorum.js';
import { resolveTarget } from './targets.js';

const MILLISECOND = 1000;

/** A choice that waits for its event. */
interface Waiting {
  readonly choice: Choice;
  readonly nth: number;
  readonly after: number;
  /** Virtual microseconds before which nothing is counted. */
  readonly from: number;
  count: number;
}

/** Something that is to be ended. */
interface Lasting {
  readonly end: () => void;
}

export class Deeds implements Watcher {
  /** By the choices' names; complete once `end` was called. */
  readonly outcomes: Map<string, Outcome> = new Map();
  private readonly context: RunContext;
  private readonly hands: Hands;
  private readonly clocks: ClockDeeds;
  private readonly disks: DiskDeeds;
  private readonly waiting = new Map<TriggerEvent, Waiting[]>();
  private readonly lasting = new Set<Lasting>();
  private active = false;

  constructor(context: RunContext) {
    this.context = context;
    const images = new NewestImage(context.cluster);
    const { brokers, choices } = context.scenario;
    this.hands = {
      context,
      images,
      atlas: new Atlas(context, images),
      keeper: new NodeKeeper(context),
      operator: new Operator(context),
    };
    this.clocks = new ClockDeeds(brokers);
    this.disks = new DiskDeeds(brokers);
    for (const { name } of choices) {
      this.outcomes.set(name, null);
    }
  }

  /** The main phase begins: moments count from now. */
  begin(): void {
    const { world, scenario, watching } = this.context;
    watching.deed('main', 'phase', null, 'begins');
    this.active = true;
    for (const choice of scenario.choices) {
      const { when, name } = choice;
      if ('at' in when) {
        world.schedule(when.at * MILLISECOND, `choice ${name}`, () => this.due(choice, null));
      } else {
        const { on, nth, after } = when;
        const from = world.now + (when.from ?? 0) * MILLISECOND;
        const others = this.waiting.get(on) ?? [];
        others.push({ choice, nth, after, from, count: 0 });
        this.waiting.set(on, others);
      }
    }
  }

  /** No deed begins any more; whatever lasts is ended: links whole, clocks true, disks well, nodes up. */
  end(): void {
    this.active = false;
    this.waiting.clear();
    for (const lasting of [...this.lasting]) {
      this.finish(lasting);
    }
    assert(this.lasting.size === 0, 'a deed began while all were ended');
    this.hands.keeper.startAll();
    this.context.watching.deed('main', 'phase', null, 'ends');
  }

  occurred(occurrence: Occurrence): void {
    const waiting = this.waiting.get(occurrence.event);
    if (waiting === undefined || !this.active) {
      return;
    }
    const { now } = this.context.world;
    // A deed may itself make something occur that is counted here: what is due is gathered first.
    let due: Waiting[] | null = null;
    for (const each of waiting) {
      if (now >= each.from && ++each.count === each.nth) {
        due ??= [];
        due.push(each);
      }
    }
    for (const { choice, after } of due ?? []) {
      if (after === 0) {
        this.due(choice, occurrence);
      } else {
        this.context.world.schedule(after * MILLISECOND, `choice ${choice.name}`, () =>
          this.due(choice, occurrence),
        );
      }
    }
  }

  /** For the healing of a core: the broker is killed and stays down, unless it must not be missed. */
  keepDown(index: number): boolean {
    const { atlas, keeper } = this.hands;
    if (atlas.cannotBeMissed(index) !== null) {
      return false;
    }
    keeper.hold(index);
    this.context.cluster.nodes[index]!.crash(false);
    return true;
  }

  letUp(index: number): void {
    this.hands.keeper.release(index);
  }

  nodeEnded(node: WatchedNode, how: string): void {
    this.hands.images.nodeEnded(node);
    this.hands.keeper.nodeEnded(node, how);
  }

  nodeLogged(node: WatchedNode, _level: LogLevel, event: string, fields: object): void {
    if (event === 'log.damaged' && 'replica' in fields) {
      this.hands.atlas.damageSeen(node, String(fields.replica));
    }
  }

  // -------------------------------------------------------------------------------------- inside

  private due(choice: Choice, occurrence: Occurrence | null): void {
    if (!this.active) {
      return;
    }
    const reason = this.attempt(choice, occurrence);
    if (reason !== null) {
      this.outcomes.set(choice.name, { took: false, reason });
    }
  }

  private attempt(choice: Choice, occurrence: Occurrence | null): Attempt {
    const { act } = choice;
    const doing = this.doing(choice);
    if (!('target' in act)) {
      return this.withoutTarget(doing, act);
    }
    const { context, images } = this.hands;
    const index = resolveTarget(context, images, act.target, occurrence);
    return typeof index === 'string' ? index : this.withTarget(doing, act, index);
  }

  private withoutTarget(doing: Doing, act: Exclude<Act, { readonly target: unknown }>): Attempt {
    return act.type === 'rollingRestart'
      ? rollingRestart(this.hands, doing, act)
      : operate(this.hands, doing, act);
  }

  private withTarget(
    doing: Doing,
    act: Extract<Act, { readonly target: unknown }>,
    index: number,
  ): Attempt {
    const { hands } = this;
    switch (act.type) {
      case 'crash':
        return crash(hands, doing, act, index);
      case 'crashLoop':
        return crashLoop(hands, doing, act, index);
      case 'wipe':
        return wipe(hands, doing, act, index);
      case 'changeVoter':
        return changeVoter(hands, doing, index);
      case 'restart':
        return restart(hands, doing, act, index);
      case 'pause':
        return pause(hands, doing, act, index);
      case 'partition':
        return partition(hands, doing, act, index);
      case 'reset':
        return reset(hands, doing, index);
      case 'slow':
        return slow(hands, doing, act, index);
      case 'clock':
        return this.clocks.skew(hands, doing, act, index);
      case 'disk':
        return this.disks.spoil(hands, doing, act, index);
      default:
        return unreachable(act);
    }
  }

  private doing({ name, act }: Choice): Doing {
    const { watching, recorder, world } = this.context;
    let node: string | null = null;
    const ends = (): void => {
      watching.deed(name, act.type, node, 'ends');
      recorder.nemesis(`${act.type}-ends`, node ?? name);
    };
    const lasts = (end: () => void): Lasting => {
      const lasting = { end };
      this.lasting.add(lasting);
      return lasting;
    };
    return {
      begins: (where) => {
        node = where;
        this.outcomes.set(name, { took: true, at: world.now, node });
        watching.deed(name, act.type, node, 'begins');
        recorder.nemesis(act.type, node ?? name);
      },
      until: (milliseconds, end) => {
        const lasting = lasts(() => {
          end();
          ends();
        });
        world.schedule(milliseconds * MILLISECOND, `end ${name}`, () => this.finish(lasting));
      },
      later: (milliseconds, next) => {
        world.schedule(milliseconds * MILLISECOND, `next ${name}`, () => {
          if (this.active) {
            next();
          }
        });
      },
      untilDone: (end) => {
        const lasting = lasts(() => {
          end();
          ends();
        });
        return {
          done: () => {
            if (this.cancel(lasting)) {
              ends();
            }
          },
        };
      },
      atEnd: (undo) => {
        const lasting = lasts(undo);
        return { cancel: () => void this.cancel(lasting) };
      },
      failed: (reason) => this.outcomes.set(name, { took: false, reason }),
    };
  }

  private finish(lasting: Lasting): void {
    if (this.cancel(lasting)) {
      lasting.end();
    }
  }

  /** Nobody has to end it any more; false: somebody did already. */
  private cancel(lasting: Lasting): boolean {
    return this.lasting.delete(lasting);
  }
}
