/**
 * What tests need of vitest, as plain functions: `describe` and `test` gather, nothing runs by itself. The matchers are
 * vitest's own.
 */

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

export interface Case {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

/** What was gathered so far. */
export const cases: Case[] = [];

type Body = (...values: never[]) => void | Promise<void>;
type Gather = (name: string, ...rest: readonly (Body | object | number)[]) => void;

const names: string[] = [];

function gatherTest(name: string, ...rest: readonly (Body | object | number)[]): void {
  const run = rest.find((each): each is () => void => typeof each === 'function')!;
  cases.push({ name: [...names, name].join(' > '), run: () => run() });
}

function gatherSuite(name: string, ...rest: readonly (Body | object | number)[]): void {
  const body = rest.find((each): each is () => void => typeof each === 'function')!;
  names.push(name);
  body();
  names.pop();
}

/** One for each row of a table; a row that is a list gives several values. */
function eachOf(gather: Gather): (rows: readonly unknown[]) => Gather {
  return (rows) =>
    (name, ...rest) => {
      const body = rest.find((each): each is Body => typeof each === 'function')!;
      const others = rest.filter((each) => typeof each !== 'function');
      for (const [at, row] of rows.entries()) {
        const values = Array.isArray(row) ? row : [row];
        gather(`${format(name, ...values.slice(0, 1))} #${at}`, ...others, () =>
          body(...(values as never[])),
        );
      }
    };
}

export const test: Gather & { each: ReturnType<typeof eachOf> } = Object.assign(gatherTest, {
  each: eachOf(gatherTest),
});
export const it: typeof test = test;
export const describe: Gather & { each: ReturnType<typeof eachOf> } = Object.assign(gatherSuite, {
  each: eachOf(gatherSuite),
});

const vitest = createRequire(import.meta.url).resolve('vitest/package.json');
const load = async (name: string) =>
  import(pathToFileURL(createRequire(vitest).resolve(name)).href);
const matchers = await load('@vitest/expect');
const chai = await load('chai');
chai.use(matchers.JestExtend);
chai.use(matchers.JestChaiExpect);
chai.use(matchers.JestAsymmetricMatchers);

export const expect: (value: unknown, message?: string) => unknown = Object.assign(
  (value: unknown, message?: string) => chai.expect(value, message),
  chai.expect,
  (globalThis as never)[matchers.ASYMMETRIC_MATCHERS_OBJECT],
);
matchers.setState({ assertionCalls: 0, currentTestName: '' }, expect);
