/** The checker on a stream: rows as a program makes them, or the bytes of a history as they come in. */

import { createChecker } from '../checker/check.js';
import { createReader } from '../checker/read.js';
import type { ReadError } from '../checker/reading/sink.js';
import { type CheckOptions, type CheckResult, UnusableHistoryError } from '../checker/result.js';
import type { Row } from '../history/rows.js';

/**
 * Judges rows in the order in which they happened, or the bytes of a `history.jsonl` or `history.edn` (not packed) in
 * chunks cut anywhere, a Node stream for example. Nothing is kept but what the judgement needs. Throws an
 * {@link UnusableHistoryError} where it is no history, with line and reason for bytes; with `partial` an end that is cut off
 * is none.
 */
export async function checkStream(
  source: AsyncIterable<Row> | AsyncIterable<Uint8Array>,
  options: CheckOptions = {},
): Promise<CheckResult> {
  const checker = createChecker(options);
  const reader = createReader(checker.sink);
  let hasBytes = false;
  for await (const part of source) {
    if (part instanceof Uint8Array) {
      hasBytes = true;
      refuse(reader.push(part), options);
    } else {
      checker.feed(part);
    }
  }
  if (hasBytes) {
    refuse(reader.end(), options);
  }
  return checker.finish();
}

function refuse(error: ReadError | null, options: CheckOptions): void {
  if (error !== null && !(options.partial === true && error.truncated)) {
    throw new UnusableHistoryError(`line ${error.line}: ${error.reason}`);
  }
}
