/**
 * How many histories the properties of the checker are tried on: few in every test run, 10,000 of each kind by
 * `npm run prove:checker`, very few, always the same, where each mutant of the checker is tried.
 */

interface Runs {
  readonly numRuns: number;
  readonly seed?: number;
}

const SOUND = Number(process.env.CHECKER_HISTORIES ?? 1500);
const PLANTED = Number(process.env.CHECKER_PLANTS ?? 150);
const SEED =
  process.env.CHECKER_SEED === undefined ? {} : { seed: Number(process.env.CHECKER_SEED) };

/** Sound histories; `share`: how much dearer one is than the cheapest. The proof leaves none out. */
export function soundRuns(share: number): Runs {
  const isProof = SOUND >= 10_000;
  return { numRuns: isProof ? SOUND : Math.ceil(SOUND / share), ...SEED };
}

/** Histories for each plant. */
export function plantRuns(share: number): Runs {
  return { numRuns: Math.ceil(PLANTED / share), ...SEED };
}

/** Texts that are damaged before they are read: half are refused, whatever is read must be the same both ways. */
export function damagedRuns(): Runs {
  return { numRuns: Math.ceil(SOUND / 5), ...SEED };
}
