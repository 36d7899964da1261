/** The core imports nothing, so its machines have lists of error codes of their own: they must be Kafka's. */

import { expect, test } from 'vitest';
import { GroupError } from '../src/core/coordinator/errors.js';
import * as metadata from '../src/core/metadata/error-codes.js';
import * as partition from '../src/core/partition/errors.js';
import { ErrorCode } from '../src/protocol/errors.js';

test.each(Object.entries({ metadata, partition, groups: GroupError }))(
  'the error codes of %s have the numbers of the protocol',
  (_name, listed) => {
    const codes: Readonly<Record<string, number>> = ErrorCode;
    const entries = Object.entries(listed);
    expect(entries.length).toBeGreaterThan(10);
    for (const [name, number] of entries) {
      expect([name, number]).toEqual([name, codes[name]]);
    }
  },
);
