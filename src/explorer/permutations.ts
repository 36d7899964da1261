/** All renamings of `n` nodes, the one that renames nothing first. */

/** Each as the new place of every old one, counted from 0. */
export function permutationsOf(n: number): number[][] {
  const found: number[][] = [];
  const extend = (chosen: readonly number[]): void => {
    if (chosen.length === n) {
      found.push([...chosen]);
    }
    for (let each = 0; each < n; each++) {
      if (!chosen.includes(each)) {
        extend([...chosen, each]);
      }
    }
  };
  extend([]);
  return found;
}
