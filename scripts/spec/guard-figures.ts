/** What breaking each guard shows, as it is written down in spec/guards.json; and why nothing tells of some. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuardVerdict } from './guard-mutants.js';
import { SPEC_FOLDER } from './plans.js';

const FILE = join(SPEC_FOLDER, 'guards.json');

/** As a specification fails that asks a list for what it does not have. */
export const REACHES = 'reaches for what is not there';

/** By the name of the specification, in the order of the text. */
export type AllGuards = Readonly<Record<string, readonly GuardVerdict[]>>;

export function readGuards(): AllGuards {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as AllGuards) : {};
}

/** A guard is a line, so that changes can be read. */
export function writeGuards(all: AllGuards): void {
  const specifications = Object.entries(all).map(([name, verdicts]) => {
    const lines = verdicts.map((verdict) => `    ${JSON.stringify(verdict)}`);
    return `  ${JSON.stringify(name)}: [\n${lines.join(',\n')}\n  ]`;
  });
  writeFileSync(FILE, `{\n${specifications.join(',\n')}\n}\n`);
}

/** By specification, definition and text: guards of which nothing tells, and why that is right. */
const SILENT: Readonly<Record<string, string>> = {
  'producer: reconnect: not(client.fenced)':
    'who is shut out has nothing under way any more, so the condition before it fails (a second line of defence)',
  'producer: timeOutBatch: not(client.fenced)':
    'who is shut out has nothing under way any more, so the condition before it fails (a second line of defence)',
  'producer: bumpEpoch: not(client.fenced)':
    'who is shut out has nothing under way any more, so the condition before it fails (a second line of defence)',
  'producer: handleProduce: length(queues.get(life)) > 0':
    'only lives that have something in their queue are chosen',
  'producer: restart: id == leader':
    'what is known of producers is what the log says, so the two restarts differ only in what the leader loses, and an edge does not name its replica: both results are there, with the replicas changed over. Lock B compares the replica as well',
  'producer: takeSnapshot: length(replicas.get(id).log) > 0':
    'no snapshot is of less than nothing, so the next condition says the same',
  'producer: precedes: distance > 0':
    'the sequence that is the oldest remembered one is known before this is asked',
  'producer: acceptSequence: kept.first == batch.first':
    'batches of an epoch that end alike begin alike, but after 2^31 sequences',
  'producer: acceptSequence: kept.last == batch.last':
    'batches of an epoch that begin alike end alike, but after 2^31 sequences',
  'producer: acceptSequence: precedes(scope, batch.last, state.batches[0].first)':
    'a batch that begins before the oldest remembered one ends before it, too',
  'producer: acceptSequence: precedes(scope, batch.first, state.batches[0].first)':
    'a batch that ends before the oldest remembered one begins before it, too',
};

export function reasonOf(
  specification: string,
  { definition, guard }: Pick<GuardVerdict, 'definition' | 'guard'>,
): string | undefined {
  return SILENT[`${specification}: ${definition}: ${guard}`];
}
