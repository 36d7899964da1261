/** The documents of several `simulate --json` as one: shards of a range, and ranges that adjoin. */

import { UsageError } from './errors.js';
import { parseShard } from './seeds.js';
import {
  combinedHash,
  type SimulateDocument,
  toMicroseconds,
  verdictOf,
} from './simulate-report.js';

/** Which file it came from is what an error names. */
export interface NamedDocument {
  readonly file: string;
  readonly document: SimulateDocument;
}

/**
 * What one process would have printed for all of them, `seconds` (their sum) apart.
 * @throws UsageError where they are not of one simulation: a gap, an overlap, other bugs.
 */
export function mergedDocument(parts: readonly NamedDocument[]): SimulateDocument {
  const ranges = new Map<string, NamedDocument[]>();
  for (const part of parts) {
    const { from, to } = part.document;
    const same = ranges.get(`${from}-${to}`) ?? [];
    ranges.set(`${from}-${to}`, [...same, part]);
  }
  for (const same of ranges.values()) {
    refuseMissing(same);
  }
  const whole = [...ranges.values()]
    .map((same) => same[0]!)
    .sort((a, b) => a.document.from - b.document.from);
  for (const [index, { file, document }] of whole.entries()) {
    const before = whole[index - 1];
    if (before !== undefined && before.document.to + 1 !== document.from) {
      const { from, to } = before.document;
      throw new UsageError(
        `${file} has seeds ${document.from}-${document.to}, which do not adjoin ${from}-${to} of ${before.file}`,
      );
    }
  }
  for (const part of parts) {
    refuseOther(whole[0]!, part);
  }
  return sumOf(parts.map(({ document }) => document));
}

/** All shares of one range, each once. */
function refuseMissing(parts: readonly NamedDocument[]): void {
  const [, shares] = parseShard(parts[0]!.document.shard ?? undefined);
  const seen = new Map<number, string>();
  for (const { file, document } of parts) {
    const [share, of] = parseShard(document.shard ?? undefined);
    if (of !== shares) {
      throw new UsageError(`${file} is one of ${of} shares, ${parts[0]!.file} one of ${shares}`);
    }
    const other = seen.get(share);
    if (other !== undefined) {
      throw new UsageError(`${file} and ${other} are the same share ${share}/${shares}`);
    }
    seen.set(share, file);
  }
  for (let share = 1; share <= shares; share++) {
    if (!seen.has(share)) {
      const { from, to } = parts[0]!.document;
      throw new UsageError(`share ${share}/${shares} of seeds ${from}-${to} is missing`);
    }
  }
}

function refuseOther(first: NamedDocument, { file, document }: NamedDocument): void {
  const { bugs, atlas } = first.document;
  if (JSON.stringify([document.bugs, document.atlas]) !== JSON.stringify([bugs, atlas])) {
    const named = (each: SimulateDocument): string =>
      `${each.atlas} the atlas with ${each.bugs.length === 0 ? 'no bug' : each.bugs.join(', ')}`;
    throw new UsageError(
      `${file} is of a run ${named(document)}, ${first.file} of one ${named(first.document)}`,
    );
  }
}

function sumOf(documents: readonly SimulateDocument[]): SimulateDocument {
  const first = documents[0]!;
  const sum = (of: (document: SimulateDocument) => number): number =>
    documents.reduce((total, document) => total + of(document), 0);
  const bySeed = <T>(of: (document: SimulateDocument) => { readonly [seed: string]: T }) =>
    Object.assign({}, ...documents.map(of)) as { [seed: string]: T };
  const inconclusiveSeeds = documents.flatMap((each) => each.inconclusiveSeeds);
  const counts = {
    seeds: sum(({ seeds }) => seeds),
    failed: documents.flatMap(({ failed }) => failed).sort((a, b) => a.seed - b.seed),
    inconclusive: inconclusiveSeeds.length,
    atlas: first.atlas,
    expectedLosses: sum(({ expectedLosses }) => expectedLosses),
    interrupted: documents.some(({ interrupted }) => interrupted),
  };
  const hasHashes = documents.every(({ hashes }) => hashes !== undefined);
  return {
    from: Math.min(...documents.map(({ from }) => from)),
    to: Math.max(...documents.map(({ to }) => to)),
    shard: null,
    bugs: first.bugs,
    atlas: first.atlas,
    losses: bySeed(({ losses }) => losses),
    expectedLosses: counts.expectedLosses,
    seeds: counts.seeds,
    verdict: verdictOf(counts),
    failed: counts.failed,
    inconclusive: counts.inconclusive,
    inconclusiveSeeds: inconclusiveSeeds.sort((a, b) => a - b),
    events: sum(({ events }) => events),
    virtualSeconds: toMicroseconds(sum(({ virtualSeconds }) => virtualSeconds)),
    hash: combinedHash(documents),
    deeds: sorted(summed(documents.map(({ deeds }) => deeds))),
    probes: summed(documents.map(({ probes }) => probes)),
    neverHit: first.neverHit.filter((name) =>
      documents.every(({ neverHit }) => neverHit.includes(name)),
    ),
    ...(hasHashes ? { hashes: bySeed(({ hashes }) => hashes!) } : {}),
    interrupted: counts.interrupted,
    seconds: sum(({ seconds }) => seconds),
  };
}

/** Adds numbers of the same name, of entries of the same name. Names in the order of their first one. */
function summed<T extends Readonly<Record<keyof T, number>>>(
  tables: readonly { readonly [name: string]: T }[],
): { readonly [name: string]: T } {
  const sums = new Map<string, Record<string, number>>();
  for (const table of tables) {
    for (const [name, entry] of Object.entries<Readonly<Record<string, number>>>(table)) {
      const sum = sums.get(name) ?? {};
      for (const [field, value] of Object.entries(entry)) {
        sum[field] = (sum[field] ?? 0) + value;
      }
      sums.set(name, sum);
    }
  }
  return Object.fromEntries(sums) as unknown as { readonly [name: string]: T };
}

function sorted<T>(table: { readonly [name: string]: T }): { readonly [name: string]: T } {
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)));
}
