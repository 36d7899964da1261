/** Produce and consume throughput, with the brokers' memory and CPU under that load. */

import type { PartitionIndex } from '../../src/core/types/ids.js';
import { BenchCluster } from '../cluster.js';
import { consumeAll, makeBatch, ProduceChannel, produceFor, RECORD_BYTES } from '../load.js';
import type { BenchOptions } from '../options.js';
import { cpuSeconds, ownCpuSeconds, peakResidentMiB } from '../processes.js';

const PARTITIONS = 3;
/** Each with up to five batches in flight, as an idempotent producer has. */
const CONNECTIONS_PER_PARTITION = 3;
const IN_FLIGHT = 5;
const KIB = 1024;
/** What comes before is a cold broker: code not compiled yet, empty pools. */
const WARM_UP_SECONDS = 3;

interface Variant {
  readonly name: string;
  readonly acks: -1 | 1;
  readonly batchBytes: number;
}

const VARIANTS: readonly Variant[] = [
  { name: 'acks=all 16 KiB', acks: -1, batchBytes: 16 * KIB },
  { name: 'acks=all 128 KiB', acks: -1, batchBytes: 128 * KIB },
  { name: 'acks=1 16 KiB', acks: 1, batchBytes: 16 * KIB },
  { name: 'acks=1 128 KiB', acks: 1, batchBytes: 128 * KIB },
];

interface Rate {
  readonly megabytesPerSecond: number;
  readonly brokerCpuSecondsPerGB: number;
  readonly clientCpuSecondsPerGB: number;
}

interface Produced extends Rate {
  readonly topic: string;
  /** Records in each partition. */
  readonly records: readonly number[];
}

/** Every run is a cluster of its own: first cold, then warm. The last topic is read back. */
export async function measureThroughput(options: BenchOptions): Promise<void> {
  for (const variant of VARIANTS) {
    const cold: Rate[] = [];
    const warm: Rate[] = [];
    const reads: Rate[] = [];
    const memory: number[] = [];
    for (let run = 0; run < options.runs; run++) {
      options.say(`produce and consume, ${variant.name}, run ${run + 1} of ${options.runs}`);
      const bench = await BenchCluster.running(3);
      cold.push(await produce(bench, variant, 'cold', WARM_UP_SECONDS));
      const produced = await produce(bench, variant, 'warm', options.seconds);
      warm.push(produced);
      reads.push(await consume(bench, produced));
      memory.push(Math.max(...peakResidentMiB(bench.pids)));
      await bench.close();
    }
    report(options, 'produce, first 3 s', variant.name, cold);
    report(options, 'produce', variant.name, warm);
    report(options, 'consume', variant.name, reads);
    const { reporter } = options;
    reporter.add({ figure: 'peak memory', variant: variant.name, unit: 'MiB', runs: memory });
  }
}

function report(
  options: BenchOptions,
  figure: string,
  variant: string,
  rates: readonly Rate[],
): void {
  options.reporter.add({
    figure,
    variant,
    unit: 'MB/s',
    runs: rates.map(({ megabytesPerSecond }) => megabytesPerSecond),
    also: {
      brokerCpuSecondsPerGB: rates.map((rate) => Number(rate.brokerCpuSecondsPerGB.toFixed(2))),
      clientCpuSecondsPerGB: rates.map((rate) => Number(rate.clientCpuSecondsPerGB.toFixed(2))),
    },
  });
}

async function produce(
  bench: BenchCluster,
  variant: Variant,
  topic: string,
  seconds: number,
): Promise<Produced> {
  const { bytes, records } = makeBatch(variant.batchBytes);
  const client = bench.client();
  await bench.createTopic(client, topic, PARTITIONS);
  const leaders = await bench.leaders(client, topic);
  client.close();
  const counts: number[] = Array.from({ length: PARTITIONS }, () => 0);
  const rate = await measured(bench, async () => {
    await Promise.all(
      [...leaders].map(async ([partition, leader]) => {
        const channels = Array.from({ length: CONNECTIONS_PER_PARTITION }, () => {
          return new ProduceChannel(leader, topic, partition, variant.acks);
        });
        await produceFor(channels, bytes, IN_FLIGHT, seconds, () => {
          counts[partition]! += records;
        });
        for (const channel of channels) {
          channel.close();
        }
      }),
    );
    return RECORD_BYTES * counts.reduce((sum, count) => sum + count);
  });
  return { ...rate, topic, records: counts };
}

async function consume(bench: BenchCluster, { topic, records }: Produced): Promise<Rate> {
  const client = bench.client();
  const leaders = await bench.leaders(client, topic);
  client.close();
  return measured(bench, async () => {
    const bytes = await Promise.all(
      records.map((count, partition) => {
        const index = partition as PartitionIndex;
        return consumeAll(leaders.get(index)!, topic, index, count);
      }),
    );
    return bytes.reduce((sum, count) => sum + count);
  });
}

/** Rates over the whole of `work`, which resolves to the payload bytes it moved. */
async function measured(bench: BenchCluster, work: () => Promise<number>): Promise<Rate> {
  const { pids } = bench;
  const brokerBefore = cpuSeconds(pids);
  const clientBefore = ownCpuSeconds();
  const started = performance.now();
  const bytes = await work();
  const seconds = (performance.now() - started) / 1000;
  const gigabytes = bytes / 1e9;
  return {
    megabytesPerSecond: bytes / 1e6 / seconds,
    brokerCpuSecondsPerGB: (cpuSeconds(pids) - brokerBefore) / gigabytes,
    clientCpuSecondsPerGB: (ownCpuSeconds() - clientBefore) / gigabytes,
  };
}
