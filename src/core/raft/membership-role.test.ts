/** Who may stand for election while the voters change, and what it costs to ask. */

import { describe, expect, test } from 'vitest';
import { takesPart } from './membership-role.js';
import { raftRules } from './rules.js';
import { entry, voter } from './test-node.js';
import type { Entry } from './types.js';

const before = { voters: [1, 2, 3].map((id) => voter(id)) };
const after = { voters: [1, 2].map((id) => voter(id)) };
const snapshot = { index: 0, term: 0, configuration: before, data: new Uint8Array(0) };
const change: Entry = { ...entry(2, 1), kind: 'configuration', configuration: after };

/** Node `self` holds three entries, of which the second takes the vote from node 3. */
const standing = (
  self: number,
  commitIndex: number,
  entries = [entry(1, 1), change, entry(3, 1)],
) =>
  ({
    self: voter(self),
    configuration: after,
    configurationIndex: 2,
    commitIndex,
    snapshot,
    entries,
  }) as never as Parameters<typeof takesPart>[0];

describe('who takes part in elections', () => {
  test('is a voter of the configuration in force, and one that was removed until that is committed (4.2.2)', () => {
    expect([1, 2, 3, 4].map((id) => takesPart(standing(id, 1), raftRules))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect([2, 3].map((commitIndex) => takesPart(standing(3, commitIndex), raftRules))).toEqual([
      false,
      false,
    ]);
  });

  test('is known without a look at the log, once the configuration is committed', () => {
    // A learner is asked with every message of the leader, and its log may be long.
    const unread = new Proxy<Entry[]>([], {
      get: () => {
        throw new Error('the log was read');
      },
    });
    expect(() => takesPart(standing(3, 1, unread), raftRules)).toThrow('the log was read');
    for (const commitIndex of [2, 3]) {
      expect(takesPart(standing(3, commitIndex, unread), raftRules)).toBe(false);
    }
  });
});
