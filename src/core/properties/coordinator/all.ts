/** All properties of the group coordinator, for hosts that judge whole runs. */

import { committedOffsetIsLastAccepted } from './committed-offset-is-last-accepted.js';
import { consumedOffsetsStay } from './consumed-offsets-stay.js';
import { deletedGroupLeavesNothing } from './deleted-group-leaves-nothing.js';
import { deletedGroupWasEmpty } from './deleted-group-was-empty.js';
import { everyRequestAnsweredOnce } from './every-request-answered-once.js';
import { generationMonotonic } from './generation-monotonic.js';
import { groupShape } from './group-shape.js';
import { joinPhaseWaits } from './join-phase-waits.js';
import { lateMembersRemoved } from './late-members-removed.js';
import { leaderAssignmentDelivered } from './leader-assignment-delivered.js';
import { nobodyWaitsForever } from './nobody-waits-forever.js';
import { oneOwnerPerGeneration } from './one-owner-per-generation.js';
import { onlyCurrentMembersServed } from './only-current-members-served.js';
import { pendingEqualsCommitted } from './pending-equals-committed.js';
import type { GroupsProperty } from './property.js';
import { replacedInstanceFenced } from './replaced-instance-fenced.js';
import { stableGroupIsLogged } from './stable-group-is-logged.js';
import { stateIsFoldOfLog } from './state-is-fold-of-log.js';

/** In the order in which they are asked: the most telling first. */
export const groupsProperties: readonly GroupsProperty[] = [
  onlyCurrentMembersServed,
  replacedInstanceFenced,
  leaderAssignmentDelivered,
  oneOwnerPerGeneration,
  committedOffsetIsLastAccepted,
  deletedGroupWasEmpty,
  deletedGroupLeavesNothing,
  consumedOffsetsStay,
  stableGroupIsLogged,
  generationMonotonic,
  groupShape,
  joinPhaseWaits,
  lateMembersRemoved,
  nobodyWaitsForever,
  everyRequestAnsweredOnce,
  pendingEqualsCommitted,
  stateIsFoldOfLog,
];
