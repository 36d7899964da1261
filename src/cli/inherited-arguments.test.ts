/** What the processes of a cluster are started with. */

import { expect, test } from 'vitest';
import { inheritedArguments } from './inherited-arguments.js';

test('a program on the command line is not passed on, what loads modules is', () => {
  const loader = ['--import', 'tsx', '--no-warnings'];
  expect(inheritedArguments(loader)).toEqual(loader);
  for (const program of [
    ['-e', 'start()'],
    ['--eval', 'start()'],
    ['-p', 'start()'],
    ['--eval=start()'],
    ['--input-type=module', '-e', 'start()'],
    ['--input-type', 'module', '--eval', 'start()'],
  ]) {
    expect(inheritedArguments([...loader, ...program])).toEqual(loader);
    expect(inheritedArguments([...program, ...loader])).toEqual(loader);
  }
});
