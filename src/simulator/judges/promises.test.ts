import { describe, expect, test } from 'vitest';
import type { Offset } from '../../core/types/ids.js';
import type { RunContext } from '../context.js';
import { run } from '../run.js';
import type { Watcher } from '../watch.js';
import { runSmall, smallScenario, TOPIC } from './test-runs.js';

const whole = { seed: 1, duration: 1500, whole: true };

describe('the judge of promises', () => {
  test('finds nothing where all that was acknowledged is there', () => {
    const { violation, verdict } = runSmall({ ...whole, watchers: [] });
    expect(violation).toBeNull();
    expect(verdict).toBe('valid');
  });

  test('sees an acknowledged value that is not where it was said to be', () => {
    const inventing = ({ world, recorder }: RunContext): Watcher => {
      world.schedule(1_000_000, 'invent', () => {
        const [key] = recorder.keys.openKeys();
        const value = recorder.keys.newValue(key!, true);
        const process = recorder.process();
        recorder.operation(process, 'invoke', 'send', [['send', key!.name, [null, value]]]);
        recorder.operation(process, 'ok', 'send', [['send', key!.name, [3, value]]]);
      });
      return {};
    };
    const { violation } = runSmall({ ...whole, watchers: [inventing] });
    expect(violation?.property).toBe('AcknowledgedIsStored');
    expect(violation?.detail).toContain(`at offset 3 of ${TOPIC}-0`);
  });

  test('sees a compacted topic that lacks the newest acknowledged record of a key', () => {
    const scenario = smallScenario(1, 1500);
    const [topic] = scenario.topics;
    const configs = { 'cleanup.policy': 'compact' };
    const compacted = { ...scenario, topics: [{ ...topic!, configs }] };
    // Beyond all that is stored, and no tombstone.
    const inventing = (value: number) => {
      return ({ world, recorder }: RunContext): Watcher => {
        world.schedule(1_000_000, 'invent', () => {
          const [key] = recorder.keys.openKeys();
          expect(key!.compacted).toBe(true);
          recorder.keyed.acknowledged(key!, 1_000_000 as Offset, [value]);
        });
        return {};
      };
    };
    const judged = (watchers: readonly ((context: RunContext) => Watcher)[]) =>
      run({ scenario: compacted, bugs: [], watchers });
    expect(judged([]).violation).toBeNull();
    const { violation } = judged([inventing(999_989)]);
    expect(violation?.property).toBe('AcknowledgedIsStored');
    expect(violation?.detail).toContain('of record key 9 was acknowledged at offset 1000000');
    // A tombstone need not stay.
    expect(judged([inventing(7 * 999_999)]).violation).toBeNull();
  });

  test('sees a stored value that nobody sent', () => {
    const forgetting = ({ recorder }: RunContext): Watcher => {
      const { ownerOf } = recorder.keys;
      recorder.keys.ownerOf = (value) =>
        value === 7 ? undefined : ownerOf.call(recorder.keys, value);
      return {};
    };
    const { violation } = runSmall({ ...whole, watchers: [forgetting] });
    expect(violation?.property).toBe('NothingInvented');
    expect(violation?.detail).toContain('which nobody sent');
  });
});
