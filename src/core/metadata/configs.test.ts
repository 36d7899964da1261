import { describe, expect, test } from 'vitest';
import type { BrokerId } from '../types/ids.js';
import { alterConfigs, replaceConfigs } from './configs.js';
import { brokerConfigs, configNumber, configProblem, topicConfigs } from './configs-table.js';
import {
  effectiveMinIsr,
  effectiveTopicConfig,
  effectiveTopicConfigs,
  topicDefaultsFrom,
} from './effective-configs.js';
import { applyRecord, cloneImage } from './image.js';
import { createRules } from './rules.js';
import { ids, P0, setTopicConfig, TOPIC_ID, testImage } from './test-image.js';
import type { ConfigChange, ErrorCode, MetadataImage, PartitionRegistration } from './types.js';

const rules = createRules({
  clusterId: 'c',
  defaultPartitions: 1,
  defaultReplicationFactor: 1,
  topicDefaults: new Map(),
});

const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

function change(name: string, operation: number, value: string | null): ConfigChange {
  return { resourceType: 2, resourceName: 't', name, operation, value };
}

function alter(
  image: MetadataImage,
  changes: readonly ConfigChange[],
): { readonly errors: readonly ErrorCode[]; readonly image: MetadataImage } {
  const command = { type: 'incrementalAlterConfigs', changes, validateOnly: false } as const;
  const { records, response } = alterConfigs(image, command, rules);
  const after = cloneImage(image);
  for (const record of records) {
    applyRecord(after, record, 1);
  }
  const results = response.type === 'configs' ? response.results : [];
  return { errors: results.map((result) => result.error), image: after };
}

function value(image: MetadataImage, name: string): string | undefined {
  return image.configs.get('2:t')?.get(name);
}

function partitionOf(image: MetadataImage): PartitionRegistration {
  return image.topics.get(TOPIC_ID)!.partitions.get(P0)!;
}

describe('the table of configs', () => {
  test('has valid defaults, and the same one for a topic as for its broker', () => {
    for (const table of [topicConfigs, brokerConfigs]) {
      for (const definition of table.values()) {
        if (definition.default !== null && definition.default !== '') {
          expect(configProblem(definition, definition.default)).toBe(null);
        }
      }
    }
    for (const definition of topicConfigs.values()) {
      expect(definition.synonyms.every(({ name }) => brokerConfigs.has(name))).toBe(true);
      for (const { name, factor } of definition.synonyms) {
        const inherited = brokerConfigs.get(name)?.default ?? null;
        if (inherited !== null) {
          const scaled = factor === 1 ? inherited : String(configNumber(inherited) * factor);
          expect(scaled, definition.name).toBe(definition.default);
        }
      }
    }
  });

  test('judges values by type and bounds', () => {
    const bad: [string, string][] = [
      ['retention.ms', '-2'],
      ['retention.ms', '1.5'],
      ['retention.ms', ''],
      ['retention.ms', '9223372036854775808'],
      ['max.message.bytes', '2147483648'],
      ['max.message.bytes', '-1'],
      ['segment.bytes', '1048575'],
      ['min.insync.replicas', '0'],
      ['cleanup.policy', 'delete,squash'],
      ['cleanup.policy', ''],
      ['cleanup.policy', 'delete,delete'],
      ['compression.type', 'brotli'],
      ['message.timestamp.type', 'createtime'],
      ['unclean.leader.election.enable', 'yes'],
    ];
    for (const [name, text] of bad) {
      expect(configProblem(topicConfigs.get(name)!, text), `${name}=${text}`).toContain(name);
    }
    const good: [string, string][] = [
      ['retention.ms', '-1'],
      ['retention.ms', '9223372036854775807'],
      ['cleanup.policy', 'compact, delete'],
      ['compression.type', 'zstd'],
      ['unclean.leader.election.enable', 'TRUE'],
    ];
    for (const [name, text] of good) {
      expect(configProblem(topicConfigs.get(name)!, text), `${name}=${text}`).toBe(null);
    }
    expect(configNumber('9223372036854775807')).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('the effective config', () => {
  test("is the topic's, else the cluster's, else the static one, else the default", () => {
    const image = testImage();
    const settings = { topicDefaults: new Map<string, string>() };
    const effective = (): unknown => {
      const { value: text, source } = effectiveTopicConfig(image, settings, 't', 'retention.ms');
      return [text, source];
    };
    expect(effective()).toEqual(['604800000', 5]);
    settings.topicDefaults.set('retention.ms', '1');
    expect(effective()).toEqual(['1', 4]);
    image.configs.set('4:', new Map([['log.retention.hours', '2']]));
    expect(effective()).toEqual(['7200000', 3]);
    image.configs.set('4:', new Map([['log.retention.ms', '3']]));
    expect(effective()).toEqual(['3', 3]);
    setTopicConfig(image, 'retention.ms', '4');
    expect(effective()).toEqual(['4', 1]);
    expect(effectiveTopicConfigs(image, settings, 't').length).toBe(topicConfigs.size);
  });

  test('of min.insync.replicas is at most the replication factor', () => {
    const image = setTopicConfig(testImage(), 'min.insync.replicas', '5');
    expect(effectiveMinIsr(image, rules.settings, 't', 3)).toBe(3);
    expect(effectiveMinIsr(image, rules.settings, 't', 7)).toBe(5);
  });

  test("of a topic comes from the broker's first synonym, in the right unit", () => {
    const configured = new Map([
      ['log.retention.hours', '1'],
      ['log.retention.minutes', '2'],
      ['min.insync.replicas', '2'],
    ]);
    const defaults = topicDefaultsFrom(configured);
    expect([...defaults].sort()).toEqual([
      ['min.insync.replicas', '2'],
      ['retention.ms', '120000'],
    ]);
  });
});

describe('changes of configs', () => {
  test('set, delete, append and subtract', () => {
    const image = setTopicConfig(testImage(), 'retention.ms', '5');
    expect(value(alter(image, [change('retention.ms', SET, '6')]).image, 'retention.ms')).toBe('6');
    const deleted = alter(image, [change('retention.ms', DELETE, null)]).image;
    expect(deleted.configs.size).toBe(0);
    const both = alter(image, [change('cleanup.policy', APPEND, 'compact')]).image;
    expect(value(both, 'cleanup.policy')).toBe('delete,compact');
    const one = alter(both, [change('cleanup.policy', SUBTRACT, 'delete')]).image;
    expect(value(one, 'cleanup.policy')).toBe('compact');
  });

  test('are refused as Kafka does, resource by resource', () => {
    const cluster = (name: string): ConfigChange => ({
      ...change(name, SET, '2'),
      resourceType: 4,
      resourceName: '',
    });
    const refusals: [ErrorCode, ConfigChange[]][] = [
      [3, [{ ...change('retention.ms', SET, '1'), resourceName: 'u' }]],
      [40, [change('no.such', SET, '1')]],
      [40, [change('retention.ms', SET, 'x')]],
      [40, [change('retention.ms', APPEND, '1')]],
      [42, [change('retention.ms', SET, null)]],
      [42, [change('retention.ms', SET, '1'), change('retention.ms', DELETE, null)]],
      [42, [change('retention.ms', 9, '1')]],
      [42, [{ ...change('x', SET, '1'), resourceType: 8 }]],
      [42, [cluster('node.id')]],
      [42, [{ ...cluster('min.insync.replicas'), resourceName: '1' }]],
      [0, [cluster('min.insync.replicas')]],
    ];
    for (const [error, changes] of refusals) {
      const outcome = alter(testImage(), changes);
      expect(outcome.errors, JSON.stringify(changes)).toEqual([error]);
      expect(outcome.image.configs.size).toBe(error === 0 ? 1 : 0);
    }
    const mixed = alter(testImage(), [
      change('retention.ms', SET, '1'),
      cluster('node.id'),
      change('segment.ms', SET, '2'),
    ]);
    const dry = { type: 'incrementalAlterConfigs', validateOnly: true } as const;
    const tried = { ...dry, changes: [change('retention.ms', SET, '1'), cluster('node.id')] };
    const { records, response } = alterConfigs(testImage(), tried, rules);
    expect([records, response]).toMatchObject([[], { results: [{ error: 0 }, { error: 42 }] }]);
    expect(mixed.errors).toEqual([0, 42]);
    expect(value(mixed.image, 'segment.ms')).toBe('2');
  });

  test('of min.insync.replicas clear the ELR of who is led, and of nobody else', () => {
    const led = setTopicConfig(testImage({ isr: ids(1), elr: ids(2) }), 'min.insync.replicas', '2');
    for (const to of ['1', '3']) {
      const after = alter(led, [change('min.insync.replicas', SET, to)]).image;
      expect(partitionOf(after).elr).toEqual([]);
    }
    expect(partitionOf(alter(led, [change('retention.ms', SET, '1')]).image).elr).toEqual(ids(2));
    // Effectively the same: a partition has only three replicas.
    setTopicConfig(led, 'min.insync.replicas', '3');
    const same = alter(led, [change('min.insync.replicas', SET, '4')]).image;
    expect(partitionOf(same).elr).toEqual(ids(2));
    const leaderless = testImage({ leader: -1 as BrokerId, isr: [], elr: ids(2) }, [2]);
    const kept = alter(leaderless, [change('min.insync.replicas', SET, '2')]).image;
    expect(partitionOf(kept).elr).toEqual(ids(2));
  });

  test('that allow unclean elections elect at once', () => {
    const image = testImage({ leader: -1 as BrokerId, isr: [], elr: ids(1) }, [1]);
    const unclean = 'unclean.leader.election.enable';
    const after = partitionOf(alter(image, [change(unclean, SET, 'true')]).image);
    expect(after).toMatchObject({ leader: 2, isr: ids(2), leaderRecoveryState: 'recovering' });
    expect(partitionOf(alter(image, [change(unclean, SET, 'false')]).image).leader).toBe(-1);
  });
});

describe('configs that are replaced (AlterConfigs)', () => {
  const replace = (
    image: MetadataImage,
    resources: readonly (readonly [
      name: string,
      configs: Readonly<Record<string, string | null>>,
    ])[],
    validateOnly = false,
  ): { readonly errors: readonly ErrorCode[]; readonly image: MetadataImage } => {
    const asked = resources.map(([resourceName, configs]) => ({
      resourceType: 2,
      resourceName,
      configs: Object.entries(configs).map(([name, to]) => ({ name, value: to })),
    }));
    const command = { type: 'replaceConfigs', resources: asked, validateOnly } as const;
    const { records, response } = replaceConfigs(image, command, rules);
    const after = cloneImage(image);
    for (const record of records) {
      applyRecord(after, record, 1);
    }
    const results = response.type === 'configs' ? response.results : [];
    return { errors: results.map((result) => result.error), image: after };
  };
  const twoSet = (): MetadataImage =>
    setTopicConfig(setTopicConfig(testImage(), 'retention.ms', '1'), 'segment.ms', '2');

  test('are those that are named, and no others', () => {
    const after = replace(twoSet(), [['t', { 'segment.ms': '3', 'retention.bytes': '4' }]]);
    expect(after.errors).toEqual([0]);
    expect([...after.image.configs.get('2:t')!].sort()).toEqual([
      ['retention.bytes', '4'],
      ['segment.ms', '3'],
    ]);
    const none = replace(twoSet(), [['t', {}]]);
    expect(none.errors).toEqual([0]);
    expect(none.image.configs.get('2:t') ?? new Map()).toEqual(new Map());
  });

  test.each<[string, ErrorCode, [string, Record<string, string | null>][]]>([
    ['a null value', 42, [['t', { 'retention.ms': null }]]],
    ['an unknown config', 40, [['t', { nope: '1', 'retention.ms': '9' }]]],
    ['a value of the wrong type', 40, [['t', { 'retention.ms': 'x' }]]],
    ['an unknown topic, also without configs', 3, [['nope', {}]]],
    [
      'a resource that is there twice',
      42,
      [
        ['t', { 'retention.ms': '8' }],
        ['t', {}],
      ],
    ],
  ])('stay where they are after %s', (_, error, resources) => {
    const after = replace(twoSet(), resources);
    expect(after.errors).toEqual([error]);
    expect(value(after.image, 'retention.ms')).toBe('1');
    expect(value(after.image, 'segment.ms')).toBe('2');
  });

  test('are only tried where that is asked', () => {
    const after = replace(twoSet(), [['t', {}]], true);
    expect(after.errors).toEqual([0]);
    expect(value(after.image, 'retention.ms')).toBe('1');
  });

  test('of min.insync.replicas clear the ELR also where the config is left out', () => {
    const led = setTopicConfig(testImage({ isr: ids(1), elr: ids(2) }), 'min.insync.replicas', '2');
    expect(partitionOf(replace(led, [['t', {}]]).image).elr).toEqual([]);
  });
});
