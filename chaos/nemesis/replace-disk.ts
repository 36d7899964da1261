/**
 * A broker is killed and comes back with an empty disk. As a voter of the metadata log it is another one then
 * (KIP-853): an operator removes the old voter and adds the new one, and its replicas are filled from the others.
 * Before that is done nothing else is taken away.
 */

import type { Outcome } from '../../src/client/outcomes.js';
import type { QuorumMember, QuorumState } from '../../src/client/quorum.js';
import type { BrokerId, Uuid } from '../../src/core/types/ids.js';
import { type Arena, choose, skipUnless, waitFor } from './arena.js';
import type { Aim } from './schedule.js';

/** For the metadata log and all replicas to be on the new disk. */
const PATIENCE_MS = 20_000;
const CATCH_UP_MS = 3_000;

/** What the step asks the quorum: of a client past all links. */
export interface QuorumDesk {
  describeQuorum(): Promise<Outcome<QuorumState>>;
  addVoter(member: QuorumMember, timeout: number): Promise<Outcome<null>>;
  removeVoter(member: QuorumMember): Promise<Outcome<null>>;
}

export async function replaceDiskStep(arena: Arena, desk: QuorumDesk, aim: Aim): Promise<void> {
  const { target, faults, observer } = arena;
  const broker = await choose(arena, aim);
  const fault = faults.begin('replace-disk', `broker ${broker}`);
  try {
    skipUnless(await observer.isHealthy(), 'somebody else is not in sync');
    const { proof, before, after } = await target.replaceDisk(broker);
    const id = broker as BrokerId;
    skipUnless(
      await waitFor(arena, PATIENCE_MS, () =>
        takesSeat(desk, { id, directoryId: before as Uuid }, { id, directoryId: after as Uuid }),
      ),
      `${proof}, but the voters did not change in time`,
    );
    skipUnless(
      await waitFor(arena, PATIENCE_MS, () => observer.isHealthy()),
      `${proof}, but its replicas were not in sync in time`,
    );
    faults.end(fault, `${proof}; voter ${before} gave way to ${after}, all replicas in sync again`);
  } catch (error) {
    faults.failed(fault, error);
  }
}

/** Asks for what is left to be done; whether nothing is. */
async function takesSeat(
  desk: QuorumDesk,
  old: QuorumMember,
  member: QuorumMember,
): Promise<boolean> {
  const quorum = await desk.describeQuorum();
  if (quorum.type !== 'ok') {
    return false;
  }
  const has = ({ directoryId }: QuorumMember): boolean =>
    quorum.value.voters.some((voter) => voter.directoryId === directoryId);
  if (has(old)) {
    await desk.removeVoter(old);
    return false;
  }
  if (!has(member)) {
    await desk.addVoter(member, CATCH_UP_MS);
    return false;
  }
  return true;
}
