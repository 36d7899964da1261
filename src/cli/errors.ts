/** How commands end: what a user did wrong is one line and status 2, never a stack trace. */

/** Exit statuses of every command (docs/architecture.md). */
export const ExitStatus = {
  HOLDS: 0,
  VIOLATED: 1,
  UNUSABLE: 2,
  INCONCLUSIVE: 3,
} as const;

/** The call or its input cannot be used. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** Prints one line on standard error and ends the process with status 2. */
export function endUnusable(message: string): never {
  process.stderr.write(`logjury: ${message}\n`);
  process.exit(ExitStatus.UNUSABLE);
}
