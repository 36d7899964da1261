/**
 * A controller whose clock runs slow loses all other brokers, but not its clients. Long after the others have
 * elected another one it believes that it leads: by its own clock hardly any time has passed. That is why a
 * lease must not rest on clocks whose drift nobody bounds (Ongaro's thesis, 6.4.1).
 */

import { cutBothWays } from '../links.js';
import type { BrokerNumber } from '../targets/target.js';
import { type Arena, choose, endCut, skipUnless, startCut, waitFor } from './arena.js';

/** Of its clock; the election timeout that it keeps is four times as long as that of the others. */
const RATE = 0.25;
/** For an election and what comes before it. */
const PATIENCE_MS = 4_000;
/** What two controllers get to do harm. */
const BOTH_MS = 1_000;

/** `turn` sets a broker's clock; with rate 1 it is true again. */
export async function slowControllerStep(
  arena: Arena,
  turn: (broker: BrokerNumber, rate: number) => Promise<void>,
): Promise<void> {
  const { target, faults } = arena;
  skipUnless(target.brokers.length > 2, 'without it there is no majority');
  const slow = await choose(arena, 'controller');
  const fault = faults.begin('slow-controller', `broker ${slow}`);
  const others = target.brokers.filter((broker) => broker !== slow);
  await turn(slow, RATE);
  const parts = others.flatMap((other) => cutBothWays(slow, other));
  const cut = startCut(arena, 'partition', `broker ${slow} cut from all other brokers`, parts);
  try {
    const controls = async (broker: BrokerNumber): Promise<boolean> =>
      (await target.health(broker))?.controller === true;
    const isReplaced = async (): Promise<boolean> =>
      (await Promise.all(others.map(controls))).includes(true);
    skipUnless(await controls(slow), 'it did not control when it was cut off');
    skipUnless(
      await waitFor(arena, PATIENCE_MS, isReplaced),
      'nobody else came to control in time',
    );
    skipUnless(await controls(slow), 'it knew that it does not lead before anybody else did');
    await arena.sleep(BOTH_MS);
    faults.end(fault, 'another broker controlled while this one still thought that it does');
  } catch (error) {
    faults.failed(fault, error);
  } finally {
    endCut(arena, cut);
    await turn(slow, 1);
  }
}
