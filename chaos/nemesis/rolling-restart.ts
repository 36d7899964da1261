/** Every broker ends in good order and comes back, one after the other, as for an upgrade. */

import { type Arena, skipUnless, waitFor } from './arena.js';

/** For the replicas of one to be in sync again before the next goes. */
const PATIENCE_MS = 20_000;

export async function rollingRestartStep(arena: Arena): Promise<void> {
  const { target, faults, observer } = arena;
  const fault = faults.begin('rolling-restart', 'all brokers');
  const proofs: string[] = [];
  try {
    for (const broker of target.brokers) {
      skipUnless(
        await waitFor(arena, PATIENCE_MS, () => observer.isHealthy()),
        `${proofs.length} brokers restarted, then somebody was not in sync in time`,
      );
      const ended = await target.shutDown(broker);
      const started = await target.restart(broker);
      proofs.push(`broker ${broker}: ${ended.proof}, then ${started.proof}`);
    }
    faults.end(fault, proofs.join('; '));
  } catch (error) {
    faults.failed(fault, error);
  }
}
