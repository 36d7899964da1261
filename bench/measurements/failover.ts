/** How long nothing is acknowledged when the leader of a partition is killed or paused. */

import type { ClientAdapter } from '../../chaos/client-adapter.js';
import type { PartitionState } from '../../src/client/client.js';
import type { BrokerId, Timestamp } from '../../src/core/types/ids.js';
import { BenchCluster, sleep, until } from '../cluster.js';
import type { BenchOptions } from '../options.js';

const TOPIC = 'failover';
const SEND_EVERY_MILLISECONDS = 5;
/** An attempt is given up after this; the next tick makes another one anyway. */
const ATTEMPT_MILLISECONDS = 500;
const BEFORE_MILLISECONDS = 2000;
/** How long acknowledgements must come again before the gap is over. */
const AFTER_MILLISECONDS = 1000;
const LIMIT_MILLISECONDS = 60_000;
/** broker.session.timeout.ms. */
const SESSION_MILLISECONDS = 9000;

interface Case {
  readonly name: string;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  /** Whether the victim also is the active controller. */
  readonly isController: boolean;
  readonly leads: boolean;
  readonly bound: number;
}

const CASES: readonly Case[] = [
  { name: 'kill -9 of the leader', signal: 'SIGKILL', isController: false, leads: true },
  { name: 'kill -9 of leader and controller', signal: 'SIGKILL', isController: true, leads: true },
  { name: 'kill -9 of the controller', signal: 'SIGKILL', isController: true, leads: false },
  { name: 'pause of the leader', signal: 'SIGSTOP', isController: false, leads: true },
].map((one) => {
  const bound = one.signal === 'SIGKILL' ? 1000 : SESSION_MILLISECONDS + 1000;
  return { ...one, bound } as Case;
});

export async function measureFailover(options: BenchOptions): Promise<void> {
  for (const one of CASES) {
    const gaps: number[] = [];
    for (let run = 0; run < options.runs; run++) {
      options.say(`${one.name}, run ${run + 1} of ${options.runs}`);
      const bench = await BenchCluster.running(3);
      gaps.push(await gapOf(bench, one));
      await bench.close();
    }
    options.reporter.add({
      figure: 'gap in acks',
      variant: one.name,
      unit: 'ms',
      runs: gaps,
      aim: { bound: one.bound, better: 'less' },
    });
  }
}

/** Milliseconds without an acknowledgement, from the last one before or the first after the fault. */
async function gapOf(bench: BenchCluster, one: Case): Promise<number> {
  const client = bench.client(ATTEMPT_MILLISECONDS);
  await bench.createTopic(client, TOPIC, 6);
  const { partition, victim } = await choose(bench, client, one);
  const acknowledged: number[] = [];
  let stopped = false;
  const sending = sendSteadily(client, partition, acknowledged, () => stopped);
  await sleep(BEFORE_MILLISECONDS);
  const struck = performance.now();
  bench.cluster.signal(victim, one.signal);
  let gap = 0;
  for (;;) {
    await sleep(50);
    const now = performance.now();
    const times = [acknowledged.findLast((at) => at <= struck) ?? struck];
    times.push(...acknowledged.filter((at) => at > struck));
    gap = times.slice(1).reduce((most, at, index) => Math.max(most, at - times[index]!), 0);
    const last = times.at(-1)!;
    const resumed = last > struck + ATTEMPT_MILLISECONDS && now - last < 100;
    // A fault that was never felt would end at once: wait for longer than its notice can take.
    const notice = one.signal === 'SIGKILL' ? 3000 : 500;
    const felt = gap > 100 && times.length > 1;
    if (resumed && now - struck > AFTER_MILLISECONDS + (felt ? gap : notice)) {
      break;
    }
    if (now - struck > LIMIT_MILLISECONDS) {
      gap = Math.max(gap, now - last);
      break;
    }
  }
  stopped = true;
  await sending;
  client.close();
  bench.cluster.signal(victim, 'SIGCONT');
  return gap;
}

/** A partition that fits the case. Leaders are spread over all brokers, so there is one. */
async function choose(
  bench: BenchCluster,
  client: ClientAdapter,
  one: Case,
): Promise<{ partition: PartitionState['partition']; victim: BrokerId }> {
  const controller = bench.controller();
  let found: PartitionState | undefined;
  await until('no partition fits the case', async () => {
    const states = await bench.partitions(client, TOPIC);
    found = states.find(({ leader }) => {
      return (leader === controller) === (one.isController && one.leads);
    });
    return found !== undefined;
  });
  const victim = one.leads ? found!.leader : controller;
  return { partition: found!.partition, victim };
}

/** One record every few milliseconds, whether or not earlier ones were answered. */
async function sendSteadily(
  client: ClientAdapter,
  partition: PartitionState['partition'],
  acknowledged: number[],
  isOver: () => boolean,
): Promise<void> {
  const records = [{ key: null, value: new Uint8Array(200), timestamp: Date.now() as Timestamp }];
  while (!isOver()) {
    client
      .produce({
        topic: TOPIC,
        partition,
        records,
        acks: -1,
        timeout: ATTEMPT_MILLISECONDS,
        producer: null,
        compression: 0,
      })
      .then((outcome) => {
        if (outcome.type === 'ok') {
          acknowledged.push(performance.now());
        }
      });
    await sleep(SEND_EVERY_MILLISECONDS);
  }
}
