/**
 * The public API: what package.json exports is there, typed, and has the shape that users rely on. A
 * change of this list is a change that users notice.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

interface Target {
  readonly types: string;
  readonly default: string;
}
const { exports: targets } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  exports: Readonly<Record<string, Target | string>>;
};

const VALUES: Readonly<Record<string, readonly string[]>> = {
  './cluster': ['LocalCluster'],
  './checker': ['FINAL_PHASE', 'check', 'createChecker'],
  './checker/stream': ['checkStream'],
  './checker/read': ['createReader'],
  './checker/result': ['ANOMALY_NAMES', 'UnusableHistoryError', 'exitStatus'],
  './history': [
    'isAssignment',
    'isAttempt',
    'isCrash',
    'isMetadata',
    'isNemesis',
    'isOffsets',
    'isOperation',
    'isOwned',
    'isProcessed',
  ],
  './client': ['Client', 'EARLIEST_TIMESTAMP', 'LATEST_TIMESTAMP'],
  './raft': ['stepRaft'],
  './raft/state': ['cloneRaft', 'encodeRaft', 'equalRaft', 'sortedIds', 'startRaft'],
  './raft/rules': ['raftRules', 'sameVoter'],
  './raft/types': [],
  './partition': ['stepPartition'],
  './partition/types': [],
  './controller/types': [],
  './decider': ['initialDecider', 'stepDecider'],
  './groups': ['initialGroups', 'stepGroups'],
  './groups/types': [],
  './simulator': ['run'],
  './simulator/generate': ['describeScenario', 'describeSeed', 'generateScenario'],
  './simulator/scenario': [],
  './simulator/shrink': ['NotReproducedError', 'shrink', 'sizeOf'],
  './bugs': ['allBugs', 'findBug', 'withBugs'],
};

describe('exports', () => {
  test.each(Object.entries(targets).filter(([, target]) => typeof target !== 'string'))(
    '%s is built and typed',
    (_name, target) => {
      const { types, default: code } = target as Target;
      expect(existsSync(join(ROOT, types))).toBe(true);
      expect(existsSync(join(ROOT, code))).toBe(true);
    },
  );

  test.each(Object.entries(VALUES))('%s has its shape', async (name, values) => {
    const target = targets[name] as Target;
    const module = (await import(join(ROOT, target.default))) as object;
    expect(Object.keys(module).sort()).toEqual([...values].sort());
  });
});
