/**
 * Topics whose metadata a trial changes and reads. All threads share them and what is believed of them: only
 * a guess at what makes sense next, of which no judge hears.
 */

import type { MetadataValue } from '../../src/history/rows.js';
import type { Random } from '../random.js';

/** Operations on metadata without reads. */
export type MetadataChange = Exclude<MetadataValue, { op: 'read' }>;

/** What a topic is believed to be. */
interface Belief {
  /** Missing: nobody has read it yet. */
  readonly id?: string;
  readonly partitions: number;
}

export interface SharedTopic {
  readonly name: string;
  /** Null: there is none; undefined: nobody knows. */
  believed: Belief | null | undefined;
  operations: number;
  /** Changes with an unknown outcome. */
  unknown: number;
}

/** Topics that are worked on at a time. */
const AT_A_TIME = 3;
/**
 * How much one name may see. A change without an outcome may take effect at any later time, so each one makes
 * the judge's search for an order longer and lets it excuse more; a fresh name starts without them.
 */
const OPERATIONS_MOST = 120;
const UNKNOWN_MOST = 6;
const PARTITIONS_MOST = 6;
/** Of no effect on topics without records. */
const HARMLESS_CONFIGS = ['delete.retention.ms', 'file.delete.delay.ms', 'segment.ms'] as const;

export class MetadataTopics {
  private readonly all: SharedTopic[] = [];
  private readonly current: SharedTopic[] = [];

  constructor() {
    for (let count = 0; count < AT_A_TIME; count++) {
      this.current.push(this.fresh());
    }
  }

  /** Every name that was ever worked on. */
  names(): readonly string[] {
    return this.all.map(({ name }) => name);
  }

  pick(random: Random): SharedTopic {
    return random.pick(this.current);
  }

  /** Another name takes the place of one that has seen enough; true if this one just had to go. */
  retire(topic: SharedTopic): boolean {
    const place = this.current.indexOf(topic);
    const isWorn = topic.operations >= OPERATIONS_MOST || topic.unknown >= UNKNOWN_MOST;
    if (place < 0 || !isWorn) {
      return false;
    }
    this.current[place] = this.fresh();
    return true;
  }

  private fresh(): SharedTopic {
    const name = `meta-${this.all.length + 1}`;
    const topic = { name, believed: null, operations: 0, unknown: 0 };
    this.all.push(topic);
    return topic;
  }
}

/** A change that makes sense if the topic is as it is believed to be; null: it is to be read first. */
export function drawChange(
  { name: topic, believed }: SharedTopic,
  random: Random,
): MetadataChange | null {
  if (believed === undefined) {
    return null;
  }
  if (believed === null) {
    const configs = random.oneIn(2) ? { [drawConfig(random)]: drawValue(random) } : {};
    return { op: 'create', topic, partitions: random.between(1, 2), configs };
  }
  const draw = random.below(10);
  if (draw < 5) {
    const value = random.oneIn(4) ? null : drawValue(random);
    return { op: 'configure', topic, key: drawConfig(random), value };
  }
  const { id, partitions } = believed;
  if (draw < 8 && partitions < PARTITIONS_MOST) {
    return { op: 'grow', topic, partitions: partitions + random.between(1, 2) };
  }
  return deletion(topic, id);
}

/** By its id, where that is known: a request that comes late deletes no later topic of that name. */
export function deletion(topic: string, id: string | undefined): MetadataChange {
  return { op: 'delete', topic, ...(id === undefined ? {} : { id }) };
}

/** What the topic is believed to be after a change that was acknowledged. */
export function believedAfter(topic: SharedTopic, change: MetadataChange): SharedTopic['believed'] {
  switch (change.op) {
    case 'create':
      return { partitions: change.partitions ?? 1 };
    case 'delete':
      return null;
    case 'grow':
      return topic.believed && { ...topic.believed, partitions: change.partitions };
    case 'configure':
      return topic.believed;
  }
}

function drawConfig(random: Random): string {
  return random.pick(HARMLESS_CONFIGS);
}

/** Mostly another one than before: what was read tells which change it saw. */
function drawValue(random: Random): string {
  return String(random.between(100_000, 999_999));
}
