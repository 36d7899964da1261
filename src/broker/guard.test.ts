import { expect, test } from 'vitest';
import { type Environment, FileError } from '../environment/environment.js';
import { guarded } from './guard.js';

test('a file operation that fails in what follows a sync is told in one line', () => {
  const syncs: ((error: FileError | null) => void)[] = [];
  const files = { sync: (_: number, done: (error: FileError | null) => void) => syncs.push(done) };
  const environment = { files, timers: {}, network: {} } as unknown as Environment;
  const failed: string[] = [];
  const guard = guarded(environment, ({ message }) => failed.push(message));
  const told: (FileError | null)[] = [];
  guard.files.sync(1, (error) => {
    told.push(error);
    throw new FileError('ENAMETOOLONG', 'x-0.1-delete', 'rename');
  });
  syncs[0]!(null);
  expect(told).toEqual([null]);
  expect(failed).toEqual([expect.stringContaining('ENAMETOOLONG')]);
  guard.files.sync(1, () => {
    throw new Error('a bug');
  });
  expect(() => syncs[1]!(null)).toThrow('a bug');
});
