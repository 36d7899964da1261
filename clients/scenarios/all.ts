/** Every row of the matrix, in the order of the page. */

import type { Scenario } from '../scenario.js';
import { ERROR_SCENARIOS } from './errors.js';
import { GROUP_SCENARIOS } from './groups.js';
import { OPERATION_SCENARIOS } from './operations.js';
import { RECORD_SCENARIOS } from './records.js';
import { TOPIC_SCENARIOS } from './topics.js';

export const SCENARIOS: readonly Scenario[] = [
  ...TOPIC_SCENARIOS,
  ...RECORD_SCENARIOS,
  ...GROUP_SCENARIOS,
  ...OPERATION_SCENARIOS,
  ...ERROR_SCENARIOS,
];
