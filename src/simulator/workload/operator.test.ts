import { afterEach, expect, test, vi } from 'vitest';
import type { ResourceChange } from '../../client/answers.js';
import { Client } from '../../client/client.js';
import type { Outcome } from '../../client/outcomes.js';
import { ErrorCode } from '../../protocol/errors.js';
import type { Act } from '../scenario.js';
import type { Watcher } from '../watch.js';
import { CLIENT, TOPIC, testRun } from './test-run.js';

type Answer = (outcome: Outcome<readonly ResourceChange[]>) => void;

afterEach(() => vi.restoreAllMocks());

/** The first call of the method after the deed has begun is answered with the error. */
function refusedOnce(
  method: 'createTopics' | 'createPartitions',
  code: 'TOPIC_ALREADY_EXISTS' | 'INVALID_PARTITIONS',
): { readonly watcher: Watcher; readonly calls: () => number } {
  const call = Client.prototype[method] as (topics: unknown, done: Answer) => void;
  let begun = false;
  let calls = 0;
  vi.spyOn(Client.prototype, method).mockImplementation(function (
    this: Client,
    topics: unknown,
    done: Answer,
  ) {
    calls += begun ? 1 : 0;
    if (calls !== 1) {
      call.call(this, topics, done);
      return;
    }
    const error = { name: code, code: ErrorCode[code], message: '' };
    done({ type: 'ok', value: [{ name: TOPIC.name, type: 'fail', error }] });
  });
  const deed = (name: string): void => {
    begun ||= name === 'deed';
  };
  return { watcher: { deed }, calls: () => calls };
}

const recreate: Act = { type: 'recreateTopic', topic: TOPIC.name, pause: 20 };
const grow: Act = { type: 'addPartitions', topic: TOPIC.name, count: TOPIC.partitions + 2 };

test.each([
  ['created', recreate, 'createTopics', 'TOPIC_ALREADY_EXISTS'],
  ['grown', grow, 'createPartitions', 'INVALID_PARTITIONS'],
] as const)(
  'a topic is %s again where only a stale controller said that it was',
  (_what, act, method, code) => {
    const { watcher, calls } = refusedOnce(method, code);
    const choices = [{ name: 'deed', when: { at: 300 }, act }];
    const run = testRun({ seed: 5, clients: [CLIENT], choices, milliseconds: 1500, watcher });
    expect(run.outcomes.get('deed')).toMatchObject({ took: true });
    expect(calls()).toBe(2);
    expect(run.violations).toEqual([]);
  },
);
