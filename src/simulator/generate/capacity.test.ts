import { describe, expect, it } from 'vitest';
import { run } from '../run.js';
import type { ClientPlan, Scenario } from '../scenario.js';
import { testClient, testScenario } from '../test-scenario.js';
import { busyEnough, carrying } from './capacity.js';

const TOPIC = 'main';
const busy = testClient('busy', {
  kind: 'producer',
  topics: [TOPIC],
  acks: 0,
  pipeline: 4,
  think: 5,
});

const scenario = testScenario({
  configs: { 'replica.fetch.max.bytes': '130', 'replica.fetch.response.max.bytes': '500' },
  topics: [{ name: TOPIC, partitions: 1, replicationFactor: 3, configs: {} }],
  clients: [busy, testClient('reliable', { kind: 'producer', topics: [TOPIC], think: 5 })],
  network: { baseDelay: 3000, jitter: 1000, stragglers: 0 },
  disk: { syncBase: 100, syncSpread: 100 },
  duration: 4000,
  choices: [
    {
      name: 'away',
      when: { at: 500 },
      act: {
        type: 'restart',
        target: { role: 'follower', topic: TOPIC, partition: 0 },
        down: 2500,
      },
    },
  ],
});

describe('a drawn limit of a fetch', () => {
  it('that no follower could catch up with is raised, and the follower catches up', () => {
    expect(run({ scenario, bugs: [] }).violation).toMatchObject({ property: 'Converges' });
    const configs = carrying(scenario.configs, scenario);
    expect(run({ scenario: { ...scenario, configs }, bugs: [] }).violation).toBeNull();
  });

  it('counts what a sync takes, all partitions of an answer, and nothing that is not there', () => {
    const of = (changes: Partial<Scenario>): readonly (string | undefined)[] => {
      const { configs, ...load } = { ...scenario, clients: [busy], ...changes };
      const raised = carrying(configs, load);
      return [raised['replica.fetch.max.bytes'], raised['replica.fetch.response.max.bytes']];
    };
    // 1.75 batches each 5 ms, 7 ms there and back, six times as fast: 14.7 batches.
    expect(of({})).toEqual(['1500', '1500']);
    const [topic] = scenario.topics;
    expect(of({ topics: [{ ...topic!, partitions: 3 }] })).toEqual(['500', '1500']);
    const synced = { ...topic!, configs: { 'flush.messages': '1' } };
    const disk = { syncBase: 2000, syncSpread: 2000 };
    expect(of({ topics: [synced], disk })).toEqual(['2100', '2100']);
    expect(of({ clients: [{ ...busy, kind: 'both' }] })).toEqual(['900', '900']);
    expect(of({ clients: [{ ...busy, kind: 'consumer' }] })).toEqual(['130', '500']);
    expect(of({ configs: {} })).toEqual([undefined, undefined]);
  });
});

describe('clients', () => {
  it('send enough to prove something: the first makes up for what all lack', () => {
    const slow: ClientPlan = { ...busy, acks: -1, think: 200 };
    const thinks = (...clients: ClientPlan[]): number[] =>
      busyEnough(clients).map(({ think }) => think);
    expect(thinks(slow)).toEqual([83]);
    expect(thinks({ ...slow, kind: 'both' })).toEqual([50]);
    expect(thinks(slow, slow)).toEqual([142, 200]);
    // What nobody waits for, and who only reads, proves nothing of what is promised.
    expect(thinks(slow, { ...busy, think: 1 }, { ...slow, kind: 'consumer' })).toEqual([
      83, 1, 200,
    ]);
    const quick = { ...slow, think: 40 };
    expect(thinks(quick, slow)).toEqual([40, 200]);
  });
});
