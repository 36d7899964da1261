import { describe, expect, test } from 'vitest';
import type { SimulatedFileSystem } from '../../environment/simulated/file-system.js';
import type { RunContext } from '../context.js';
import type { Watcher } from '../watch.js';
import { runSmall, TOPIC } from './test-runs.js';

const SEGMENT = `/data/${TOPIC}-0/00000000000000000000.log`;

/** Flips one bit of the first batch's records, which everybody has read by then. */
function flip(files: SimulatedFileSystem): void {
  const file = files.open(SEGMENT, 'readWrite');
  const byte = new Uint8Array(1);
  files.read(file, 65, byte);
  byte[0] = byte[0]! ^ 1;
  files.write(file, 65, [byte]);
  files.close(file);
}

function cutInHalf(files: SimulatedFileSystem): void {
  const file = files.open(SEGMENT, 'readWrite');
  files.truncate(file, files.size(file) >> 1);
  files.close(file);
}

/** Kills a node; `change` is done to its disk before the new process looks at it. */
function killAndChange(
  power: boolean | 'nothing torn',
  change: (files: SimulatedFileSystem) => void,
): (context: RunContext) => Watcher {
  return ({ world, cluster }) => {
    world.schedule(1_500_000, 'kill', () => {
      const keeps = power === 'nothing torn' ? 'everything' : 'drawn';
      cluster.nodes[1]!.crash(power !== false, undefined, keeps);
      cluster.start(1);
    });
    return {
      nodeStarted: ({ index, incarnation }) => {
        if (index === 1 && incarnation === 2) {
          // Before its boot, which is scheduled for the same moment right after this.
          world.schedule(0, 'change', () => change(cluster.nodes[1]!.files));
        }
      },
    };
  };
}

describe('the judge of stored bytes', () => {
  test('finds nothing where nothing is changed', () => {
    const watchers = [killAndChange(false, () => {})];
    expect(runSmall({ seed: 1, duration: 2500, watchers }).violation).toBeNull();
  });

  test('sees a flipped bit when the faults end', () => {
    const flipping = ({ world, cluster }: RunContext): Watcher => {
      world.schedule(1_500_000, 'flip', () => flip(cluster.nodes[2]!.files));
      return {};
    };
    const { violation } = runSmall({ seed: 1, duration: 2000, watchers: [flipping] });
    expect(violation?.property).toBe('ReplicasByteEqual');
    expect(violation?.detail).toContain('they differ in byte 65 of the batch at 0');
  });

  test('sees a flipped bit in a replica that comes back', () => {
    const flipping = ({ world, cluster }: RunContext): Watcher => {
      const [one, two] = [cluster.nodes[0]!, cluster.nodes[1]!];
      world.schedule(1_400_000, 'flip', () => flip(one.files));
      world.schedule(1_500_000, 'kill', () => {
        two.crash(false);
        cluster.start(1);
      });
      return {};
    };
    const { violation } = runSmall({ seed: 1, duration: 60_000, watchers: [flipping] });
    expect(violation?.property).toBe('ReplicasByteEqual');
    expect(violation?.at).toBeLessThan(10_000_000);
  });

  test('sees that a killed node lost some of what was appended', () => {
    const watchers = [killAndChange(false, cutInHalf)];
    const { violation } = runSmall({ seed: 1, duration: 2500, watchers });
    expect(violation?.property).toBe('LogIsWhatWasAppended');
    expect(violation?.detail).toContain('everything was appended');
  });

  test('sees that a torn batch is still there when the replica is opened', () => {
    const trusting = { checksRecords: () => false };
    const bugs = [{ name: 'b', title: '', source: '', violates: [], log: trusting }];
    const watchers = [killAndChange('nothing torn', flip)];
    expect(runSmall({ seed: 1, duration: 2500, watchers }).violation).toBeNull();
    const { violation } = runSmall({ seed: 1, duration: 2500, watchers, bugs });
    expect(violation?.property).toBe('LogIsWhatWasAppended');
    expect(violation?.detail).toContain('the batch at 0 is not sound (corrupt)');
  });

  test('lets power loss take what was never synced, but not what recovery has synced', () => {
    const watchers = [killAndChange(true, cutInHalf)];
    expect(runSmall({ seed: 1, duration: 2500, watchers }).violation).toBeNull();
    const twice = (context: RunContext): Watcher => {
      const { world, cluster } = context;
      world.schedule(1_700_000, 'lose power', () => {
        cluster.nodes[1]!.crash(true);
        cluster.start(1);
        world.schedule(0, 'change', () => cutInHalf(cluster.nodes[1]!.files));
      });
      return killAndChange(false, () => {})(context);
    };
    const { violation } = runSmall({ seed: 1, duration: 2500, watchers: [twice] });
    expect(violation?.property).toBe('LogIsWhatWasAppended');
    expect(violation?.detail).toContain('everything was synced');
  });
});
