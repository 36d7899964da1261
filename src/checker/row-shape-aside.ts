/** Is the value of a row that is neither send, poll nor transaction what it should be? */

export type Fields = { readonly [name: string]: unknown };

const TOLD: Readonly<Record<string, readonly unknown[]>> = {
  create: [undefined, 'exists'],
  delete: [undefined, 'missing'],
  grow: [undefined, 'missing', 'not more'],
  configure: [undefined, 'missing'],
  read: [undefined],
};

/** What is wrong with the value of a `metadata` row, or null. */
export function metadataProblem(value: unknown): string | null {
  if (!isFields(value) || typeof value.topic !== 'string') {
    return 'the value of metadata is {"op": ..., "topic": ...}';
  }
  const told =
    typeof value.op === 'string' && Object.hasOwn(TOLD, value.op) ? TOLD[value.op] : undefined;
  if (told === undefined) {
    return 'the op of metadata is create, delete, grow, configure or read';
  }
  if (!told.includes(value.told)) {
    return `"told" of ${value.op} cannot be ${JSON.stringify(value.told)}`;
  }
  const { op, partitions, key, state } = value;
  const config =
    op !== 'configure' ||
    (typeof key === 'string' && (value.value === null || typeof value.value === 'string'));
  const size = op !== 'grow' || partitions !== undefined;
  const seen = op !== 'read' || state === undefined || state === null || isTopicState(state);
  return config && size && seen && isTopicState(value)
    ? null
    : `${op} of a topic has a field of a wrong type`;
}

function isTopicState(state: unknown): boolean {
  if (!isFields(state)) {
    return false;
  }
  const { id, partitions, configs } = state;
  return (
    (id === undefined || typeof id === 'string') &&
    (partitions === undefined || isCount(partitions)) &&
    (configs === undefined || (isFields(configs) && isStrings(Object.values(configs))))
  );
}

/** Of `commit`, `committed`, `log-start` and `delete-records`. */
export function offsetsProblem({ f, value, group, generation, instance }: Fields): string | null {
  const ofGroup = f === 'commit' || f === 'committed';
  if (ofGroup && typeof group !== 'string') {
    return `${f} has the name of its "group"`;
  }
  if ((generation !== undefined && !isCount(generation)) || !isInstance(instance)) {
    return `${f as string} has a field of a wrong type`;
  }
  const mayBeNone = f === 'committed';
  return isFields(value) &&
    Object.values(value).every((offset) => isCount(offset) || (mayBeNone && offset === null))
    ? null
    : `the value of ${f as string} is {key: offset, ...}`;
}

function isInstance(instance: unknown): boolean {
  return instance === undefined || typeof instance === 'string';
}

export function ownedProblem({ type, value, group, generation, instance }: Fields): string | null {
  if (type !== 'ok') {
    return 'owned is told as "ok", without an invocation';
  }
  return isStrings(value) &&
    typeof group === 'string' &&
    isCount(generation) &&
    isInstance(instance)
    ? null
    : 'owned has a list of keys (strings), a "group" and a "generation"';
}

export function processedProblem({ type, group }: Fields): string | null {
  if (type !== 'ok') {
    return 'processed is told as "ok", without an invocation';
  }
  return typeof group === 'string' ? null : 'processed has the name of its "group"';
}

export function endsProblem(ends: unknown): string | null {
  return isFields(ends) && Object.values(ends).every(isLogEnd)
    ? null
    : '"ends" is {key: offset or [high watermark, last stable offset], ...}';
}

function isLogEnd(end: unknown): boolean {
  return isCount(end) || (Array.isArray(end) && end.length === 2 && end.every(isCount));
}

/** What a record carries beside its value. */
export function isRecordDetails(details: unknown): boolean {
  if (!isFields(details)) {
    return false;
  }
  const { key, headers, timestamp } = details;
  return (
    (key === undefined || key === null || typeof key === 'string') &&
    (headers === undefined || typeof headers === 'string') &&
    (timestamp === undefined || Number.isSafeInteger(timestamp))
  );
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
