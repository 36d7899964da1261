/** From spawning three brokers with empty disks to the first acknowledged acks=all write; then idle. */

import type { ClientAdapter } from '../../chaos/client-adapter.js';
import type { PartitionIndex, Timestamp } from '../../src/core/types/ids.js';
import { BenchCluster, sleep, until } from '../cluster.js';
import type { BenchOptions } from '../options.js';
import { cpuSeconds, residentMiB } from '../processes.js';

const TOPIC = 'first';
/** What a start leaves behind (compilation, garbage) has settled after this. */
const SETTLING_MILLISECONDS = 5000;
const IDLE_MILLISECONDS = 3000;

export async function measureStartup(options: BenchOptions): Promise<void> {
  const milliseconds: number[] = [];
  const cpu: number[] = [];
  for (let run = 0; run < options.runs; run++) {
    options.say(`start-up, run ${run + 1} of ${options.runs}`);
    const bench = await BenchCluster.create(3);
    const started = performance.now();
    await bench.cluster.start();
    const client = bench.client();
    await bench.createTopic(client, TOPIC, 1);
    await firstAcknowledgement(client);
    milliseconds.push(performance.now() - started);
    cpu.push(cpuSeconds(bench.pids));
    client.close();
    await bench.close();
  }
  options.reporter.add({
    figure: 'startup',
    variant: '3 brokers, first ack',
    unit: 'ms',
    runs: milliseconds,
    also: { cpuSeconds: cpu },
    aim: { bound: 600, better: 'less' },
  });
}

export async function measureIdle(options: BenchOptions): Promise<void> {
  const memory: number[] = [];
  const cpu: number[] = [];
  for (let run = 0; run < options.runs; run++) {
    options.say(`idle, run ${run + 1} of ${options.runs}`);
    const bench = await BenchCluster.running(3);
    const client = bench.client();
    await bench.createTopic(client, TOPIC, 1);
    await firstAcknowledgement(client);
    client.close();
    await sleep(SETTLING_MILLISECONDS);
    const before = cpuSeconds(bench.pids);
    await sleep(IDLE_MILLISECONDS);
    // All three together, in percent of one core.
    cpu.push(((cpuSeconds(bench.pids) - before) / IDLE_MILLISECONDS) * 100_000);
    memory.push(Math.max(...residentMiB(bench.pids)));
    await bench.close();
  }
  const { reporter } = options;
  const aim = { bound: 80, better: 'less' } as const;
  reporter.add({
    figure: 'idle memory',
    variant: 'largest broker',
    unit: 'MiB',
    runs: memory,
    aim,
  });
  reporter.add({ figure: 'idle CPU', variant: '3 brokers', unit: '% of a core', runs: cpu });
}

async function firstAcknowledgement(client: ClientAdapter): Promise<void> {
  const records = [{ key: null, value: new Uint8Array(100), timestamp: Date.now() as Timestamp }];
  await until('nothing was acknowledged', async () => {
    const outcome = await client.produce({
      topic: TOPIC,
      partition: 0 as PartitionIndex,
      records,
      acks: -1,
      timeout: 5000,
      producer: null,
      compression: 0,
    });
    return outcome.type === 'ok';
  });
}
