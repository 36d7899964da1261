/**
 * A voter of the code is a node with its directory (KIP-853); to the specification it is a server, a number. Where
 * all that a step speaks of has one directory for each id, these are the same.
 */

import type { ExactMessage, ExactStep, ExactVoter } from '../../../src/trace/exact-raft.js';
import { lastEntry, upTo } from './traced-log.js';
import type { TracedNode } from './traced-node.js';

/** `input` null: a start. `formatted`: the voters of the format. */
export function speaksOfTwoDirectories(
  before: TracedNode,
  input: ExactStep['input'] | null,
  after: TracedNode,
  formatted: readonly ExactVoter[],
): boolean {
  const known = new Map<number, string>();
  const differs = ([id, directory]: ExactVoter): boolean => {
    const first = known.get(id) ?? directory;
    known.set(id, first);
    return first !== directory;
  };
  return [
    ...votersOf(before, formatted),
    ...votersOf(after, formatted),
    ...(input === null ? [] : votersIn(input)),
  ].some(differs);
}

function votersOf(
  { self, state, log, disk }: TracedNode,
  formatted: readonly ExactVoter[],
): ExactVoter[] {
  const { votedFor, progress, catchUp } = state;
  // The one in force, and the newest that is known to be committed: who is removed takes part by that one (4.2.2).
  const configurations = [log, upTo(log, state.commitIndex)].flatMap((each) => {
    const at = lastEntry(each)?.configurationAt ?? -1;
    return each.entries[at]?.voters ?? formatted;
  });
  return [
    self,
    ...configurations,
    ...progress.map(({ id, directory }): ExactVoter => [id, directory]),
    ...[votedFor, disk.votedFor, catchUp?.voter ?? null].filter((voter) => voter !== null),
  ];
}

function votersIn(input: ExactStep['input']): ExactVoter[] {
  if (input.type === 'changeVoters') {
    return [(input.change as unknown as { voter: ExactVoter }).voter];
  }
  if (input.type !== 'message') {
    return [];
  }
  const { from, fromDirectory } = input as unknown as { from: number; fromDirectory: string };
  const { candidate, voter } = input.message as unknown as ExactMessage;
  return [
    [from, fromDirectory],
    ...[candidate, voter].filter((each) => each !== undefined),
  ] as ExactVoter[];
}
