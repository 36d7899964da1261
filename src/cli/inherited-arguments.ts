/** What a process that starts another of its kind passes on. */

/** Options of Node that say what to run, with what follows them. */
const PROGRAMS: ReadonlySet<string> = new Set(['-e', '--eval', '-p', '--print', '-pe']);

/**
 * Of the options that this process was started with, those that a broker needs as well (how TypeScript is
 * loaded). A program among them (`node -e`) would be run instead of the broker, and start the next cluster.
 */
export function inheritedArguments(execArgv: readonly string[]): string[] {
  return execArgv.filter(
    (argument, index) =>
      !PROGRAMS.has(argument) &&
      !PROGRAMS.has(execArgv[index - 1] ?? '') &&
      !/^--(eval|print|input-type)\b/.test(argument) &&
      execArgv[index - 1] !== '--input-type',
  );
}
