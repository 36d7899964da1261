/** The report of a trial as one self-contained page. */

import type { TrialDocument } from './document.js';

/** A whole HTML page: no resource outside it, works from file://. */
export function htmlReport(_document: TrialDocument): string {
  throw new Error('not built yet');
}
