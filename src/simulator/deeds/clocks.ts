/** Deeds to the clocks of one node. They outlive its process: a clock belongs to the machine. */

import type { Act } from '../scenario.js';
import type { Attempt, Doing, Hands } from './hands.js';

type ClockAct = Extract<Act, { type: 'clock' }>;

const TRUE_RATE = 1000;

/** Which deeds have changed a clock's speed, oldest first: the last one counts. */
export class ClockDeeds {
  private readonly wall: ClockAct[][];
  private readonly monotonic: ClockAct[][];

  constructor(brokers: number) {
    this.wall = Array.from({ length: brokers }, () => []);
    this.monotonic = Array.from({ length: brokers }, () => []);
  }

  skew(hands: Hands, doing: Doing, act: ClockAct, index: number): Attempt {
    const { clock, name } = hands.context.cluster.nodes[index]!;
    const refused = act.clock === 'wall' ? hands.atlas.jumpRefused(act.jump) : null;
    if (refused !== null) {
      return refused;
    }
    doing.begins(name);
    const wall = act.clock === 'wall';
    const speeds = (wall ? this.wall : this.monotonic)[index]!;
    const apply = (): void => {
      const rate = speeds.at(-1)?.rate ?? TRUE_RATE;
      if (wall) {
        clock.setWallRate(rate);
      } else {
        clock.setMonotonicRate(rate);
      }
    };
    speeds.push(act);
    apply();
    if (wall) {
      clock.jump(act.jump);
    }
    doing.until(act.lasts, () => {
      speeds.splice(speeds.indexOf(act), 1);
      apply();
      if (wall && this.wall[index]!.length === 0) {
        // As if a time server were heard again: a step, forwards or back.
        clock.setRight();
      } else if (wall) {
        clock.jump(-act.jump);
      }
    });
    return null;
  }
}
