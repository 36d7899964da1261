/** A partition with the decisions of its controller, as `logjury explore` searches it. */

import type { Bug } from '../bugs/bug.js';
import { allBugs } from '../bugs/registry.js';
import type { MetadataRecord } from '../core/metadata/types.js';
import { metadataProperties } from '../core/properties/metadata/all.js';
import { partitionProperties } from '../core/properties/partition/all.js';
import { explore } from '../explorer/explore.js';
import { registrationIn } from '../explorer/partition/controller.js';
import { stepsOn, type ToldStep } from '../explorer/partition/counterexample.js';
import { FETCH, GIVE_UP, START, STOP } from '../explorer/partition/inputs.js';
import { partitionLattice } from '../explorer/partition/lattice.js';
import type { Packet } from '../explorer/partition/packets.js';
import { restOf } from '../explorer/partition/rest.js';
import { PartitionWorld } from '../explorer/partition/world.js';
import { exploreToGoal } from '../explorer/reachability.js';
import { causeOf, partitionNews, partitionView, type View } from '../simulator/trace-views.js';
import type { ExploredMachine } from './explore-machine.js';
import { changedFields, StepRows } from './explore-trace.js';

const PARTITION = 't-0';

export const partitionMachine: ExploredMachine = {
  name: 'partition',
  lattice: partitionLattice,
  bugs: allBugs.filter(replacesARule),
  properties: [...partitionProperties, ...metadataProperties, { name: 'Converges' }].map(
    ({ name }) => name,
  ),
  open(name, bug) {
    const scope = partitionLattice.find((each) => each.name === name)!;
    const world = new PartitionWorld(scope, bug ?? {});
    return {
      explore: (options) =>
        scope.rests === true
          ? exploreToGoal(world, restOf(world), options)
          : explore(world, options),
      tell({ path, violation }) {
        const trace = new StepRows();
        for (const [at, step] of stepsOn(world, path).entries()) {
          tellStep(trace, at + 1, step);
        }
        trace.violated(path.length, violation);
        return trace.rows;
      },
    };
  },
};

/** Sequences are the producers' machine's. */
function replacesARule({ partition = {}, controller }: Bug): boolean {
  return (
    controller !== undefined || Object.keys(partition).some((slot) => slot !== 'acceptSequence')
  );
}

function tellStep(trace: StepRows, number: number, step: ToldStep): void {
  const { decided, packet, budget } = step;
  if (budget === 'drops' || budget === 'timeouts' || budget === 'refusals') {
    const fates = {
      drops: 'is lost',
      timeouts: 'is late: nobody waits for it any more',
      refusals: 'reaches a controller that does not lead',
    };
    trace.add(number, { machine: 'deed', what: `>>> ${packetText(packet!)} ${fates[budget]}` });
  }
  if (decided !== null) {
    const { command, records, controller } = decided;
    const { leader, leaderEpoch, partitionEpoch, isr, elr } = registrationIn(
      controller.state.image,
    );
    const state = { leader, leaderEpoch, partitionEpoch, isr: isr.join(','), elr: elr.join(',') };
    const what = records.length === 0 ? 'appends nothing' : records.map(recordText).join(', ');
    const cause = {
      ...causeOf(command),
      ...(packet === null ? {} : { request: packetText(packet) }),
    };
    trace.add(number, { machine: 'controller', partition: PARTITION, cause, what, state });
  }
  tellBroker(trace, number, step);
}

function tellBroker(trace: StepRows, number: number, { played, before, code }: ToldStep): void {
  if (played === null || before === null) {
    return;
  }
  const { id, isUp, replica, disk } = played.broker;
  if (code >= START && before.isUp !== isUp) {
    trace.restart(id, number, 'starts again, and is registered');
    return;
  }
  if (!isUp) {
    const end = code === STOP ? 'ends in good order' : 'ends';
    const kept = `${disk.log.length} of ${before.disk.log.length} batches on its disk`;
    const what = `${end}, ${kept}, high watermark ${disk.highWatermark}`;
    trace.addOf(id, number, { machine: 'node', what });
    return;
  }
  const earlier: View = before.replica === null ? {} : partitionView(before.replica);
  const state = replica === null ? {} : partitionView(replica);
  const input = played.transitions[0]?.step.input ?? null;
  const parts = [
    code === GIVE_UP ? 'waits no longer for the answer to its fetch' : '',
    replica === null ? 'has no replica here' : partitionNews(earlier, state),
    ...played.sent.map((packet) => `${code === FETCH ? '' : 'sends '}${packetText(packet)}`),
  ];
  const what = parts.filter((part) => part !== '').join(', ');
  trace.addOf(id, number, {
    machine: 'partition',
    partition: PARTITION,
    cause: input === null ? null : causeOf(input),
    what: what === '' ? 'takes note' : what,
    changed: changedFields(earlier, state),
    state,
  });
}

/** What the eye looks for in a message. */
function packetText(packet: Packet): string {
  switch (packet.type) {
    case 'fetch': {
      const { from, to, offset, lastFetchedEpoch, leaderEpoch } = packet;
      return `fetch of ${from} from ${to} at ${offset}@${lastFetchedEpoch} in epoch ${leaderEpoch}`;
    }
    case 'fetched': {
      const { to, error, diverging, batches, highWatermark } = packet;
      if (error !== 0) {
        return `${to} error ${error}`;
      }
      const held = batches.map(({ baseOffset, leaderEpoch }) => `${baseOffset}@${leaderEpoch}`);
      return diverging === null
        ? `${to} [${held.join(' ')}], high watermark ${highWatermark}`
        : `${to} to cut to the end of epoch ${diverging.epoch}, ${diverging.endOffset}`;
    }
    case 'alter': {
      const { from, isr, partitionEpoch, leaderEpoch } = packet;
      return `AlterPartition of ${from} to ISR ${isr} on ${leaderEpoch}.${partitionEpoch}`;
    }
    case 'altered': {
      const { to, error, assignment } = packet;
      const outcome = assignment === null ? `error ${error}` : `ISR ${assignment.isr}`;
      return `the answer to ${to}: ${outcome}`;
    }
  }
}

function recordText(record: MetadataRecord): string {
  switch (record.type) {
    case 'RegisterBrokerRecord':
      return `registers ${record.brokerId}`;
    case 'BrokerRegistrationChangeRecord': {
      const { brokerId, fenced } = record;
      const change = fenced > 0 ? 'fences' : fenced < 0 ? 'unfences' : 'lets go';
      return `${change} ${brokerId}`;
    }
    case 'PartitionChangeRecord': {
      const { isr, leader, eligibleLeaderReplicas: elr } = record;
      const parts = [
        leader === -2 ? '' : leader === -1 ? 'nobody leads' : `${leader} leads`,
        isr === null ? '' : `ISR ${isr.length === 0 ? 'of nobody' : isr}`,
        elr === null ? '' : `ELR ${elr.length === 0 ? 'of nobody' : elr}`,
      ];
      const told = parts.filter((part) => part !== '');
      return told.length === 0 ? 'changes the partition' : told.join(', ');
    }
    default:
      return record.type;
  }
}
