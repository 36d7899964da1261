/** Deeds to the connections of one node. */

import type { Act } from '../scenario.js';
import type { Attempt, Doing, Hands } from './hands.js';

export function reset(hands: Hands, doing: Doing, index: number): Attempt {
  const { cluster } = hands.context;
  const node = cluster.nodes[index]!;
  if (!node.isRunning) {
    return 'it is down';
  }
  doing.begins(node.name);
  cluster.links.reset(node.name);
  doing.until(0, () => {});
  return null;
}

export function slow(
  hands: Hands,
  doing: Doing,
  act: Extract<Act, { type: 'slow' }>,
  index: number,
): Attempt {
  const { links, nodes } = hands.context.cluster;
  const { name } = nodes[index]!;
  doing.begins(name);
  links.slow(name, act.delay);
  doing.until(act.lasts, () => links.unslow(name, act.delay));
  return null;
}
