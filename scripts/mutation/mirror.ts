/**
 * The sources once more, as JavaScript, with all mutants of some files in them: Stryker's instrumenter puts each behind
 * a switch. Whatever imports `vitest` gets a runner of our own there, so that tests are plain functions.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import type { Mutant } from '../mutants.js';
import { mutantsOf } from '../mutants.js';

export const ROOT: string = join(import.meta.dirname, '../..');
const FOLDERS: readonly string[] = ['src', 'model-tests', 'scripts'];
const RUNNER = 'scripts/mutation/runner.js';
const SWITCH = 'scripts/mutation/switch.js';

interface Place {
  readonly line: number;
  readonly column: number;
}

interface Instrumented {
  readonly files: readonly { readonly name: string; readonly content: string }[];
  readonly mutants: readonly {
    readonly id: string;
    readonly fileName: string;
    readonly mutatorName: string;
    readonly replacement: string;
    readonly status?: string;
    readonly location: { readonly start: Place; readonly end: Place };
  }[];
}

type Instrument = (
  files: readonly { name: string; mutate: true; content: string }[],
  options: {
    plugins: null;
    excludedMutations: readonly string[];
    ignorers: readonly never[];
    noHeader: true;
  },
) => Promise<Instrumented>;

/** Writes the mirror into `folder` and gives the mutants of `files`; the number of each is its place. */
export async function writeMirror(folder: string, files: readonly string[]): Promise<Mutant[]> {
  const instrument = await instrumenter();
  const { files: made, mutants } = await instrument(
    files.map((name) => ({ name, mutate: true, content: readFileSync(join(ROOT, name), 'utf8') })),
    { plugins: null, excludedMutations: [], ignorers: [], noHeader: true },
  );
  const places = new Map(mutants.map(({ id }, at) => [id, at]));
  const contents = new Map(
    made.map(({ name, content }) => [name, numbered(name, content, places)]),
  );
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}\n');
  for (const shared of ['spec', 'docs']) {
    symlinkSync(join(ROOT, shared), join(folder, shared));
  }
  await Promise.all(
    FOLDERS.flatMap(sourcesIn).map((name) => writeSource(folder, name, contents.get(name))),
  );
  return mutants.map((mutant) => asReported(mutant, files));
}

function asReported(
  { fileName, location, ...rest }: Instrumented['mutants'][number],
  files: readonly string[],
): Mutant {
  const file = files.find((each) => fileName.endsWith(each))!;
  // The instrumenter counts from 0, reports count from 1.
  const start = { line: location.start.line + 1, column: location.start.column + 1 };
  const end = { line: location.end.line + 1, column: location.end.column + 1 };
  const source = readFileSync(join(ROOT, file), 'utf8');
  const reported = { ...rest, status: rest.status ?? 'Pending', location: { start, end } };
  return mutantsOf({ files: { [file]: { source, mutants: [reported] } } })[0]!;
}

/** It comes with Stryker, and no package of ours names it. */
async function instrumenter(): Promise<Instrument> {
  const stryker = createRequire(import.meta.url).resolve('@stryker-mutator/core');
  const path = createRequire(stryker).resolve('@stryker-mutator/instrumenter');
  const { Instrumenter } = await import(pathToFileURL(path).href);
  const silent = { debug: ignore, info: ignore, warn: ignore, isDebugEnabled: () => false };
  const made = new Instrumenter(silent);
  return (...given) => made.instrument(...given);
}

function ignore(): void {}

/** The code with numbers for the mutants, and with our switch. */
function numbered(name: string, content: string, places: ReadonlyMap<string, number>): string {
  const number = (id: string): string => String(places.get(id.replaceAll('"', '').trim()));
  const code = content
    .replace(/stryMutAct_9fa48\(("\d+")\)/g, (_, id: string) => `stryMutAct_9fa48(${number(id)})`)
    .replace(
      /stryCov_9fa48\(([^)]*)\)/g,
      (_, ids: string) => `(stryRec.on && stryCov_9fa48([${ids.split(',').map(number).join()}]))`,
    );
  const path = relative(dirname(name), SWITCH);
  const names = 'isActive as stryMutAct_9fa48, cover as stryCov_9fa48, recording as stryRec';
  return `import { ${names} } from '${path.startsWith('.') ? path : `./${path}`}';\n${code}`;
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);
}

async function writeSource(folder: string, name: string, content?: string): Promise<void> {
  const source = content ?? readFileSync(join(ROOT, name), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'node20' });
  const runner = relative(dirname(name), RUNNER);
  const path = join(folder, name.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(path), { recursive: true });
  const own = code.replaceAll(
    /from "vitest"/g,
    `from "${runner.startsWith('.') ? runner : `./${runner}`}"`,
  );
  writeFileSync(path, own);
}
