/** Wrong rules of storage, each in a story that fits it: hunted at random they take many seeds. */

import { describe, expect, test } from 'vitest';
import { findBug } from '../bugs/registry.js';
import type { TriggerEvent } from './events.js';
import { faultFreeScenario } from './hunt.js';
import { run } from './run.js';
import type { Act, Choice, Scenario, TopicPlan } from './scenario.js';

const SEEDS = [1, 2, 3, 4, 5, 6];

type Crash = Extract<Act, { type: 'crash' }>;

function topic(name: string, partitions: number, configs: Record<string, string>): TopicPlan {
  return { name, partitions, replicationFactor: 3, configs };
}

function power(target: Crash['target'], keeps: Crash['keeps'], down = 80): Crash {
  return { type: 'crash', target, power: true, keeps, down };
}

function kill(target: Crash['target'], down = 60): Crash {
  return { type: 'crash', target, power: false, keeps: 'everything', down };
}

function at(time: number, act: Act): Omit<Choice, 'name'> {
  return { when: { at: time }, act };
}

function on(event: TriggerEvent, nth: number, act: Act, after = 0): Omit<Choice, 'name'> {
  return { when: { on: event, nth, after }, act };
}

const SUBJECT = { role: 'subject' } as const;
/** Topics that lose nothing with the power, so that the metadata log may. */
const SYNCED = { 'flush.messages': '1' };
/** Metadata that comes faster than it is committed. */
const BURSTS = [300, 700, 1100, 1500, 1900].flatMap((time) =>
  [0, 1, 2, 3].map((each) =>
    at(time, { type: 'createTopic', topic: topic(`new${time}x${each}`, 1, SYNCED) }),
  ),
);
const SLOW_DISK = { syncBase: 5000, syncSpread: 5000 };
const ONE_AFTER_THE_OTHER = (keeps: Crash['keeps']): Omit<Choice, 'name'>[] =>
  [500, 1500, 2500].map((time, broker) => at(time, power({ broker }, keeps, 100)));

interface Story extends Partial<Omit<Scenario, 'choices'>> {
  readonly choices: readonly Omit<Choice, 'name'>[];
}

const STORIES: Readonly<Record<string, Story>> = {
  'vote-not-synced': {
    choices: [
      at(300, kill({ role: 'controller' }, 1500)),
      on('raft.vote-granted', 1, power(SUBJECT, 'nothing')),
    ],
  },
  'entries-reported-before-sync': {
    topics: [topic('simulated', 2, SYNCED)],
    choices: [...BURSTS, on('raft.append-acknowledged', 3, power(SUBJECT, 'nothing'))],
  },
  'found-entries-not-synced': {
    topics: [topic('simulated', 2, SYNCED)],
    disk: SLOW_DISK,
    choices: [
      ...BURSTS,
      ...[4, 5, 12].flatMap((nth, k) => [
        on('raft.append-persisting', nth, kill(SUBJECT, 20)),
        on('node.started', 1 + 2 * k, power(SUBJECT, 'nothing'), 3),
      ]),
    ],
  },
  'synced-end-too-early': {
    topics: [topic('simulated', 2, SYNCED)],
    disk: SLOW_DISK,
    choices: [
      ...BURSTS,
      ...[2, 4, 6, 8, 10, 12, 14, 20].map((nth) =>
        on('raft.append-persisting', nth, power(SUBJECT, 'drawn'), 1),
      ),
    ],
  },
  'metadata-beyond-snapshot-deleted': {
    configs: { 'metadata.log.max.record.bytes.between.snapshots': '300' },
    choices: [
      ...BURSTS,
      ...[400, 800, 1200, 1600].map((time, k) => at(time, kill({ broker: k % 3 }))),
    ],
  },
  'recovery-point-before-sync': {
    configs: { 'log.flush.offset.checkpoint.interval.ms': '100' },
    disk: { syncBase: 60_000, syncSpread: 3000 },
    choices: ONE_AFTER_THE_OTHER('nothing'),
  },
  'recovery-without-crc': { choices: ONE_AFTER_THE_OTHER('drawn') },
  'retention-above-high-watermark': {
    topics: [
      topic('simulated', 1, {
        'segment.ms': '50',
        'retention.bytes': '300',
        'retention.ms': '-1',
      }),
    ],
    configs: { 'log.retention.check.interval.ms': '50', 'replica.lag.time.max.ms': '3000' },
    clients: faultFreeScenario(1, 1).clients.map((plan) => ({
      ...plan,
      acks: 1,
      idempotent: false,
    })),
    choices: [700, 1900].map((time) => {
      const target = { role: 'follower', topic: 'simulated', partition: 0 } as const;
      return at(time, { type: 'pause', target, lasts: 700 });
    }),
  },
};

function told(story: Story, seed: number): Scenario {
  const choices = story.choices.map((choice, k) => ({ ...choice, name: `deed${k + 1}` }));
  return { ...faultFreeScenario(seed, 3000), ...story, choices };
}

describe('a wrong rule of storage', () => {
  test.each(Object.entries(STORIES))('%s shows in its story, and only with it', (name, story) => {
    const bug = findBug(name)!;
    const found = SEEDS.find((seed) => {
      const { violation } = run({ scenario: told(story, seed), bugs: [bug] });
      return violation !== null && bug.violates.includes(violation.property);
    });
    expect(found).toBeDefined();
    const clean = run({ scenario: told(story, found!), bugs: [], until: 'main' });
    expect(clean.violation).toBeNull();
  });
});
