/** How long 1,000 single records of 1 KiB a second wait for their acknowledgement with acks=all. */

import { build } from 'hdr-histogram-js';
import type { PartitionIndex } from '../../src/core/types/ids.js';
import { BenchCluster } from '../cluster.js';
import { makeBatch, ProduceChannel } from '../load.js';
import type { BenchOptions } from '../options.js';
import { cpuSeconds } from '../processes.js';

const TOPIC = 'latency';
const RECORDS_PER_SECOND = 1000;
const WARM_UP_SECONDS = 3;

interface Latencies {
  /** Milliseconds from handing a record to the socket to its acknowledgement. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** The same from when the record was due: what a late client adds is in it. */
  readonly dueP50: number;
  readonly dueP99: number;
  readonly brokerCpuPercent: number;
}

export async function measureLatency(options: BenchOptions): Promise<void> {
  const cold: Latencies[] = [];
  const warm: Latencies[] = [];
  for (let run = 0; run < options.runs; run++) {
    options.say(`latency, run ${run + 1} of ${options.runs}`);
    const bench = await BenchCluster.running(3);
    const client = bench.client();
    await bench.createTopic(client, TOPIC, 1);
    const leaders = await bench.leaders(client, TOPIC);
    client.close();
    const partition = 0 as PartitionIndex;
    const channel = new ProduceChannel(leaders.get(partition)!, TOPIC, partition, -1);
    cold.push(await steadily(bench, channel, WARM_UP_SECONDS));
    warm.push(await steadily(bench, channel, options.seconds));
    channel.close();
    await bench.close();
  }
  report(options, 'first 3 s', cold, {});
  report(options, 'warm', warm, { p50: 1, p99: 10 });
}

function report(
  options: BenchOptions,
  when: string,
  all: readonly Latencies[],
  aims: { readonly p50?: number; readonly p99?: number },
): void {
  for (const name of ['p50', 'p99', 'p999', 'max'] as const) {
    const bound = name === 'p50' || name === 'p99' ? aims[name] : undefined;
    options.reporter.add({
      figure: `latency ${name}`,
      variant: `1,000/s, acks=all, ${when}`,
      unit: 'ms',
      runs: all.map((latencies) => latencies[name]),
      also: {
        fromDueP50: all.map(({ dueP50 }) => dueP50),
        fromDueP99: all.map(({ dueP99 }) => dueP99),
        brokerCpuPercent: all.map(({ brokerCpuPercent }) => Math.round(brokerCpuPercent)),
      },
      ...(bound === undefined ? {} : { aim: { bound, better: 'less' } }),
    });
  }
}

/** Timers tick once a millisecond at best: what is due by then is sent at once. */
async function steadily(
  bench: BenchCluster,
  channel: ProduceChannel,
  seconds: number,
): Promise<Latencies> {
  const { bytes } = makeBatch(1);
  const total = seconds * RECORDS_PER_SECOND;
  const fromSending = build({ numberOfSignificantValueDigits: 3 });
  const fromDue = build({ numberOfSignificantValueDigits: 3 });
  const before = cpuSeconds(bench.pids);
  const started = performance.now();
  await new Promise<void>((resolve) => {
    let sent = 0;
    let acknowledged = 0;
    const sendDue = (): void => {
      const now = performance.now();
      while (sent < total && now >= dueAt(started, sent)) {
        const due = dueAt(started, sent);
        sent++;
        channel.send(bytes, () => {
          const end = performance.now();
          fromSending.recordValue(microseconds(end - now));
          fromDue.recordValue(microseconds(end - due));
          acknowledged++;
          if (acknowledged === total) {
            resolve();
          }
        });
      }
      if (sent < total) {
        setTimeout(sendDue, 1);
      }
    };
    sendDue();
  });
  const elapsed = (performance.now() - started) / 1000;
  const at = (percentile: number): number => fromSending.getValueAtPercentile(percentile) / 1000;
  return {
    p50: at(50),
    p99: at(99),
    p999: at(99.9),
    max: fromSending.maxValue / 1000,
    dueP50: fromDue.getValueAtPercentile(50) / 1000,
    dueP99: fromDue.getValueAtPercentile(99) / 1000,
    brokerCpuPercent: ((cpuSeconds(bench.pids) - before) / elapsed) * 100,
  };
}

function dueAt(started: number, record: number): number {
  return started + (record * 1000) / RECORDS_PER_SECOND;
}

function microseconds(milliseconds: number): number {
  return Math.max(1, Math.round(milliseconds * 1000));
}
