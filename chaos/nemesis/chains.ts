/**
 * Chains of faults: sequences in which what one fault leaves behind is what the next one needs to do
 * harm. They are drawn from what replication protocols have to survive, not from any bug: two quick
 * failovers, a leader that cannot be heard by its followers, a leader that is the last in sync.
 */

import { type CutPart, cutBothWays, slowReplies } from '../links.js';
import type { ClusterView } from '../observer.js';
import { HOLD, PASS } from '../proxy.js';
import { Random } from '../random.js';
import type { BrokerNumber } from '../targets/target.js';
import {
  type Arena,
  endCut,
  kill,
  leadersIn,
  resetCut,
  restartKilled,
  skipUnless,
  startCut,
  waitFor,
} from './arena.js';
import type { Chain } from './schedule.js';

/**
 * How late a slow follower hears its leader: much longer than a round of fetches, so that what
 * clients wait for is mostly on its way to it, and shorter than any timeout.
 */
const SLOW_MS = 300;
/** What brokers of this project say when they connect to fetch records. */
const FETCHES = 'fetch';

export async function runChain(arena: Arena, chain: Chain, draw: number): Promise<void> {
  const random = new Random(draw, chain);
  const fault = arena.faults.begin('chain', chain);
  try {
    const view = await arena.observer.look();
    await CHAINS[chain](arena, view, random);
    arena.faults.end(fault, 'ran to its end');
  } catch (error) {
    arena.faults.failed(fault, error);
  }
}

type Run = (arena: Arena, view: ClusterView, random: Random) => Promise<void>;

/** Leader, the replica that would lead next, and one more follower, for most partitions first. */
export function successions(
  view: ClusterView,
): { readonly brokers: readonly [BrokerNumber, BrokerNumber, BrokerNumber]; count: number }[] {
  const counts = new Map<
    string,
    { brokers: [BrokerNumber, BrokerNumber, BrokerNumber]; count: number }
  >();
  for (const { leader, replicas, isr } of view.partitions) {
    // Kafka elects the first of the replicas' order that is in sync.
    const next = replicas.filter((broker) => broker !== leader && isr.includes(broker));
    const [second, third] = next;
    if (leader >= 0 && second !== undefined && third !== undefined) {
      const brokers: [number, number, number] = [leader, second, third];
      const entry = counts.get(brokers.join()) ?? { brokers, count: 0 };
      entry.count++;
      counts.set(brokers.join(), entry);
    }
  }
  return [...counts.values()].sort(
    (a, b) => b.count - a.count || a.brokers.join().localeCompare(b.brokers.join()),
  );
}

/**
 * A follower hears its leader late; the leader dies, and before the follower has heard enough from
 * the next leader, that one dies too. The first leader is back by then, so that there is a quorum,
 * but could not fetch from the second one and is not in sync: the slow follower, which was in sync
 * all the time, has to lead with what it has.
 */
const failoverOntoSlowFollower: Run = async (arena, view, random) => {
  const choices = successions(view);
  skipUnless(choices.length > 0, 'no partition has three replicas in sync');
  // A controller that dies too makes a failover slow: best it is the slow one, then the second.
  const where = (place: number): typeof choices =>
    choices.filter(({ brokers }) => brokers[place] === view.controller);
  const candidates = [where(2), where(1)].find((some) => some.length > 0) ?? [];
  skipUnless(candidates.length > 0, 'only the controller could be the first to die');
  const best = candidates.filter(({ count }) => count === candidates[0]?.count);
  const [first, second, slow] = random.pick(best).brokers;
  const { links } = arena.target;
  const toFirst = slowReplies(slow, first, SLOW_MS);
  const target = `broker ${slow}: replies of ${first} ${SLOW_MS} ms late`;
  const slowness = startCut(arena, 'latency', target, toFirst);
  const sample = links.get(slow, second).sample();
  await arena.sleep(random.between(900, 1_400));
  // What is on its way is lost with the leader. From the next one the slow follower hears that it
  // leads (the controller's word takes another connection), but gets no record.
  links.get(slow, first).set('backward', HOLD);
  const firstKill = await kill(arena, first);
  resetCut(arena, toFirst);
  endCut(arena, slowness);
  const apart = startCut(
    arena,
    'partition',
    `requests of broker ${first} to ${second} held, fetches of broker ${slow} from ${second} dead`,
    [...held(first, second), ...passing(slow, second)],
  );
  links.get(slow, second).stallFlow(FETCHES, sample, 'let new ones pass');
  const back = restartKilled(arena, firstKill, first);
  const theirs = ledBy(view, first);
  const failedOver = await waitFor(arena, 3 * arena.timing.session + 2_000, async () => {
    const health = await arena.target.health(second);
    return (
      health?.leaderOf.some(([topic, partition]) => theirs.has(`${topic}-${partition}`)) === true
    );
  });
  // It votes as soon as it runs; it may be unable to register before the second one is gone.
  await waitFor(arena, 2_000, async () => (await arena.target.health(first)) !== null);
  await arena.sleep(random.between(0, 100));
  const secondKill = await kill(arena, second);
  resetCut(arena, apart.parts);
  endCut(arena, apart);
  await back;
  await arena.sleep(random.between(800, 1_800));
  await restartKilled(arena, secondKill, second);
  skipUnless(failedOver, `broker ${second} did not take over from ${first} in time`);
};

function held(from: BrokerNumber, to: BrokerNumber): CutPart[] {
  return [
    { from, to, direction: 'forward', passage: HOLD },
    { from, to, direction: 'backward', passage: HOLD },
  ];
}

/** Keys of the partitions that `broker` leads. */
function ledBy(view: ClusterView, broker: BrokerNumber): Set<string> {
  return new Set(
    view.partitions
      .filter(({ leader }) => leader === broker)
      .map(({ topic, partition }) => `${topic}-${partition}`),
  );
}

/**
 * A leader loses all other brokers, but not its clients, and is killed before (or after) the others
 * have replaced it.
 */
const killIsolatedLeader: Run = async (arena, view, random) => {
  const leaders = leadersIn(view);
  skipUnless(leaders.length > 0, 'nobody leads');
  const leader = random.pick(leaders);
  const others = arena.target.brokers.filter((broker) => broker !== leader);
  const parts = others.flatMap((other) => cutBothWays(leader, other));
  const cut = startCut(arena, 'partition', `broker ${leader} cut from all other brokers`, parts);
  await arena.sleep(random.between(700, arena.timing.session + 800));
  const fault = await kill(arena, leader);
  endCut(arena, cut);
  await arena.sleep(random.between(800, 1_800));
  await restartKilled(arena, fault, leader);
};

/**
 * The connections by which followers fetch from a leader go dead, while it can still speak to the
 * controller: it is left alone in the ISR, clients go on asking it to write, and then it dies.
 */
const killLastInSync: Run = async (arena, view, random) => {
  const leaders = leadersIn(view);
  skipUnless(leaders.length > 0, 'nobody leads');
  const leader = random.pick(leaders);
  const followers = arena.target.brokers.filter((broker) => broker !== leader);
  const { links } = arena.target;
  const samples = followers.map((from) => links.get(from, leader).sample());
  await arena.sleep(400);
  // Records flow back on one connection of each follower: more than on any other.
  const cut = startCut(arena, 'partition', `connections that fetch from broker ${leader} dead`, [
    ...followers.flatMap((from) => passing(from, leader)),
  ]);
  for (const [index, from] of followers.entries()) {
    links.get(from, leader).stallFlow(FETCHES, samples[index] ?? new Map(), 'stall new ones');
  }
  const patience = arena.timing.lag + arena.timing.session + 1_000;
  const alone = await waitFor(arena, patience, async () => {
    const now = await arena.observer.look();
    return now.partitions.some(
      ({ leader: leads, isr }) => leads === leader && isr.length === 1 && isr[0] === leader,
    );
  });
  // Clients that were refused or timed out come back within this.
  await arena.sleep(random.between(1_200, 1_800));
  const fault = await kill(arena, leader);
  endCut(arena, cut);
  await arena.sleep(random.between(800, 1_800));
  await restartKilled(arena, fault, leader);
  skipUnless(alone, `broker ${leader} was never the only one in sync`);
};

/** Names the link of a stall, for its counters and its heal. */
function passing(from: BrokerNumber, to: BrokerNumber): CutPart[] {
  return [{ from, to, direction: 'backward', passage: PASS }];
}

/** A follower is cut off, the leader killed and restarted, then the next leader killed. */
const rollingLeaderKills: Run = async (arena, view, random) => {
  const choices = successions(view);
  skipUnless(choices.length > 0, 'no partition has three replicas in sync');
  const [first, second, cutOff] = random.pick(choices).brokers;
  const others = arena.target.brokers.filter((broker) => broker !== cutOff);
  const parts = others.flatMap((other) => cutBothWays(cutOff, other));
  const cut = startCut(arena, 'partition', `broker ${cutOff} alone, both ways`, parts);
  await arena.sleep(random.between(100, 500));
  const firstKill = await kill(arena, first);
  await restartKilled(arena, firstKill, first);
  endCut(arena, cut);
  const theirs = ledBy(view, first);
  await waitFor(arena, 2 * arena.timing.session, async () => {
    const health = await arena.target.health(second);
    return (
      health?.leaderOf.some(([topic, partition]) => theirs.has(`${topic}-${partition}`)) === true
    );
  });
  const secondKill = await kill(arena, second);
  await arena.sleep(random.between(200, 1_000));
  await restartKilled(arena, secondKill, second);
};

const CHAINS: Readonly<Record<Chain, Run>> = {
  'failover-onto-slow-follower': failoverOntoSlowFollower,
  'kill-isolated-leader': killIsolatedLeader,
  'kill-last-in-sync': killLastInSync,
  'rolling-leader-kills': rollingLeaderKills,
};
