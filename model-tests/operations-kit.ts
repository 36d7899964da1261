/** What the tests of operations share: running the binary, and a client that keeps a ledger. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ClientAdapter } from '../chaos/client-adapter.js';
import type { Offset, PartitionIndex, Timestamp } from '../src/core/types/ids.js';

export const BINARY: string = new URL('../dist/src/cli/main.js', import.meta.url).pathname;

export interface Ended {
  /** Exit status, or the signal's name. */
  readonly status: number | string;
  readonly errorLines: readonly string[];
}

export class Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  private readonly lines: string[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(args: readonly string[]) {
    this.process = spawn(process.execPath, [BINARY, ...args], { stdio: 'pipe' });
    const errorLines: string[] = [];
    createInterface({ input: this.process.stderr! }).on('line', (line) => errorLines.push(line));
    createInterface({ input: this.process.stdout! }).on('line', (line) => {
      this.lines.push(line);
      for (const look of [...this.waiting]) {
        look();
      }
    });
    this.ended = new Promise((resolve) => {
      this.process.on('close', (code, signal) => {
        resolve({ status: code ?? signal ?? -1, errorLines });
        for (const look of [...this.waiting]) {
          look();
        }
      });
    });
  }

  /** The rest of the first line on standard output that begins with `start`. */
  async line(start: string): Promise<string> {
    const found = (): string | undefined => this.lines.find((line) => line.startsWith(start));
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (found() !== undefined || this.process.exitCode !== null) {
          this.waiting.delete(look);
          resolve();
        }
      };
      this.waiting.add(look);
      look();
    });
    const line = found();
    if (line === undefined) {
      throw new Error(`ended before '${start}': ${(await this.ended).errorLines.join(' | ')}`);
    }
    return line.slice(start.length);
  }
}

/** Runs the binary to its end. */
export function run(...args: string[]): Promise<Ended> {
  return new Running(args).ended;
}

const folders: string[] = [];

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'logjury-operations-'));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Asks again, often, until `condition` holds: for what only another process knows. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  limit = 15_000,
): Promise<void> {
  const end = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > end) {
      throw new Error(`not within ${limit} ms: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** [pid, parent's pid, resident MiB] of every process. */
function processes(): [number, number, number][] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([pid, parent, kilobytes]) => [pid!, parent!, kilobytes! / 1024]);
}

export function childrenOf(pid: number): number[] {
  return processes()
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child);
}

/** MiB. */
export function residentMemory(pid: number): number {
  return processes().find(([each]) => each === pid)?.[2] ?? 0;
}

/** Sends numbered values to a topic, knows which were acknowledged, and can read all there is. */
export class Ledger {
  readonly acknowledged: string[] = [];
  readonly failures: string[] = [];
  private readonly client: ClientAdapter;
  private readonly topic: string;
  private readonly partitions: number;
  private next = 0;

  constructor(bootstrap: readonly string[], topic: string, partitions: number) {
    this.topic = topic;
    this.partitions = partitions;
    this.client = new ClientAdapter({
      clientId: 'ledger',
      bootstrap: bootstrap.map((address) => {
        const [host, port] = address.split(':');
        return { host: host!, port: Number(port) };
      }),
      requestTimeout: 5000,
      metadataTimeout: 2000,
    });
  }

  async create(factor: number): Promise<void> {
    const { topic: name, partitions } = this;
    const topics = [{ name, partitions, replicationFactor: factor, configs: [] }];
    await until(async () => {
      const outcome = await this.client.createTopics(topics);
      const change = outcome.type === 'ok' ? outcome.value[0] : undefined;
      return change?.type === 'ok' || change?.error?.name === 'TOPIC_ALREADY_EXISTS';
    }, `topic ${name}`);
  }

  /** One attempt with acks=all; true if it was acknowledged. */
  async send(padding = 0): Promise<boolean> {
    const value = `v${this.next++}${'.'.repeat(padding)}`;
    const partition = (this.next % this.partitions) as PartitionIndex;
    const outcome = await this.client.produce({
      topic: this.topic,
      partition,
      records: [
        {
          key: null,
          value: new Uint8Array(Buffer.from(value)),
          timestamp: Date.now() as Timestamp,
        },
      ],
      acks: -1,
      timeout: 5000,
      producer: null,
      compression: 0,
    });
    if (outcome.type === 'ok') {
      this.acknowledged.push(value);
      return true;
    }
    this.failures.push(outcome.error.name);
    return false;
  }

  /** Sends until `count` more are acknowledged. */
  async sendAll(count: number): Promise<void> {
    const goal = this.acknowledged.length + count;
    await until(async () => {
      while (await this.send()) {
        if (this.acknowledged.length >= goal) {
          return true;
        }
      }
      return false;
    }, `${count} acknowledgements`);
  }

  /** Whether every partition has a leader, as the cluster says. */
  async hasLeaders(): Promise<boolean> {
    const outcome = await this.client.describeCluster([this.topic]);
    return (
      outcome.type === 'ok' &&
      outcome.value.partitions.length === this.partitions &&
      outcome.value.partitions.every(({ leader }) => leader >= 0)
    );
  }

  /** Whether each partition has `factor` replicas in sync. */
  async isFullyReplicated(factor: number): Promise<boolean> {
    const outcome = await this.client.describeCluster([this.topic]);
    return (
      outcome.type === 'ok' &&
      outcome.value.partitions.length === this.partitions &&
      outcome.value.partitions.every(({ isr }) => isr.length === factor)
    );
  }

  async leader(partition: number): Promise<number> {
    const outcome = await this.client.describeCluster([this.topic]);
    const state = outcome.type === 'ok' ? outcome.value.partitions : [];
    return state.find((each) => each.partition === partition)?.leader ?? -1;
  }

  /** How many replicas of the partition are in sync, as any broker knows it. */
  async inSync(partition: number): Promise<number> {
    const outcome = await this.client.describeCluster([this.topic]);
    const state = outcome.type === 'ok' ? outcome.value.partitions : [];
    return state.find((each) => each.partition === partition)?.isr.length ?? 0;
  }

  /** Acknowledged values that cannot be read. */
  async lost(): Promise<string[]> {
    const seen = new Set<string>();
    for (let index = 0; index < this.partitions; index++) {
      const partition = index as PartitionIndex;
      let offset = 0 as Offset;
      await until(async () => {
        // A new leader may know an old high watermark: the end is what it lists (KIP-207).
        const end = await this.client.listOffsets({ topic: this.topic, partition, timestamp: -1 });
        while (end.type === 'ok' && offset < end.value.offset) {
          const from = { topic: this.topic, partition, offset, maxWait: 0, maxBytes: 1 << 22 };
          const outcome = await this.client.fetch(from);
          if (outcome.type !== 'ok') {
            return false;
          }
          for (const { value } of outcome.value.records) {
            seen.add(Buffer.from(value!).toString());
          }
          offset = outcome.value.nextOffset;
        }
        return end.type === 'ok';
      }, `reading ${this.topic}-${partition}`);
    }
    return this.acknowledged.filter((value) => !seen.has(value));
  }

  close(): void {
    this.client.close();
  }
}
