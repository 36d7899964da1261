/** How the scripts are called: what cannot be used ends in one line and status 2, never in a stack trace. */

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { endUnusable, UsageError } from '../src/cli/errors.js';

/** The flags that the script was called with; ends the process where one is unknown or lacks its value. */
export function flagsOf<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  return usable(() => {
    try {
      return parseArgs(config);
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
  });
}

/** What `take` makes of a value that the user gave; ends the process where it says that it cannot be used. */
export function usable<Value>(take: () => Value): Value {
  try {
    return take();
  } catch (error) {
    if (error instanceof UsageError) {
      return endUnusable(error.message);
    }
    throw error;
  }
}
