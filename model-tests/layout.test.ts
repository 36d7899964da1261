/**
 * The house rules that a compiler does not see: who may import whom, what the pure parts may not
 * touch, no cycles, no barrels, and files of a size that a person can read.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** What each part may import from, besides itself. The longest matching prefix names a file's part. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/environment/environment.ts': ['src/core'],
  'src/environment/node': ['src/core', 'src/environment/environment.ts', 'src/log'],
  'src/environment/simulated': ['src/core', 'src/environment/environment.ts'],
  'src/log': ['src/core', 'src/environment/environment.ts'],
  'src/protocol': ['src/core'],
  'src/broker': ['src/core', 'src/environment/environment.ts', 'src/log', 'src/protocol'],
  'src/client': ['src/core', 'src/environment/environment.ts', 'src/log', 'src/protocol'],
  'src/history': [],
  'src/trace': ['src/core', 'src/history'],
  'src/checker': ['src/history', 'src/core/types'],
  'src/api': ['src/history', 'src/checker'],
  'src/report': ['src/history', 'src/checker', 'src/core/types'],
  'src/bugs': ['src/core'],
  'src/explorer': ['src/core', 'src/bugs', 'src/history'],
  'src/simulator': [
    'src/core',
    'src/environment/environment.ts',
    'src/environment/simulated',
    'src/log',
    'src/protocol',
    'src/broker',
    'src/client',
    'src/history',
    'src/checker',
    'src/bugs',
  ],
  'src/cli': ['src', 'chaos'],
  chaos: ['src'],
  clients: ['src'],
};

/** Parts in which nothing may be asked of the world but through the environment. */
const PURE = [
  'src/core',
  'src/log',
  'src/protocol',
  'src/broker',
  'src/client',
  'src/simulator',
  'src/checker',
  'src/history',
  'src/trace',
  'src/report',
  'src/bugs',
  'src/explorer',
  'src/environment/simulated',
];
/** Adapters to codecs of libraries or of Node. */
const PURITY_EXEMPT = ['src/protocol/codecs'];

const AMBIENT: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Date', /\bDate\b(?!\s*:)/],
  ['Math.random', /\bMath\.random\b/],
  ['performance', /\bperformance\./],
  ['a timer', /\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b/],
  ['process', /(?<![\w.'])process\.(?!\w+\s*[:=]\s*')(env|argv|exit|hrtime|nextTick|on|pid|cwd)\b/],
  ['crypto', /\bcrypto\./],
  ['Intl', /\bIntl\./],
  ['a promise', /\bPromise\b|\basync\s|\bawait\s/],
  ['a Node module', /from '(node:|fs|path|net|os|crypto|worker_threads)/],
  ['WeakRef', /\b(WeakRef|FinalizationRegistry)\b/],
];

const MAXIMUM_FILE_LINES = 550;

function filesBelow(folder: string): string[] {
  const found: string[] = [];
  // What begins with a dot is made by machines.
  for (const name of readdirSync(folder).filter((each) => !each.startsWith('.'))) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      found.push(...filesBelow(path));
    } else if (path.endsWith('.ts')) {
      found.push(relative(ROOT, path));
    }
  }
  return found;
}

const sources = ['src', 'chaos', 'clients']
  .flatMap((folder) => filesBelow(join(ROOT, folder)))
  .filter((file) => !file.endsWith('.test.ts'));

/** Code without comments, and with string contents left out but for import paths. */
function codeOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

function importsOf(file: string, types: boolean): string[] {
  const pattern = types
    ? /(?:from|import\()\s*'(\.[^']+)'/g
    : /^(?:import|export)\s(?!type\b)(?:[\s\S]*?from\s)?'(\.[^']+)'/gm;
  const imports: string[] = [];
  for (const [, path] of codeOf(file).matchAll(pattern)) {
    imports.push(relative(ROOT, resolve(ROOT, dirname(file), path!.replace(/\.js$/, '.ts'))));
  }
  return imports;
}

function partOf(file: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((part) => file === part || file.startsWith(`${part}/`))
    .sort((a, b) => b.length - a.length)[0];
}

describe('the house', () => {
  test('there are files to judge', () => {
    expect(sources.length).toBeGreaterThan(100);
  });

  test('dependencies point one way', () => {
    const wrong: string[] = [];
    for (const file of sources) {
      const part = partOf(file);
      if (part === undefined) {
        wrong.push(`${file} belongs to no part`);
        continue;
      }
      for (const imported of importsOf(file, true)) {
        const allowed = [part, ...MAY_IMPORT[part]!];
        if (!allowed.some((prefix) => imported === prefix || imported.startsWith(`${prefix}/`))) {
          wrong.push(`${file} imports ${imported}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('the pure parts ask nothing of the world', () => {
    const wrong: string[] = [];
    for (const file of sources) {
      const pure = PURE.some((part) => file.startsWith(`${part}/`));
      if (!pure || PURITY_EXEMPT.some((part) => file.startsWith(`${part}/`))) {
        continue;
      }
      codeOf(file)
        .replace(/`(?:[^`\\]|\\.)*`/g, '``')
        .split('\n')
        .forEach((line, index) => {
          for (const [name, pattern] of AMBIENT) {
            if (
              pattern.test(
                line.replace(/'(?:[^'\\]|\\.)*'/g, (text) =>
                  line.includes('from ') ? text : "''",
                ),
              )
            ) {
              wrong.push(`${file}:${index + 1} uses ${name}: ${line.trim()}`);
            }
          }
        });
    }
    expect(wrong).toEqual([]);
  });

  test('no file imports itself in a circle', () => {
    const graph = new Map(sources.map((file) => [file, importsOf(file, false)]));
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done') {
        return;
      }
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
        return;
      }
      state.set(file, 'open');
      for (const imported of graph.get(file) ?? []) {
        visit(imported, [...path, file]);
      }
      state.set(file, 'done');
    };
    for (const file of sources) {
      visit(file, []);
    }
    expect(cycles).toEqual([]);
  });

  test('there are no barrels and no default exports', () => {
    const wrong = sources.filter((file) => {
      const code = codeOf(file);
      return /^export\s+(\*|\{[^}]*\})\s+from/m.test(code) || /^export default/m.test(code);
    });
    expect(wrong).toEqual([]);
  });

  test('a file can be read in one sitting', () => {
    const long = sources
      .filter((file) => !file.startsWith('src/protocol/schemas/'))
      .map((file) => [file, readFileSync(join(ROOT, file), 'utf8').split('\n').length] as const)
      .filter(([, lines]) => lines > MAXIMUM_FILE_LINES);
    expect(long).toEqual([]);
  });

  test('nothing is left for later without being said', () => {
    const wrong = sources.filter((file) =>
      /\b(TODO|FIXME|XXX)\b|not built yet/.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });
});
