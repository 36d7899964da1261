import { describe, expect, test } from 'vitest';
import type { RunContext } from '../context.js';
import type { Watcher } from '../watch.js';
import { runSmall, TOPIC } from './test-runs.js';

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
