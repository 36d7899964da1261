/**
 * The metadata of one topic as a sequential object. Topics are independent of one another, so each is
 * judged alone (P-compositionality: a history is linearizable if and only if it is for every object in it).
 */

import type { MetadataValue, TopicState } from '../../history/rows.js';
import type { Model, Moment } from './search.js';

/** A topic that exists; what nobody was told about it yet is null, and taken from whoever is told first. */
interface ThereIs {
  readonly id: string | null;
  readonly partitions: number | null;
  /** All that are set on it, by name. */
  readonly configs: Configs;
}

type Configs = Readonly<Record<string, string>>;

/** `null`-like: there is no such topic. */
const NO_TOPIC = 'no topic';

export type TopicHistoryState = ThereIs | typeof NO_TOPIC;

/**
 * A change of a config that may take effect once more than it was asked for: the broker that was asked
 * repeats it at the next controller where the first one gave no clear answer (KIP-590), and setting a
 * value succeeds every time. Whatever else is done twice is refused the second time.
 */
export interface RepeatedChange {
  readonly key: string;
  /** null: not set any more. */
  readonly value: string | null;
  readonly called: number;
  /** Infinity: it got no answer, and may take effect at any time from its call on, or never. */
  readonly returned: number;
}

/**
 * What a topic may answer. What changes of `repeated` did shows where somebody reads it, and nowhere
 * else: so a read takes the value of one that may stand before it, and no search has to place it.
 */
export class TopicModel implements Model<TopicHistoryState, MetadataValue> {
  readonly initial: TopicHistoryState = NO_TOPIC;
  private readonly repeated: readonly RepeatedChange[];
  private readonly keys = new WeakMap<ThereIs, string>();

  constructor(repeated: readonly RepeatedChange[]) {
    this.repeated = repeated;
  }

  step(state: TopicHistoryState, value: MetadataValue, moment: Moment): TopicHistoryState | null {
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
        return value.state === undefined ? state : this.read(state, value.state, moment);
    }
  }

  key(state: TopicHistoryState): string {
    if (state === NO_TOPIC) {
      return NO_TOPIC;
    }
    let key = this.keys.get(state);
    if (key === undefined) {
      key = keyOf(state);
      this.keys.set(state, key);
    }
    return key;
  }

  private read(state: TopicHistoryState, seen: TopicState | null, moment: Moment): Next {
    if (seen === null || state === NO_TOPIC) {
      return seen === null && state === NO_TOPIC ? state : null;
    }
    const same = withId(state, seen.id);
    if (same === null) {
      return null;
    }
    const partitions = seen.partitions ?? same.partitions;
    if (same.partitions !== null && partitions !== same.partitions) {
      return null;
    }
    const configs = seen.configs ?? same.configs;
    const isSame = isSubset(configs, same.configs) && isSubset(same.configs, configs);
    if (!isSame && !this.wereSetAgain(same.configs, configs, moment)) {
      return null;
    }
    // The same object where nothing is new: its key is known.
    return isSame && partitions === same.partitions ? same : { ...same, partitions, configs };
  }

  /** Whether repeated changes at `moment` make `seen` of `configs`. */
  private wereSetAgain(configs: Configs, seen: Configs, { after, before }: Moment): boolean {
    const names = new Set([...Object.keys(configs), ...Object.keys(seen)]);
    return [...names].every(
      (name) =>
        configs[name] === seen[name] ||
        this.repeated.some(
          ({ key, value, called, returned }) =>
            key === name && value === (seen[name] ?? null) && called < before && returned > after,
        ),
    );
  }
}

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
  if (state === NO_TOPIC) {
    return told === 'missing' ? state : null;
  }
  if (told === 'missing') {
    // Asked by its id, it is missing too while another one has its name.
    return id !== undefined && state.id !== id ? state : null;
  }
  return withId(state, id) === null ? null : NO_TOPIC;
}

function grown(state: TopicHistoryState, { told, partitions }: Of<'grow'>): Next {
  if (state === NO_TOPIC) {
    return told === 'missing' ? state : null;
  }
  if (told === 'missing') {
    return null;
  }
  const isMore = partitions > (state.partitions ?? 0);
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

function isSubset(part: Configs, whole: Configs): boolean {
  for (const name in part) {
    if (part[name] !== whole[name]) {
      return false;
    }
  }
  return true;
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

function configsKey(configs: Configs): string {
  const names = Object.keys(configs).sort();
  return JSON.stringify(names.map((name) => [name, configs[name]]));
}
