/** What a controller does first when it has become active. */

import type { Decision } from '../decider/decider.js';
import { done } from './brokers.js';
import { electionsOfLeaderless } from './elections.js';
import { NONE } from './error-codes.js';
import { liveBrokers } from './partition-change.js';
import type { ControllerRules } from './rules.js';
import type {
  ControllerCommand,
  ControllerResponse,
  MetadataImage,
  MetadataRecord,
} from './types.js';

/**
 * Finalizes features that are not yet (KIP-584: levels never go down here) and elects leaders where
 * one is missing and can be had.
 */
export function bootstrap(
  image: MetadataImage,
  command: Extract<ControllerCommand, { type: 'bootstrap' }>,
  rules: ControllerRules,
): Decision<MetadataRecord, ControllerResponse> {
  const records: MetadataRecord[] = [];
  for (const [name, featureLevel] of command.features) {
    if ((image.features.get(name) ?? 0) < featureLevel) {
      records.push({ type: 'FeatureLevelRecord', name, featureLevel });
    }
  }
  records.push(...electionsOfLeaderless(image, rules, liveBrokers(image)));
  return { records, response: done(NONE, null) };
}
