/** A specification with one rule broken, as a change of its text. */

/** A rule, and what it is broken into; then the scopes to try. */
export type Broken = readonly [name: string, from: string, to: string, ...scopes: string[]];

export interface Mutant {
  readonly name: string;
  readonly specification: string;
  readonly file: string;
  /** Stands once in the file. */
  readonly from: string;
  readonly to: string;
  /** The scopes to try, in this order. */
  readonly scopes: readonly string[];
}

export function mutantsOf(
  specification: string,
  file: string,
  broken: readonly Broken[],
): Mutant[] {
  return broken.map(([name, from, to, ...scopes]) => ({
    name: `${specification}: ${name}`,
    specification,
    file,
    from,
    to,
    scopes,
  }));
}
