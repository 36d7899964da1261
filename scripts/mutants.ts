/** What Stryker reports of mutants (mutation testing elements, report schema 2), as far as we look at it. */

interface Position {
  readonly line: number;
  readonly column: number;
}

interface Report {
  readonly files: {
    readonly [file: string]: {
      readonly source: string;
      readonly mutants: readonly {
        readonly mutatorName: string;
        readonly replacement?: string;
        readonly status: string;
        readonly location: { readonly start: Position; readonly end: Position };
      }[];
    };
  };
}

export interface Mutant {
  /** The same for the same change of the same code. */
  readonly name: string;
  readonly file: string;
  readonly from: Position;
  readonly to: Position;
  /** What stood there, and what was put in its place. */
  readonly original: string;
  readonly replacement: string;
  /** Killed, Timeout, Survived, NoCoverage, Ignored, RuntimeError, CompileError. */
  status: string;
}

/** Mutants of a file: how many, and how many of them a test noticed. */
export interface Tally {
  readonly name: string;
  readonly mutants: number;
  readonly noticed: number;
}

export function mutantsOf(report: Report): Mutant[] {
  return Object.entries(report.files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    return mutants.map(({ mutatorName, replacement, status, location: { start, end } }) => ({
      name: `${file}:${start.line}:${start.column}-${end.line}:${end.column} ${mutatorName} ${replacement}`,
      file,
      from: start,
      to: end,
      original: textBetween(lines, start, end),
      replacement: replacement ?? '',
      status,
    }));
  });
}

/** Lines and columns count from 1; `to` is behind the last character. */
function textBetween(lines: readonly string[], from: Position, to: Position): string {
  return lines
    .slice(from.line - 1, to.line)
    .map((line, at, all) =>
      line.slice(
        at === 0 ? from.column - 1 : 0,
        at === all.length - 1 ? to.column - 1 : line.length,
      ),
    )
    .join('\n');
}

/** Whether a test failed, ended never, or could not even load. */
export function wasNoticed({ status }: Mutant): boolean {
  return ['Killed', 'Timeout', 'RuntimeError', 'CompileError'].includes(status);
}

/** The place of `mutant` as Stryker's option `--mutate` takes it. */
export function rangeOf({ file, from, to }: Mutant): string {
  // The option counts columns from 0.
  return `${file}:${from.line}:${from.column - 1}-${to.line}:${to.column - 1}`;
}

export function survivorLine({ file, from, original, replacement, status }: Mutant): string {
  const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 90);
  return `${file}:${from.line}:${from.column} ${status} ${flat(original)} => ${flat(replacement)}\n`;
}

/** One for each file, by its name. */
export function tallies(mutants: readonly Mutant[]): Tally[] {
  const files = [...new Set(mutants.map(({ file }) => file))].sort();
  return files.map((name) => {
    const own = mutants.filter(({ file }) => file === name);
    return { name, mutants: own.length, noticed: own.filter(wasNoticed).length };
  });
}
