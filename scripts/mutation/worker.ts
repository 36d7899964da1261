/**
 * A process in which mutants are tried one after another, told by number; the first message says what is known of all of
 * them. With ACTIVE_MUTANT in the environment it has that one switched on from before the first line of the code on,
 * and tries only that: its value was made when the code was loaded.
 */

import { join } from 'node:path';
import { argv, env, exit } from 'node:process';
import type { CaseVerdict } from './case-oracle.js';
import { parts, testsOf } from './parts.js';
import { beginRecording, endRecording } from './switch.js';

/** Tests that are quick; lock B; all of it, with a few walks; all tests, without; and with more walks, and searches. */
export type Oracles = 'quick' | 'lock B' | 'all' | 'tests' | 'tests and long walks';

/** Of one mutant. */
export interface Tried {
  readonly mutant: number;
  readonly status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage';
  /** What noticed it. */
  readonly oracle: 'lock B' | 'tests' | null;
  readonly by: string | null;
  /** Lock B was given up before every scope that could tell was asked. */
  readonly isCut: boolean;
}

/** Of all, before any was tried. */
export interface Opened {
  readonly fixed: readonly number[];
  readonly scopes: number;
  readonly states: number;
  readonly cases: number;
  /** Of the processor. */
  readonly seconds: number;
}

const [root, name] = argv.slice(2);
const part = parts.find((each) => each.name === name)!;
const oracles = env.ORACLES as Oracles;
const UNNOTICED: CaseVerdict = { by: null, isEndless: false };
const mirror = join(import.meta.dirname, '../..');

beginRecording();
const { LockOracle } = await import('./lock-oracle.js');
const { CaseOracle, casesOf } = await import('./case-oracle.js');
const { walksOf } = await import('./walks.js');
const files = testsOf(root!, part).map((file) => join(mirror, file.replace(/\.ts$/, '.js')));
const cases = await casesOf(files);
const fixed = [...endRecording().keys()];
if (oracles === 'all' || oracles === 'tests and long walks') {
  cases.push(...walksOf(part.name, oracles !== 'all'));
}

if (env.ACTIVE_MUTANT === undefined) {
  await serve();
} else {
  await tryOne(Number(env.ACTIVE_MUTANT));
}

async function serve(): Promise<void> {
  const began = process.cpuUsage();
  const tests = new CaseOracle();
  await tests.open(cases);
  const lock = new LockOracle();
  if (oracles === 'all' || oracles === 'lock B') {
    await lock.open(part.specifications, Number(env.MOST_STATES ?? part.mostStates));
  }
  process.on('message', async (mutant: number) => {
    const quick = oracles === 'lock B' ? UNNOTICED : await tests.tried(mutant, true);
    if (quick.by !== null) {
      return tell(noticedByTests(mutant, quick, false));
    }
    if (oracles === 'quick') {
      return tell({ mutant, status: 'Survived', oracle: null, by: null, isCut: false });
    }
    const { by, isWhole } = lock.tried(mutant);
    if (by !== null) {
      const status = by.includes('EndlessLoop') ? 'Timeout' : 'Killed';
      return tell({ mutant, status, oracle: 'lock B', by, isCut: false });
    }
    const found = oracles === 'lock B' ? UNNOTICED : await tests.tried(mutant, false);
    const isCovered = lock.covered.has(mutant) || tests.covered.has(mutant);
    const status = isCovered ? 'Survived' : 'NoCoverage';
    tell(
      found.by === null
        ? { mutant, status, oracle: null, by: null, isCut: !isWhole }
        : noticedByTests(mutant, found, !isWhole),
    );
  });
  const { user } = process.cpuUsage(began);
  tell({ seconds: user / 1e6, fixed, ...lock.sizes(), cases: tests.size() });
}

function noticedByTests(mutant: number, { by, isEndless }: CaseVerdict, isCut: boolean): Tried {
  return { mutant, status: isEndless ? 'Timeout' : 'Killed', oracle: 'tests', by, isCut };
}

/** What fails while the code is loaded ends the process, which is noticed as well. */
async function tryOne(mutant: number): Promise<void> {
  let by: string | null = null;
  for (const { name: test, run } of cases) {
    try {
      await run();
    } catch {
      by = test;
      break;
    }
  }
  const status = by === null ? 'Survived' : 'Killed';
  tell({ mutant, status, oracle: by === null ? null : 'tests', by, isCut: false });
  process.disconnect();
  exit(0);
}

function tell(message: Opened | Tried): void {
  process.send!(message);
}
