/** What terminal and page both say in the same words. */

import type { AnomalyName, Verdict } from '../checker/result.js';
import type { Row } from '../history/rows.js';
import { isAttempt, isOperation, type MicroOperation } from '../history/rows.js';

/** `count` with thousands separators, as in `12,345`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `count` of `noun`, in the plural unless it is one. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** The verdict as a headline. */
export function verdictWords(verdict: Verdict): string {
  switch (verdict) {
    case 'valid':
      return 'Valid: the history holds';
    case 'invalid':
      return 'Invalid: the system broke its promise';
    case 'inconclusive':
      return 'Inconclusive: nothing is proved';
  }
}

const MEANINGS: Readonly<Record<AnomalyName, string>> = {
  'lost-write': 'an acknowledged record was passed over by later reads',
  duplicate: 'one record stands at several offsets',
  'inconsistent-offsets': 'one offset holds different records',
  'nonmonotonic-poll': 'a consumer went back',
  'poll-skip': 'a consumer skipped records between two polls',
  'int-nonmonotonic-poll': 'a consumer went back within one operation',
  'int-poll-skip': 'a consumer skipped records within one operation',
  'int-send-skip': 'records of others stand between the sends of one operation',
  'nonmonotonic-send': 'sends of one process stand in the wrong order',
  'int-nonmonotonic-send': 'sends of one operation stand in the wrong order',
  G1a: 'a record was read whose send had failed for certain',
  unseen: 'acknowledged records were never read',
  'precommitted-read': 'an operation read its own uncommitted record',
  phantom: 'a record was read that nobody sent',
  'append-order': 'acknowledged appends stand against real-time order',
  G0: 'writes of transactions stand in a circle of orders',
  G1c: 'transactions saw each other in a circle',
  'G0-realtime': 'writes stand in a circle with real time',
  'G1c-realtime': 'transactions saw each other in a circle with real time',
  'PL-1-cycle-exists': 'some circle of writes exists',
  'PL-2-cycle-exists': 'some circle of writes and reads exists',
  'strong-PL-1-cycle-exists': 'some circle of writes and real time exists',
  'strong-PL-2-cycle-exists': 'some circle of writes, reads and real time exists',
  'empty-transaction-graph': 'no operation depends on another: nothing is proved',
  'cycle-search-timeout': 'the search for circles was stopped: nothing is proved',
  'torn-read': 'a committed transaction was seen in part only',
  'g-single': 'a circle with one missed write: a reader saw the effects of what it missed',
  g2: 'a circle with several missed writes',
  'exactly-once': 'a consumed record was processed twice, or not at all',
  'nonlinearizable-metadata': 'no order of the operations on a topic explains what was answered',
  'commit-regression': 'a group was told an older position than the one it had committed',
  'double-ownership': 'one key belonged to two consumers of a group in one generation',
  'zombie-commit': 'a commit was accepted from a member that was already replaced',
  'processed-twice': 'a group that promises at most once processed a record again',
  'never-processed': 'a group that promises at least once passed a record over',
  'read-your-writes': 'a client was shown a log without what it had appended itself',
  'monotonic-reads': 'a client was shown less of a log than before',
  'consistent-prefix': 'a client had read an effect and was shown a log without its cause',
  'record-damage': 'a record came back with another key, headers or timestamp',
  'below-log-start': 'a deleted record was read',
  'compaction-loss': 'compaction removed the newest record of a key',
  'stuck-transaction': 'a transaction stayed open for longer than any may',
};

/** What the anomaly `name` means, in a few words; empty where none are known. */
export function meaningOf(name: string): string {
  return (MEANINGS as Readonly<Record<string, string>>)[name] ?? '';
}

/** The value of a row in words: `send 4: 17 @ 5`, `poll 4: 17 @ 5, 18 @ 6`. */
export function valueWords(row: Row): string {
  if (!isOperation(row) && !isAttempt(row)) {
    return row.value === null ? '' : JSON.stringify(row.value);
  }
  return (row.value ?? []).map((micro) => microWords(micro, row.type === 'invoke')).join('; ');
}

function microWords(micro: MicroOperation, isInvoke: boolean): string {
  if (micro[0] === 'send') {
    const [, key, sent] = micro;
    if (typeof sent === 'number' || typeof sent === 'string') {
      return isInvoke ? `send to ${key}: ${sent}` : `send to ${key}: ${sent}, not done`;
    }
    const where = sent[0] === null ? '' : ` @ ${sent[0]}`;
    return `send to ${key}: ${sent[1]}${where}`;
  }
  const polled = Object.entries(micro[1] ?? {});
  if (polled.length === 0) {
    return 'poll';
  }
  return polled
    .map(([key, records]) => {
      const told = records.map(([offset, value]) => `${value} @ ${offset}`);
      return `poll of ${key}: ${told.join(', ')}`;
    })
    .join('; ');
}
