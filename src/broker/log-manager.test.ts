import { describe, expect, it } from 'vitest';
import type { LeaderEpoch, Offset, PartitionIndex, Timestamp, Uuid } from '../core/types/ids.js';
import type { Environment } from '../environment/environment.js';
import { SimulatedNode } from '../environment/simulated/environment.js';
import { SimulatedLinks } from '../environment/simulated/network.js';
import { World } from '../environment/simulated/world.js';
import { DEFAULT_LOG_OPTIONS } from '../log/log-options.js';
import { buildBatch, readBatchHeader } from '../log/record-batch.js';
import { formatDirectory } from './format.js';
import { LogManager, type OpenedPartition } from './log-manager.js';
import { trueRules } from './rules.js';
import { Settings } from './settings.js';

const DIRECTORY = '/data';
const TOPIC = 't';
const PARTITION = 0 as PartitionIndex;
const OLD = 'oldAAAAAAAAAAAAAAAAAAA' as Uuid;
const NEW = 'newAAAAAAAAAAAAAAAAAAA' as Uuid;
const CLUSTER = 'c2ltdWxhdGVkLWNsdXN0ZQ';

/** Runs `life` as one life of a node, which is killed so many microseconds later. */
function living(
  world: World,
  node: SimulatedNode,
  life: (logs: LogManager) => void,
  lasts = 1,
): void {
  node.boot((environment: Environment) => {
    life(logsOf(environment));
  });
  world.runUntil(world.now + lasts);
  node.crash(false);
}

function logsOf(environment: Environment): LogManager {
  formatDirectory(environment.files, DIRECTORY, {
    clusterId: CLUSTER,
    nodeId: 1 as never,
    directoryId: 'directory000000000001Q' as Uuid,
  });
  return new LogManager(environment, DIRECTORY, trueRules(new Settings(new Map()), CLUSTER).log);
}

function open(logs: LogManager, id: Uuid): OpenedPartition {
  return logs.openPartition(TOPIC, id, PARTITION, () => DEFAULT_LOG_OPTIONS);
}

function append({ log }: OpenedPartition, records: number): void {
  const bytes = buildBatch({
    baseOffset: log.logEndOffset,
    leaderEpoch: 0 as LeaderEpoch,
    records: Array.from({ length: records }, () => ({
      timestamp: 1000 as Timestamp,
      key: null,
      value: new Uint8Array(1),
      headers: [],
    })),
  });
  log.append([bytes], [readBatchHeader(bytes, 0)], null);
}

describe('checkpoints of a topic that is gone', () => {
  it('say nothing of another topic of its name, also after a kill', () => {
    const world = new World(1);
    const node = new SimulatedNode({ world, links: new SimulatedLinks(world), name: 'n' });
    living(world, node, (logs) => {
      append(open(logs, OLD), 9);
      const entry = { topic: TOPIC, partition: PARTITION, offset: 9 as Offset };
      logs.storeRecoveryPoints([entry]);
      logs.storeHighWatermarks([entry]);
      logs.storeLogStarts([{ ...entry, offset: 4 as Offset }]);
    });
    living(world, node, (logs) => {
      logs.removePartitions([{ topic: TOPIC, partition: PARTITION }]);
      append(open(logs, NEW), 5);
    });
    living(world, node, (logs) => {
      const opened = open(logs, NEW);
      expect(opened.damage).toBeNull();
      expect(opened.log.logEndOffset).toBe(5);
      expect(opened.logStartOffset).toBe(0);
      expect(opened.highWatermark).toBe(0);
    });
  });

  it('say nothing of it where the kill came before they were written again', () => {
    const world = new World(1);
    const node = new SimulatedNode({ world, links: new SimulatedLinks(world), name: 'n' });
    living(world, node, (logs) => {
      append(open(logs, OLD), 9);
      logs.storeRecoveryPoints([{ topic: TOPIC, partition: PARTITION, offset: 9 as Offset }]);
    });
    node.files.remove(`${DIRECTORY}/${TOPIC}-${PARTITION}`);
    living(world, node, (logs) => append(open(logs, NEW), 5));
    living(world, node, (logs) => expect(open(logs, NEW).damage).toBeNull());
  });
});

describe('a replica that goes', () => {
  const names = (node: SimulatedNode): string[] =>
    node.files.list(DIRECTORY).filter((name) => name.startsWith(TOPIC));
  const start = (): [World, SimulatedNode] => {
    const world = new World(1);
    return [world, new SimulatedNode({ world, links: new SimulatedLinks(world), name: 'n' })];
  };

  it('loses its name before its files, and what a kill left of them is gone at the next start', () => {
    const [world, node] = start();
    living(world, node, (logs) => {
      append(open(logs, OLD), 3);
      logs.removePartitions([{ topic: TOPIC, partition: PARTITION }]);
      expect(names(node)).toEqual([`${TOPIC}-${PARTITION}.1-delete`]);
    });
    expect(names(node)).toEqual([`${TOPIC}-${PARTITION}.1-delete`]);
    living(world, node, (logs) => expect(open(logs, OLD).logEndOffset).toBe(0), 20_000);
    expect(names(node)).toEqual([`${TOPIC}-${PARTITION}`]);
  });

  it('is deleted a few files at a time, and others have their turn between', () => {
    const [world, node] = start();
    const indexes = [0, 1, 2] as PartitionIndex[];
    const options = { ...DEFAULT_LOG_OPTIONS, segmentBytes: 1 };
    const files = (): number =>
      names(node).reduce((sum, name) => sum + node.files.list(`${DIRECTORY}/${name}`).length, 0);
    const removals: number[] = [];
    let syncs = 0;
    living(
      world,
      node,
      (logs) => {
        for (const index of indexes) {
          const opened = logs.openPartition(TOPIC, OLD, index, () => options);
          for (let segment = 0; segment < 9; segment++) {
            append(opened, 1);
          }
          opened.log.close(false);
        }
        const { syncDirectory } = node.files;
        node.files.syncDirectory = (path) => {
          syncs++;
          syncDirectory.call(node.files, path);
        };
        logs.removePartitions(indexes.map((partition) => ({ topic: TOPIC, partition })));
        node.files.syncDirectory = syncDirectory;
        let left = files();
        expect(left).toBeGreaterThan(27);
        const look = (): void => {
          removals.push(left - files());
          left = files();
          world.schedule(500, 'look', look);
        };
        look();
      },
      500_000,
    );
    expect(names(node)).toEqual([]);
    expect(syncs).toBe(1);
    expect(Math.max(...removals)).toBeLessThan(9);
  });

  it('is created durably: the names of logs that are made together are synced once', () => {
    const [world, node] = start();
    const indexes = [0, 1, 2] as PartitionIndex[];
    const synced: string[] = [];
    node.boot((environment: Environment) => {
      const logs = logsOf(environment);
      const { syncDirectory } = node.files;
      node.files.syncDirectory = (path) => {
        synced.push(path);
        syncDirectory.call(node.files, path);
      };
      logs.together(() => {
        for (const index of indexes) {
          logs.openPartition(TOPIC, OLD, index, () => DEFAULT_LOG_OPTIONS);
        }
        expect(synced).not.toContain(DIRECTORY);
      });
      node.files.syncDirectory = syncDirectory;
    });
    world.runUntil(world.now + 1);
    expect(synced.filter((path) => path === DIRECTORY)).toHaveLength(1);
    node.crash(true);
    expect(names(node)).toEqual(indexes.map((index) => `${TOPIC}-${index}`));
    expect(node.files.list(`${DIRECTORY}/${TOPIC}-0`)).toContain('00000000000000000000.log');
  });

  it('may have the longest name that a topic may have', () => {
    const [world, node] = start();
    const long = 'x'.repeat(249);
    const openLong = (logs: LogManager): OpenedPartition =>
      logs.openPartition(long, OLD, PARTITION, () => DEFAULT_LOG_OPTIONS);
    const there = (): string[] =>
      node.files.list(DIRECTORY).filter((name) => name.startsWith('xx'));
    living(world, node, (logs) => {
      append(openLong(logs), 3);
      logs.removePartitions([{ topic: long, partition: PARTITION }]);
      expect(there().map((name) => name.replace(/^x+/, ''))).toEqual([`-${PARTITION}.1-delete`]);
      append(openLong(logs), 3);
      logs.setAside(long, PARTITION);
      append(openLong(logs), 3);
    });
    living(world, node, (logs) => {
      expect(logs.setAsideStrays(() => false)).toEqual([`${long}-${PARTITION}`]);
      expect(
        there()
          .map((name) => name.replace(/^x+/, ''))
          .sort(),
      ).toEqual(['.1-delete', '.1-stray', '.damaged-1'].map((end) => `-${PARTITION}${end}`));
      expect(Math.max(...there().map(({ length }) => length))).toBe(255);
    });
  });

  it('while its broker was down is set aside, and opened no more', () => {
    const [world, node] = start();
    living(world, node, (logs) => {
      append(open(logs, OLD), 3);
      logs.storeHighWatermarks([{ topic: TOPIC, partition: PARTITION, offset: 3 as Offset }]);
    });
    living(world, node, (logs) => {
      expect(logs.setAsideStrays(() => true)).toEqual([]);
      const asked: [string, number][] = [];
      const strays = logs.setAsideStrays((topic, partition) => asked.push([topic, partition]) < 0);
      expect(strays).toEqual([`${TOPIC}-${PARTITION}`]);
      expect(asked).toEqual([[TOPIC, PARTITION]]);
      expect(names(node)).toEqual([`${TOPIC}-${PARTITION}.1-stray`]);
      const anew = open(logs, OLD);
      expect([anew.logEndOffset, anew.highWatermark]).toEqual([0, 0]);
      expect(logs.setAsideStrays(() => false)).toEqual([`${TOPIC}-${PARTITION}`]);
      expect(names(node)).toHaveLength(2);
    });
  });
});

describe('the mark of a clean shutdown', () => {
  const node = (): [World, SimulatedNode] => {
    const world = new World(1);
    return [world, new SimulatedNode({ world, links: new SimulatedLinks(world), name: 'n' })];
  };
  const isClean = (world: World, of: SimulatedNode): boolean => {
    let clean = false;
    living(world, of, (logs) => {
      clean = logs.cleanShutdownEpoch >= 0;
    });
    return clean;
  };

  it('is not set over logs that nobody has looked at since they were left in a crash', () => {
    const [world, of] = node();
    living(world, of, (logs) => append(open(logs, OLD), 3));
    living(world, of, (logs) => logs.close(7 as never));
    expect(isClean(world, of)).toBe(false);
  });

  it('is set once every log was recovered, one that was set aside left out', () => {
    const [world, of] = node();
    living(world, of, (logs) => {
      open(logs, OLD).log.close(false);
      logs.setAside(TOPIC, PARTITION);
    });
    living(world, of, (logs) => {
      open(logs, OLD).log.close(true);
      logs.close(7 as never);
    });
    expect(isClean(world, of)).toBe(true);
  });

  it('keeps the epoch of the life before where this one was never registered', () => {
    const [world, of] = node();
    living(world, of, (logs) => logs.close(7 as never));
    living(world, of, (logs) => logs.close(-1 as never));
    living(world, of, (logs) => expect(logs.cleanShutdownEpoch).toBe(7));
  });
});
