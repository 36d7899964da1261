import { afterEach, expect, test, vi } from 'vitest';
import { Client } from '../../client/client.js';
import { ErrorCode } from '../../protocol/errors.js';
import { CLIENT, TOPIC, testRun } from './test-run.js';

afterEach(() => vi.restoreAllMocks());

test('a topic is created again where only a stale controller said that it exists', () => {
  const create = Client.prototype.createTopics;
  let deleting = false;
  let creations = 0;
  vi.spyOn(Client.prototype, 'createTopics').mockImplementation(function (
    this: Client,
    topics,
    done,
  ) {
    creations += deleting ? 1 : 0;
    if (creations !== 1) {
      create.call(this, topics, done);
      return;
    }
    const name = 'TOPIC_ALREADY_EXISTS';
    const error = { name, code: ErrorCode.TOPIC_ALREADY_EXISTS, message: '' } as const;
    done({ type: 'ok', value: [{ name: TOPIC.name, type: 'fail', error }] });
  });
  const run = testRun({
    seed: 5,
    clients: [CLIENT],
    choices: [
      {
        name: 'again',
        when: { at: 300 },
        act: { type: 'recreateTopic', topic: TOPIC.name, pause: 20 },
      },
    ],
    milliseconds: 1500,
    watcher: {
      deed: (name) => {
        deleting ||= name === 'again';
      },
    },
  });
  expect(run.outcomes.get('again')).toMatchObject({ took: true });
  expect(creations).toBe(2);
  expect(run.violations).toEqual([]);
});
