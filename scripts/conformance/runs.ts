/** The runs of a specification that lead to where a scope begins, read out of its text. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A run is another one, then calls of actions. */
export interface Run {
  readonly base: string;
  readonly calls: readonly (readonly [name: string, numbers: readonly number[]])[];
}

/** The runs of the specification in `folder`, by name. */
export function runsOf(folder: string, specification: string): ReadonlyMap<string, Run> {
  return runsIn(readFileSync(join(folder, `${specification}.qnt`), 'utf8'));
}

/** All runs in the text of a specification, by name. */
function runsIn(source: string): ReadonlyMap<string, Run> {
  const runs = source.matchAll(/^ {2}run (\w+) = (\w+)((?:\s*\.then\(\w+(?:\([-\d, ]*\))?\))*)/gm);
  return new Map(
    [...runs].map(([, name, base, calls]) => [
      name!,
      {
        base: base!,
        calls: [...calls!.matchAll(/then\((\w+)(?:\(([-\d, ]*)\))?\)/g)].map(
          ([, action, numbers]) => [action!, (numbers ?? '').split(',').map(Number)] as const,
        ),
      },
    ]),
  );
}

/** The state of `world` at the end of the run `name`; `after`: at the end of one call. */
export function endOf<World extends { empty(): State }, State>(
  runs: ReadonlyMap<string, Run>,
  name: string,
  world: World,
  after: (world: World, state: State, action: string, numbers: readonly number[]) => State,
): State {
  if (name === 'init') {
    return world.empty();
  }
  const run = runs.get(name);
  if (run === undefined) {
    throw new Error(`there is no run ${name}`);
  }
  return run.calls.reduce(
    (state, [action, numbers]) => after(world, state, action, numbers),
    endOf(runs, run.base, world, after),
  );
}
