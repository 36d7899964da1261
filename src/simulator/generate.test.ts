import { describe, expect, it } from 'vitest';
import { Settings } from '../broker/settings.js';
import { configProblem, topicConfigs } from '../core/metadata/configs-table.js';
import { present } from '../core/types/assert.js';
import { TRIGGER_EVENTS } from './events.js';
import { FAULT_CLASSES } from './generate/faults.js';
import { stories } from './generate/stories.js';
import { describeScenario, generateScenario } from './generate.js';
import { PROBES, probeOfAct } from './probes.js';
import type { Act, Scenario, Target } from './scenario.js';
import { checkScenario } from './scenario-check.js';

const SEEDS = 500;
const scenarios: readonly Scenario[] = Array.from({ length: SEEDS }, (_, index) =>
  generateScenario(index + 1),
);

function targetOf(act: Act): Target | null {
  return 'target' in act ? act.target : null;
}

/** The share of the seeds, in percent, of which this holds. */
function share(holds: (scenario: Scenario) => boolean): number {
  return (scenarios.filter(holds).length / SEEDS) * 100;
}

function hasChoice(prefix: string): (scenario: Scenario) => boolean {
  return ({ choices }) => choices.some(({ name }) => name.startsWith(prefix));
}

describe('generateScenario', () => {
  it('is a function of the seed', () => {
    for (const seed of [1, 2, 77, 4_000_000_000]) {
      expect(JSON.stringify(generateScenario(seed))).toBe(JSON.stringify(generateScenario(seed)));
    }
    const texts = scenarios.map((scenario) => JSON.stringify({ ...scenario, seed: 0 }));
    expect(new Set(texts).size).toBe(SEEDS);
  });

  it('survives being written as JSON', () => {
    for (const scenario of scenarios) {
      expect(JSON.parse(JSON.stringify(scenario))).toStrictEqual(scenario);
    }
  });

  it('gives choices unique names and moments among the faults', () => {
    for (const { choices, duration } of scenarios) {
      const names = choices.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      for (const { when } of choices) {
        const time = 'at' in when ? when.at : present(when.from, 'every count has its start');
        expect(Number.isSafeInteger(time) && time >= 0 && time < duration * 1.3).toBe(true);
        if ('on' in when) {
          expect(TRIGGER_EVENTS).toContain(when.on);
          expect(when.nth >= 1 && when.after >= 0).toBe(true);
        }
      }
    }
  });

  it('names only brokers, topics and partitions that there are', () => {
    for (const { choices, topics, clients, brokers, core, configs, groups } of scenarios) {
      const partitions = new Map(topics.map((topic) => [topic.name, topic.partitions]));
      if (groups !== undefined) {
        partitions.set('__consumer_offsets', Number(configs['offsets.topic.num.partitions']));
      }
      for (const { topics: own } of clients) {
        expect(own.length).toBeGreaterThan(0);
        expect(own.every((name) => partitions.has(name))).toBe(true);
      }
      for (const { act, when } of choices) {
        const target = targetOf(act);
        if (target !== null && 'broker' in target) {
          expect(target.broker).toBeLessThan(brokers);
        } else if (target !== null && 'topic' in target) {
          expect(target.partition).toBeLessThan(partitions.get(target.topic) ?? 0);
        } else if (target?.role === 'subject' || target?.role === 'peer') {
          expect('on' in when).toBe(true);
        }
      }
      expect(topics.every(({ replicationFactor }) => replicationFactor <= brokers)).toBe(true);
      if (core !== undefined) {
        expect(core.length > brokers / 2 && core.length < brokers).toBe(true);
        expect([...new Set(core)].sort((a, b) => a - b)).toEqual(core);
      }
    }
  });

  it('draws whole numbers only, and lengths above 0', () => {
    for (const { choices, network, disk } of scenarios) {
      for (const act of [network, disk, ...choices.map((choice) => choice.act)]) {
        for (const [field, value] of Object.entries(act)) {
          if (typeof value === 'number') {
            expect(Number.isSafeInteger(value), `${field} is ${value}`).toBe(true);
            expect(field === 'jump' || value >= 0, `${field} is ${value}`).toBe(true);
          }
        }
      }
    }
  });

  it('sets configs that a broker accepts', () => {
    for (const { configs, topics } of scenarios) {
      expect(() => new Settings(new Map(Object.entries(configs)))).not.toThrow();
      for (const [name, value] of topics.flatMap((topic) => Object.entries(topic.configs))) {
        const definition = present(topicConfigs.get(name), `a topic config is called ${name}`);
        expect(configProblem(definition, value)).toBeNull();
      }
    }
  });

  it('has clients to whom something is promised in every seed', () => {
    for (const { clients } of scenarios) {
      expect(clients.some(({ acks, kind }) => acks === -1 && kind === 'both')).toBe(true);
      for (const { acks, idempotent, topics } of clients) {
        expect(acks === -1 || !idempotent).toBe(true);
        // What retention deletes before it was read is lost to nobody's surprise: it is not judged.
        expect(topics.includes('aging') && acks === -1).toBe(false);
      }
    }
  });

  it('plans every kind of deed and waits for every event', () => {
    const acts = new Set(scenarios.flatMap(({ choices }) => choices.map(({ act }) => act.type)));
    expect([...acts].sort()).toEqual([
      'addPartitions',
      'changeVoter',
      'clock',
      'configure',
      'crash',
      'crashLoop',
      'createTopic',
      'deleteRecords',
      'deleteTopic',
      'disk',
      'partition',
      'pause',
      'reassign',
      'recreateTopic',
      'reset',
      'restart',
      'rollingRestart',
      'slow',
      'wipe',
    ]);
    const probes = new Set(
      scenarios.flatMap(({ choices }) => choices.map(({ act }) => probeOfAct(act))),
    );
    const deeds = PROBES.filter((name) => name.startsWith('deed.'));
    expect(deeds.filter((name) => !probes.has(name))).toEqual([]);
    const moments = new Set<string>(
      scenarios.flatMap(({ choices }) =>
        choices.flatMap(({ when }) => ('on' in when ? [when.on] : [])),
      ),
    );
    expect(TRIGGER_EVENTS.filter((event) => !moments.has(event))).toEqual([]);
  });

  it('leaves each kind of free fault out of many seeds, and puts it into many', () => {
    for (const kind of FAULT_CLASSES) {
      const present = share(hasChoice(`free-${kind}-`));
      expect(present, kind).toBeGreaterThan(8);
      expect(present, kind).toBeLessThan(50);
    }
    expect(share(({ choices }) => choices.length === 0)).toBeGreaterThan(0.2);
  });

  it('tells every story in a few percent of the seeds', () => {
    for (const { name } of stories) {
      const told = share(hasChoice(`${name}-`));
      expect(told, name).toBeGreaterThan(2);
      expect(told, name).toBeLessThan(30);
    }
  });

  it('ties about half of the deeds to events', () => {
    const choices = scenarios.flatMap((scenario) => scenario.choices);
    const tied = choices.filter(({ when }) => 'on' in when).length / choices.length;
    expect(tied).toBeGreaterThan(0.35);
    expect(tied).toBeLessThan(0.65);
  });

  it('varies the cluster', () => {
    expect(share(({ brokers }) => brokers === 3)).toBeGreaterThan(50);
    expect(share(({ brokers }) => brokers === 5)).toBeGreaterThan(10);
    expect(
      share(({ topics }) => topics.some((topic) => topic.replicationFactor < 3)),
    ).toBeGreaterThan(25);
    expect(share(({ core }) => core !== undefined)).toBeGreaterThan(15);
    expect(share(({ clients }) => clients.some(({ nearWrap }) => nearWrap))).toBeGreaterThan(15);
    expect(share(({ clients }) => clients.some(({ acks }) => acks !== -1))).toBeGreaterThan(15);
    const snapshots = 'metadata.log.max.record.bytes.between.snapshots';
    expect(share(({ configs }) => snapshots in configs)).toBeGreaterThan(30);
  });
});

describe('groups', () => {
  const withGroups = scenarios.filter(({ groups }) => groups !== undefined);
  const all = withGroups.flatMap(({ groups }) => groups ?? []);
  const members = all.flatMap((group) => group.members);

  it('are in a part of the seeds, of every kind', () => {
    expect(share(({ groups }) => groups !== undefined)).toBeGreaterThan(22);
    expect(share(({ groups }) => groups !== undefined)).toBeLessThan(38);
    expect(share(({ groups }) => groups?.length === 2)).toBeGreaterThan(5);
    expect(new Set(all.map(({ order }) => order)).size).toBe(2);
    expect(new Set(all.map((group) => group.members.length))).toEqual(new Set([1, 2, 3, 4]));
    expect(share(({ groups }) => groups?.at(-1)?.deletedEvery !== undefined)).toBeGreaterThan(5);
    expect(new Set(members.map(({ isStatic }) => isStatic)).size).toBe(2);
    const choices = new Set(members.map(({ assignors }) => assignors.join(' ')));
    expect([...choices].sort()).toEqual([
      'cooperative-sticky',
      'range',
      'range roundrobin',
      'roundrobin',
      'roundrobin range',
    ]);
  });

  it('are as a file would have to say them', () => {
    for (const scenario of withGroups) {
      expect(checkScenario(scenario, '')).toEqual(scenario);
    }
  });

  it('do not stand beyond the atlas, where commits may be lost', () => {
    for (const { seed } of withGroups.slice(0, 20)) {
      expect(generateScenario(seed, 'beyond').groups).toBeUndefined();
    }
  });
});

describe('describeScenario', () => {
  it('prints every parameter and the number of choices of each kind', () => {
    for (const scenario of scenarios.slice(0, 50)) {
      const text = describeScenario(scenario).join('\n');
      for (const [name, value] of Object.entries(scenario.configs)) {
        expect(text).toContain(`${name}=${value}`);
      }
      for (const { name, configs } of scenario.topics) {
        expect(text).toContain(`topic ${name}:`);
        for (const [key, value] of Object.entries(configs)) {
          expect(text).toContain(`${key}=${value}`);
        }
      }
      for (const { name } of scenario.clients) {
        expect(text).toContain(`client ${name}:`);
      }
      for (const { name, members } of scenario.groups ?? []) {
        expect(text).toContain(`group ${name}:`);
        for (const { sessionTimeout } of members) {
          expect(text).toContain(`session ${sessionTimeout} ms`);
        }
      }
      for (const number of [...Object.values(scenario.network), ...Object.values(scenario.disk)]) {
        expect(text).toContain(String(number));
      }
      const planned = [...text.matchAll(/^ {2}\S+: (\d+)$/gm)].map(([, count]) => Number(count));
      expect(planned.reduce((sum, count) => sum + count, 0)).toBe(scenario.choices.length);
    }
  });
});
