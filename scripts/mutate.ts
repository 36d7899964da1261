/**
 * Changes the step functions of the core in every place and asks whether lock B or a test notices: mutation testing.
 *
 * npm run mutate -- [--only PATH,PATH] [--resume] [--quick | --lock | --again | --thorough | --report] [--plain] [--update]
 *                   [--workers N] [--minimum PERCENT]
 *
 * The mutants are Stryker's, all of them built into one mirror of the code and switched on one after another
 * (docs/mutants.md says how, and what is found). A mutant that nothing comes by counts as a survivor, and so does one
 * that Stryker was told to ignore, or that was not tried.
 *
 * `--only`: files whose path contains one of these, or lines of a file (`src/core/raft/rules.ts:10-20`). `--resume`:
 * what was found is taken as it is where the file is the same as then, and so are the tests and what lock B is to find.
 * First the quick tests are asked, then, of what they did not notice, lock B and all tests; `--quick`: the quick tests only,
 * `--lock`: lock B only. `--again`: survivors are tried on all tests as they are now; `--thorough`: and on more walks, and
 * searches of the explorer's scopes. `--report`: nothing is tried.
 * `--update`: writes what is known into scripts/mutation/figures.json, of which `npm run docs` makes the page. `--plain`:
 * Stryker and vitest are asked about the same mutants, slowly, and what only they notice is told.
 * Exit status: 0 at least PERCENT (90) of all were noticed, 1 fewer, or one that only Stryker and vitest notice,
 * 2 an oracle fails with no mutant, or nothing was tried.
 */

import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exit, pid, stderr } from 'node:process';
import { endUnusable } from '../src/cli/errors.js';
import { parseNumber } from '../src/cli/values.js';
import { flagsOf, usable } from './command.js';
import type { Mutant } from './mutants.js';
import { tryAll } from './mutation/crew.js';
import { updateFigures } from './mutation/figures.js';
import { digest, digestsAfter, isCurrent, oracleOf, type Row, readRows } from './mutation/kept.js';
import { ROOT, writeMirror } from './mutation/mirror.js';
import { filesOf, type Part, parts } from './mutation/parts.js';
import { comparedWithPlain } from './mutation/plain.js';
import type { Oracles, Tried } from './mutation/worker.js';
import { areEnough, tell } from './stryker.js';

/** With `--quick` it is not known whether anything else notices it. */
const UNTRIED = { oracle: null, by: null, isCut: true };

const { values } = flagsOf({
  options: {
    only: { type: 'string', default: 'src/core' },
    resume: { type: 'boolean', default: false },
    lock: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
    thorough: { type: 'boolean', default: false },
    plain: { type: 'boolean', default: false },
    update: { type: 'boolean', default: false },
    workers: { type: 'string', default: '2' },
    minimum: { type: 'string', default: '90' },
  },
});
const isAgain = values.again || values.thorough;
const minimum = usable(() => parseNumber('--minimum', values.minimum, 0, 100));
const workers = usable(() => parseNumber('--workers', values.workers, 1, 16));
const wanted = values.only.split(',');
const all: (Mutant & Row)[] = [];
let differing = 0;
for (const part of parts) {
  const found = await tryPart(part);
  all.push(...found);
  if (values.plain && found.length > 0) {
    differing += comparedWithPlain(part, targetsOf(found), found);
  }
}
if (all.length === 0) {
  endUnusable(`--only: no step function is in '${values.only}'`);
}
tell(all, undefined);
if (values.update) {
  updateFigures(all);
}
exit(areEnough(all, minimum) && differing === 0 ? 0 : 1);

/** Files, or the lines of them that are asked for. */
function targetsOf(found: readonly Mutant[]): string[] {
  const files = new Set(found.map(({ file }) => file));
  return [...files].flatMap((file) => {
    const lines = wanted.filter((each) => each.startsWith(`${file}:`));
    return lines.length > 0 ? lines : [file];
  });
}

async function tryPart(part: Part): Promise<(Mutant & Row)[]> {
  const files = filesOf(ROOT, part).filter((file) =>
    wanted.some((each) => file.includes(each) || each.startsWith(`${file}:`)),
  );
  if (files.length === 0) {
    return [];
  }
  const folder = join(ROOT, '.stryker-tmp', `mirror-${part.name}-${pid}`);
  const mutants = await writeMirror(folder, files);
  const kept = join(ROOT, '.stryker-tmp', `mutants-${part.name}.jsonl`);
  const sources = new Map(
    files.map((file) => [file, digest(readFileSync(join(ROOT, file), 'utf8'))]),
  );
  const goesOn = values.resume || values.report || isAgain;
  const known = goesOn ? readRows(kept, new Set(sources.values())) : new Map<string, Row>();
  mkdirSync(dirname(kept), { recursive: true });
  if (!goesOn) {
    rmSync(kept, { force: true });
  }
  const oracle = oracleOf(ROOT, part);
  const current = ({ name, file }: Mutant): Row | undefined => {
    const row = known.get(name);
    return row !== undefined && isCurrent(row, sources.get(file)!, oracle) ? row : undefined;
  };
  const isKnown = (mutant: Mutant): boolean => {
    const row = current(mutant);
    return row !== undefined && !(isAgain && missed(row));
  };
  const asked = mutants.flatMap((mutant, at) => (isWanted(mutant) ? [at] : []));
  const open = asked.filter((at) => !isKnown(mutants[at]!));
  stderr.write(`${part.name}: ${asked.length} mutants, ${open.length} of them to try\n`);
  const began = performance.now();
  const keep = ({ mutant, ...rest }: Tried, oracles: Oracles): void => {
    const { name, file } = mutants[mutant]!;
    const before = known.get(name);
    const digests = digestsAfter(oracles, oracle, before);
    const row = { name, source: sources.get(file)!, ...digests, ...merged(rest, before) };
    known.set(name, row);
    appendFileSync(kept, `${JSON.stringify(row)}\n`);
  };
  const tryWith = (oracles: Oracles, left: readonly number[]): Promise<boolean> => {
    let done = 0;
    return tryAll(left, {
      mirror: folder,
      root: ROOT,
      part: part.name,
      workers,
      oracles,
      opened: ({ scopes, states, cases, fixed, seconds }) => {
        const known = `${scopes} scopes with ${states} states are as written down, ${cases} tests pass`;
        const first = `${fixed.length} mutants are switched on from the start`;
        const cost = `${Math.round(seconds)} s of the processor`;
        stderr.write(`${oracles}, with no mutant: ${known}; ${first} (${cost})\n`);
      },
      told: (tried) => {
        if (oracles !== 'quick' || tried.oracle !== null) {
          keep(tried, oracles);
        }
        if (++done % 50 === 0) {
          const seconds = Math.round((performance.now() - began) / 1000);
          stderr.write(`${done} of ${left.length} after ${seconds} s\n`);
        }
      },
    });
  };
  let isSound = values.lock || values.report || (await tryWith('quick', open));
  const left = open.filter((at) => !isKnown(mutants[at]!));
  if (isSound && left.length > 0 && !values.quick && !values.report) {
    const more = values.lock
      ? 'lock B'
      : values.thorough
        ? 'tests and long walks'
        : values.again
          ? 'tests'
          : 'all';
    isSound = await tryWith(more, left);
  }
  rmSync(folder, { recursive: true, force: true });
  if (!isSound) {
    stderr.write('an oracle fails with no mutant switched on\n');
    exit(2);
  }
  return asked.map(
    (at) => ({ ...UNTRIED, ...mutants[at]!, ...current(mutants[at]!) }) as Mutant & Row,
  );
}

/** What tests alone found, after what everything found before. */
function merged(found: Omit<Tried, 'mutant'>, before: Row | undefined): Omit<Tried, 'mutant'> {
  if (!isAgain || before === undefined) {
    return found;
  }
  const { isCut } = before;
  return found.status === 'NoCoverage'
    ? { ...found, status: before.status, isCut }
    : { ...found, isCut };
}

function missed({ status }: Row): boolean {
  return status === 'Survived' || status === 'NoCoverage';
}

function isWanted({ file, from }: Mutant): boolean {
  return wanted.some((each) => {
    const [path, lines] = each.split(':');
    const [first, last] = (lines ?? '1-1000000').split('-').map(Number);
    return file.includes(path!) && from.line >= first! && from.line <= (last ?? first!);
  });
}
