/** Draws who votes first, and when an operator adds or removes a voter. */

import type { Choice, Moment, Target } from '../scenario.js';
import { Draws } from './draws.js';

/** How many of the brokers are the first voters; null: all. */
export function drawVoters(seed: number, brokers: number): number | null {
  return brokers > 3 && new Draws(seed, 'voters').percent(50) ? 3 : null;
}

export function drawVoterChanges(seed: number, brokers: number, duration: number): Choice[] {
  const draws = new Draws(seed, 'voter changes');
  if (!draws.percent(35)) {
    return [];
  }
  const changes: Choice[] = [];
  const count = draws.between(1, 4);
  for (let number = 1; number <= count; number++) {
    const at = draws.between(0, Math.floor(duration * 0.9));
    const replaced = draws.percent(30) ? draws.between(0, brokers - 1) : null;
    if (replaced !== null) {
      changes.push(...replacement(draws, number, at, replaced));
      continue;
    }
    const together = draws.percent(25) ? 2 : 1;
    for (let each = 1; each <= together; each++) {
      changes.push({
        name: `voter-${number}-${each}`,
        when: moment(draws, at + (each - 1) * draws.between(0, 5)),
        act: { type: 'changeVoter', target: target(draws, brokers) },
      });
    }
  }
  return changes;
}

/** A broker loses its disk, and gets its seat back some time after it has come with an empty one. */
function replacement(draws: Draws, number: number, at: number, broker: number): Choice[] {
  const down = draws.scaled(20, 1000);
  const back = at + down + draws.scaled(100, 2000);
  return [
    { name: `replaced-${number}`, when: { at }, act: { type: 'wipe', target: { broker }, down } },
    {
      name: `voter-${number}-anew`,
      when: { at: back },
      act: { type: 'changeVoter', target: { broker } },
    },
  ];
}

/** Some wait for a new leader, which has committed nothing yet. */
function moment(draws: Draws, at: number): Moment {
  return draws.percent(30)
    ? { on: 'raft.elected', nth: draws.pick([1, 1, 2]), after: draws.scaled(1, 100), from: at }
    : { at };
}

function target(draws: Draws, brokers: number): Target {
  return draws.percent(30) ? { role: 'controller' } : { broker: draws.between(0, brokers - 1) };
}
