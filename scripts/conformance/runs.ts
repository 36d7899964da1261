/** The runs of a specification that lead to where a scope begins, read out of its text. */

/** A run is another one, then calls of actions. */
export interface Run {
  readonly base: string;
  readonly calls: readonly (readonly [name: string, numbers: readonly number[]])[];
}

/** All runs in the text of a specification, by name. */
export function runsIn(source: string): ReadonlyMap<string, Run> {
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

/** The state at the end of the run `name`; `after`: at the end of one call. */
export function follow<State>(
  runs: ReadonlyMap<string, Run>,
  name: string,
  first: () => State,
  after: (state: State, action: string, numbers: readonly number[]) => State,
): State {
  if (name === 'init') {
    return first();
  }
  const run = runs.get(name);
  if (run === undefined) {
    throw new Error(`there is no run ${name}`);
  }
  return run.calls.reduce(
    (state, [action, numbers]) => after(state, action, numbers),
    follow(runs, run.base, first, after),
  );
}
