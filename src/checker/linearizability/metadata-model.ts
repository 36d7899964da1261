/**
 * The metadata of one topic as a sequential object. Topics are independent of one another, so each is
 * judged alone (P-compositionality: a history is linearizable if and only if it is for every object in it).
 */

import type { MetadataValue, TopicState } from '../../history/rows.js';
import type { Model } from './search.js';

/** A topic that exists; what nobody was told about it yet is null, and taken from whoever is told first. */
interface ThereIs {
  readonly id: string | null;
  readonly partitions: number | null;
  /** All that are set on it, by name. */
  readonly configs: Readonly<Record<string, string>>;
}

/** `null`-like: there is no such topic. */
const NO_TOPIC = 'no topic';

export type TopicHistoryState = ThereIs | typeof NO_TOPIC;

/** What a topic may answer. */
export const topicModel: Model<TopicHistoryState, MetadataValue> = {
  initial: NO_TOPIC,
  step(state, value) {
    switch (value.op) {
      case 'create':
        return created(state, value);
      case 'delete':
        return deleted(state, value);
      case 'grow':
        return grown(state, value);
      case 'configure':
        return configured(state, value);
      case 'read':
        return value.state === undefined ? state : read(state, value.state);
    }
  },
  key: (state) => (state === NO_TOPIC ? NO_TOPIC : keyOf(state)),
};

/** In words, for a finding. */
export function describeTopic(state: TopicHistoryState): string {
  if (state === NO_TOPIC) {
    return 'there is no such topic';
  }
  const { id, partitions, configs } = state;
  const set = Object.entries(configs).map(([name, value]) => `${name}=${value}`);
  return [
    'it exists',
    ...(id === null ? [] : [`with id ${id}`]),
    ...(partitions === null ? [] : [`${partitions} partitions`]),
    ...set,
  ].join(', ');
}

type Of<Op extends MetadataValue['op']> = Extract<MetadataValue, { op: Op }>;
type Next = TopicHistoryState | null;

function created(state: TopicHistoryState, { told, id, partitions, configs }: Of<'create'>): Next {
  if (told === 'exists') {
    return state === NO_TOPIC ? null : state;
  }
  return state === NO_TOPIC
    ? { id: id ?? null, partitions: partitions ?? null, configs: configs ?? {} }
    : null;
}

function deleted(state: TopicHistoryState, { told, id }: Of<'delete'>): Next {
  if (told === 'missing') {
    // Asked by its id, it is missing too while another one has its name.
    const other = state !== NO_TOPIC && id !== undefined && state.id !== id;
    return state === NO_TOPIC || other ? state : null;
  }
  return state === NO_TOPIC || withId(state, id) === null ? null : NO_TOPIC;
}

function grown(state: TopicHistoryState, { told, partitions }: Of<'grow'>): Next {
  if (state === NO_TOPIC) {
    return told === 'missing' ? state : null;
  }
  if (told === 'missing') {
    return null;
  }
  const isMore = state.partitions === null || partitions > state.partitions;
  if (told === 'not more') {
    // Of a topic whose size nobody was told it may be true.
    return state.partitions === null || !isMore ? state : null;
  }
  return isMore ? { ...state, partitions } : null;
}

function configured(state: TopicHistoryState, { told, key, value }: Of<'configure'>): Next {
  if (state === NO_TOPIC) {
    return told === 'missing' ? state : null;
  }
  if (told === 'missing') {
    return null;
  }
  const { [key]: _, ...configs } = state.configs;
  return { ...state, configs: value === null ? configs : { ...configs, [key]: value } };
}

function read(state: TopicHistoryState, seen: TopicState | null): Next {
  if (seen === null || state === NO_TOPIC) {
    return seen === null && state === NO_TOPIC ? state : null;
  }
  const same = withId(state, seen.id);
  if (same === null) {
    return null;
  }
  const { partitions, configs } = seen;
  if (partitions !== undefined && same.partitions !== null && partitions !== same.partitions) {
    return null;
  }
  if (configs !== undefined && configsKey(configs) !== configsKey(same.configs)) {
    return null;
  }
  return { ...same, partitions: partitions ?? same.partitions };
}

function withId(state: ThereIs, id: string | undefined): ThereIs | null {
  if (id === undefined || state.id === id) {
    return state;
  }
  return state.id === null ? { ...state, id } : null;
}

function keyOf({ id, partitions, configs }: ThereIs): string {
  return JSON.stringify([id, partitions, configsKey(configs)]);
}

function configsKey(configs: Readonly<Record<string, string>>): string {
  const names = Object.keys(configs).sort();
  return JSON.stringify(names.map((name) => [name, configs[name]]));
}
