/** Network partitions: who cannot reach whom, in one direction or in both. */

import { unreachable } from '../../core/types/assert.js';
import type { RandomStream } from '../../environment/simulated/random.js';
import type { Act } from '../scenario.js';
import type { Attempt, Doing, Hands } from './hands.js';

type PartitionAct = Extract<Act, { type: 'partition' }>;
/** Two nodes that lose sight of one another; the first is on the target's side. */
type Pair = readonly [string, string];

/** What was sent is held until the links are whole again. */
export function partition(hands: Hands, doing: Doing, act: PartitionAct, index: number): Attempt {
  const { cluster, world } = hands.context;
  const brokers = cluster.nodes.map(({ name }) => name);
  const name = brokers[index]!;
  const others = brokers.filter((other) => other !== name);
  if (others.length === 0 && !act.clients) {
    return 'there is nobody else';
  }
  const { pairs, side } = divide(act.shape, name, brokers, world.stream('deed partitions'));
  if (act.clients) {
    const clients = cluster.links.names().filter((other) => !brokers.includes(other));
    pairs.push(...product(side, clients));
  }
  if (pairs.length === 0) {
    return 'too few brokers for this shape';
  }
  const links = pairs.flatMap(([mine, other]) => directed(act.direction, mine, other));
  doing.begins(name);
  for (const [from, to] of links) {
    cluster.links.cut(from, to);
  }
  doing.until(act.lasts, () => {
    for (const [from, to] of links) {
      cluster.links.heal(from, to);
    }
  });
  return null;
}

/** The pairs of brokers that are parted, and who is on the target's side. */
export function divide(
  shape: PartitionAct['shape'],
  target: string,
  brokers: readonly string[],
  stream: RandomStream,
): { pairs: Pair[]; side: readonly string[] } {
  const others = brokers.filter((other) => other !== target);
  switch (shape) {
    case 'one':
      return { pairs: product([target], others), side: [target] };
    case 'halves': {
      // The target's half is the smaller one.
      const shuffled = shuffle(others, stream);
      const mates = shuffled.slice(0, Math.floor(brokers.length / 2) - 1);
      const side = [target, ...mates];
      const rest = brokers.filter((other) => !side.includes(other));
      return { pairs: product(side, rest), side };
    }
    case 'ring': {
      // Everybody sees the two neighbours only; of three all are neighbours, and one link breaks.
      const ring = [target, ...shuffle(others, stream)];
      const pairs: Pair[] = [];
      for (let i = 0; i < ring.length; i++) {
        for (let j = i + 1; j < ring.length; j++) {
          const adjacent = j - i === 1 || (i === 0 && j === ring.length - 1);
          if (ring.length <= 3 ? i === 0 && j === 1 : !adjacent) {
            pairs.push([ring[i]!, ring[j]!]);
          }
        }
      }
      return { pairs, side: [target] };
    }
    case 'bridge': {
      // Two halves that only the target sees both of.
      const shuffled = shuffle(others, stream);
      const middle = Math.ceil(shuffled.length / 2);
      const half = shuffled.slice(0, middle);
      return { pairs: product(half, shuffled.slice(middle)), side: half };
    }
    default:
      return unreachable(shape);
  }
}

function directed(direction: PartitionAct['direction'], mine: string, other: string): Pair[] {
  switch (direction) {
    case 'both':
      return [
        [mine, other],
        [other, mine],
      ];
    case 'in':
      return [[other, mine]];
    case 'out':
      return [[mine, other]];
    default:
      return unreachable(direction);
  }
}

function product(side: readonly string[], others: readonly string[]): Pair[] {
  return side.flatMap((mine) => others.map((other): Pair => [mine, other]));
}

function shuffle(items: readonly string[], stream: RandomStream): string[] {
  const left = [...items];
  const shuffled: string[] = [];
  while (left.length > 0) {
    shuffled.push(...left.splice(stream.below(left.length), 1));
  }
  return shuffled;
}
