import { describe, expect, test } from 'vitest';
import { INVALID_PRODUCER_EPOCH } from '../../core/partition/errors.js';
import { isOperation } from '../../history/rows.js';
import type { Choice, ClientPlan } from '../scenario.js';
import type { Watcher } from '../watch.js';
import { CLIENT, type TestRun, TOPIC, testRun } from './test-run.js';

const ALL_KINDS: readonly ClientPlan[] = [
  { ...CLIENT, name: 'copies', repeatsElsewhere: true },
  { ...CLIENT, name: 'wraps', nearWrap: true },
  { ...CLIENT, name: 'reads', kind: 'consumer' },
  { ...CLIENT, name: 'sends', kind: 'producer', pipeline: 1 },
  { ...CLIENT, name: 'plain', kind: 'producer', idempotent: false, think: 10 },
  { ...CLIENT, name: 'acks1', kind: 'producer', acks: 1, think: 10 },
  { ...CLIENT, name: 'acks0', kind: 'producer', acks: 0, think: 10 },
];

function anomaliesOf({ history, violations }: TestRun): string[] {
  const findings = Object.values(history.anomalies).flat();
  return [...violations, ...findings.map(({ sentence }) => sentence)];
}

function crashes(count: number, every: number): Choice[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `crash${index}`,
    when: { at: 300 + index * every },
    act: {
      type: 'crash',
      target: { role: 'leader', topic: TOPIC.name, partition: index % TOPIC.partitions },
      power: false,
      keeps: 'nothing',
      down: every / 3,
    },
  }));
}

describe('the workload', () => {
  test('of every kind of client is valid without faults, fast, and does what the plans say', () => {
    const run = testRun({ seed: 1, clients: ALL_KINDS, milliseconds: 3500 });
    expect(anomaliesOf(run)).toEqual([]);
    const { counts, rows } = run.recorder;
    expect(run.history.operations.fail + run.history.operations.info).toBeLessThan(10);
    // Sends and polls with records, of three and a half virtual seconds.
    expect(run.history.acknowledged).toBeGreaterThan(1400);
    expect(counts.pipelined).toBe(5);
    expect(counts.repeatedElsewhere).toBeGreaterThan(20);
    expect(counts.duplicatesAcknowledged).toBeGreaterThan(10);
    expect(counts.wrapped).toBeGreaterThan(2);
    expect(counts.compressed).toBeGreaterThan(50);
    expect([counts.outOfRange, counts.diverged]).toEqual([0, 0]);
    // Five in flight together stand in one row, at rising offsets.
    const sends = rows.filter((row) => isOperation(row) && row.f === 'send' && row.type === 'ok');
    expect(sends.some(({ value }) => (value as unknown[]).length >= 5)).toBe(true);
  });

  test('fences batches that were given up and arrive behind the next epoch', () => {
    const clients = [1, 2].map((index) => ({
      ...CLIENT,
      name: `raises${index}`,
      pipeline: 1,
      raisesEpoch: true,
    }));
    let refused = 0;
    const watcher: Watcher = {
      replicaStepped: (_node, _replica, _input, effects) => {
        for (const effect of effects) {
          refused += effect.type === 'produced' && effect.error === INVALID_PRODUCER_EPOCH ? 1 : 0;
        }
      },
    };
    const run = testRun({ seed: 1, clients, milliseconds: 3000, watcher });
    expect(anomaliesOf(run)).toEqual([]);
    expect(run.recorder.counts.givenUp).toBeGreaterThan(10);
    expect(run.recorder.counts.epochsRaised).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(0);
  });

  test('is the same run for the same seed', () => {
    const hashes = [7, 7, 8].map(
      (seed) => testRun({ seed, clients: ALL_KINDS.slice(0, 2), milliseconds: 300 }).hash,
    );
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
  });

  test('stays valid while leaders crash', () => {
    const run = testRun({
      seed: 2,
      clients: ALL_KINDS,
      choices: crashes(4, 900),
      milliseconds: 4000,
    });
    expect(anomaliesOf(run)).toEqual([]);
    expect([...run.outcomes.values()].filter((outcome) => outcome?.took).length).toBeGreaterThan(2);
    expect(run.history.acknowledged).toBeGreaterThan(1000);
    expect(run.recorder.rows.filter(({ f }) => f === 'attempt').length).toBeGreaterThan(10);
  });

  test('shows lost writes where a leader acknowledges before the high watermark', () => {
    // Alone with its clients for longer than a session: somebody else leads then.
    const choices: Choice[] = [
      {
        name: 'alone',
        when: { at: 300 },
        act: {
          type: 'partition',
          shape: 'one',
          target: { role: 'leader', topic: TOPIC.name, partition: 0 },
          direction: 'both',
          clients: false,
          lasts: 2000,
        },
      },
    ];
    const run = testRun({
      seed: 1,
      clients: ALL_KINDS.slice(0, 4),
      choices,
      milliseconds: 2600,
      bug: 'ack-before-high-watermark',
    });
    expect(Object.keys(run.history.anomalies)).toContain('lost-write');
  });
});

describe('topics that come, grow and go under load', () => {
  const choices: Choice[] = [
    {
      name: 'create',
      when: { at: 300 },
      act: { type: 'createTopic', topic: { ...TOPIC, name: 'extra', partitions: 2 } },
    },
    { name: 'grow', when: { at: 700 }, act: { type: 'addPartitions', topic: 'main', count: 5 } },
    {
      name: 'again',
      when: { at: 1200 },
      act: { type: 'recreateTopic', topic: 'main', pause: 20 },
    },
    {
      name: 'configure',
      when: { at: 1500 },
      act: { type: 'configure', topic: 'extra', key: 'min.insync.replicas', value: '1' },
    },
    { name: 'delete', when: { at: 2000 }, act: { type: 'deleteTopic', topic: 'extra' } },
    { name: 'last', when: { at: 2400 }, act: { type: 'recreateTopic', topic: 'main', pause: 0 } },
  ];

  test.each([
    ['without faults', 3, []],
    ['while leaders crash', 4, crashes(4, 700)],
  ])('%s convict nobody, and everybody uses what is new', (_, seed, more) => {
    const run = testRun({
      seed,
      clients: ALL_KINDS,
      choices: [...choices, ...more],
      milliseconds: 3200,
    });
    expect(anomaliesOf(run)).toEqual([]);
    for (const { name } of choices) {
      expect(run.outcomes.get(name), name).toMatchObject({ took: true });
    }
    // Whoever clung to the leaders of the earlier topic would be refused until the end.
    expect(run.history.operations.fail).toBeLessThan(60);
    const sentTo = new Set<string>();
    for (const row of run.recorder.rows) {
      if (isOperation(row) && row.f === 'send' && row.type === 'ok') {
        for (const micro of row.value ?? []) {
          sentTo.add(micro[0] === 'send' ? micro[1] : '');
        }
      }
    }
    expect([...sentTo]).toEqual(
      expect.arrayContaining(['main-0', 'main-4', 'extra-1', 'main#2-0', 'main#3-2']),
    );
    expect([...run.recorder.keys.abandoned]).toContain('extra-0');
  });
});
