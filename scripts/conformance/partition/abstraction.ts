/**
 * What a replica, its broker, the controller's image and a message of the code are in the specification
 * (spec/partition_types.qnt). Field by field it is listed in spec/README.md; what is forgotten here is read by no
 * property. Leader and partition epochs begin at 1 there, broker epochs are counted.
 */

import type { MetadataImage } from '../../../src/core/metadata/types.js';
import type { EpochEnd } from '../../../src/core/partition/rule-types.js';
import type {
  BatchFacts,
  FollowerProgress,
  InflightIsrChange,
  LeaderState,
  PartitionAssignment,
  PartitionState,
  ReplicaBroker,
} from '../../../src/core/partition/types.js';
import type { BrokerId } from '../../../src/core/types/ids.js';
import type { ExploredBroker } from '../../../src/explorer/partition/broker.js';
import { registrationIn } from '../../../src/explorer/partition/controller.js';
import type {
  AlteredPacket,
  AlterPacket,
  FetchedPacket,
  FetchPacket,
} from '../../../src/explorer/partition/packets.js';
import { listText, recordText, setText, variantText } from '../texts.js';

/** What is under way. An answer to AlterPartition comes with the leader epoch of its request. */
export type Message =
  | FetchPacket
  | FetchedPacket
  | AlterPacket
  | (AlteredPacket & { readonly leaderEpoch: number });

/** A broker: its process, its disk and its replica, which is open from the start of the process on. */
export interface Host {
  readonly broker: ExploredBroker & { readonly replica: PartitionState };
  /** Offset of the newest metadata record that its process has applied; -1: none yet. */
  readonly applied: number;
}

/** Broker epochs in the order in which they were given: the specification counts them from 1. */
export type Lives = readonly number[];

const texts = (values: Readonly<Record<string, number | boolean>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

/** 0: none. */
function lifeText(epoch: number, lives: Lives): string {
  const at = lives.indexOf(epoch);
  if (epoch >= 0 && at < 0) {
    throw new Error(`nobody was registered with epoch ${epoch}`);
  }
  return String(at + 1);
}

/** Nobody, and no epoch, are 0. */
const idText = (id: number): string => String(Math.max(id, 0));
const epochText = (epoch: number): string => String(epoch + 1);
const idsText = (ids: readonly number[]): string => setText(ids.map(String));

// --- Logs ----------------------------------------------------------------------------------------

/** A record's name is the create time of its batch, which holds nothing else. */
export function recordsText(batches: readonly BatchFacts[]): string {
  return listText(
    batches.map(({ leaderEpoch, maxTimestamp }) =>
      recordText({ epoch: epochText(leaderEpoch), value: String(maxTimestamp) }),
    ),
  );
}

function epochEndText({ epoch, endOffset }: EpochEnd): string {
  return recordText({ epoch: epochText(epoch), endOffset: String(endOffset) });
}

// --- The controller --------------------------------------------------------------------------------

function partitionText(
  {
    leader,
    leaderEpoch,
    partitionEpoch,
    isr,
    leaderRecoveryState,
  }: Omit<PartitionAssignment, 'replicas'>,
  elr: readonly number[],
  lastKnownElr: readonly number[],
): string {
  return recordText({
    leader: idText(leader),
    leaderEpoch: epochText(leaderEpoch),
    partitionEpoch: epochText(partitionEpoch),
    isr: idsText(isr),
    elr: idsText(elr),
    lastKnownElr: listText(lastKnownElr.map(String)),
    recovering: String(leaderRecoveryState === 'recovering'),
  });
}

export function imageText(image: MetadataImage, lives: Lives): string {
  const partition = registrationIn(image);
  return recordText({
    partition: partitionText(partition, partition.elr, partition.lastKnownElr),
    brokers: recordText(
      Object.fromEntries(
        [...image.brokers.values()].map((broker) => [broker.id, brokerText(broker, lives)]),
      ),
    ),
  });
}

function brokerText(
  { epoch, fenced, inControlledShutdown }: Omit<ReplicaBroker, 'id' | 'rack'>,
  lives: Lives,
): string {
  if (inControlledShutdown) {
    throw new Error('a controlled shutdown, which the specification does not have');
  }
  return recordText({ epoch: lifeText(epoch, lives), fenced: String(fenced) });
}

// --- Replicas ------------------------------------------------------------------------------------

export function hostText(host: Host, replicas: readonly number[], lives: Lives): string {
  const { broker, applied } = host;
  const { replica: state, disk } = broker;
  const brokers = replicas.map((id) => {
    const known = state.brokers.get(id as BrokerId);
    const nobody = { epoch: '0', fenced: 'true' };
    return [id, known === undefined ? recordText(nobody) : brokerText(known, lives)];
  });
  // What a process finds on its disk of epochs without records it drops before it takes part (`handleAssigned`).
  const epochs = state.epochs.filter(
    ({ startOffset }) => applied >= 0 || startOffset < state.logEndOffset,
  );
  return recordText({
    brokerEpoch: broker.isUp ? lifeText(broker.epoch, lives) : '0',
    starting: String(applied < 0),
    previousBrokerEpoch: !broker.isUp && broker.isClean ? lifeText(broker.epoch, lives) : '0',
    role: JSON.stringify(state.role),
    leader: idText(state.leader),
    leaderEpoch: epochText(state.leaderEpoch),
    partitionEpoch: epochText(state.partitionEpoch),
    isr: idsText(state.isr),
    recovering: String(state.leaderRecoveryState === 'recovering'),
    brokers: recordText(Object.fromEntries(brokers)),
    log: recordsText(disk.log),
    epochs: listText(
      epochs.map(({ epoch, startOffset }) =>
        recordText({ epoch: epochText(epoch), startOffset: String(startOffset) }),
      ),
    ),
    highWatermark: String(state.highWatermark),
    asked: 'false',
    leaderState: leaderStateText(state.leaderState, lives),
  });
}

function leaderStateText(of: LeaderState | null, lives: Lives): string {
  const followers = [...(of?.followers ?? [])];
  return recordText({
    epochStartOffset: String(of?.epochStartOffset ?? 0),
    followers: recordText(
      Object.fromEntries(followers.map(([id, progress]) => [id, progressText(progress, lives)])),
    ),
    inflight: inflightText(of?.inflight ?? null, lives),
    waiting: idsText((of?.waiting ?? []).map(({ requiredOffset }) => requiredOffset)),
  });
}

/** Before its first fetch in a leadership nothing is known of a follower. */
function progressText(
  { brokerEpoch, logEndOffset, leaderEndAtFetch, lagging }: FollowerProgress,
  lives: Lives,
): string {
  const endAtFetch = logEndOffset < 0 ? 0 : leaderEndAtFetch;
  return recordText({
    brokerEpoch: lifeText(brokerEpoch, lives),
    ...texts({ logEndOffset, leaderEndAtFetch: endAtFetch, lagging }),
  });
}

function inflightText(change: InflightIsrChange | null, lives: Lives): string {
  return change === null
    ? recordText({ partitionEpoch: '-1', isr: '{}' })
    : recordText({
        partitionEpoch: epochText(change.partitionEpoch),
        isr: membersText(change.isr, change.brokerEpochs, lives),
      });
}

function membersText(
  isr: readonly number[],
  brokerEpochs: readonly number[],
  lives: Lives,
): string {
  return setText(
    isr.map((id, at) =>
      recordText({ id: String(id), brokerEpoch: lifeText(brokerEpochs[at]!, lives) }),
    ),
  );
}

/** What the state and the disk hold twice, or is not to be here, says so; words for what does not. */
export function contradiction({ broker }: Host): string | null {
  const { replica: state, disk } = broker;
  if (disk.log.length !== state.logEndOffset || state.nextOffset !== state.logEndOffset) {
    return 'the log ends elsewhere than the replica says';
  }
  if (state.pendingTruncation !== null || state.logStartOffset !== 0 || disk.logStart !== 0) {
    return 'a cut is under way, or something was deleted';
  }
  const offsetsRise = disk.log.every(({ baseOffset }, at) => baseOffset === at);
  if (!offsetsRise) {
    return 'a record is not at its place';
  }
  if (state.leaderState?.waiting.some(({ acks }) => acks !== -1) === true) {
    return 'a produce that asked for the leader only waits';
  }
  for (const [id, { lagging }] of state.leaderState?.followers ?? []) {
    const isArmed = (broker.timers & (1 << id)) !== 0;
    if (isArmed === lagging) {
      return `the lag timer of ${id} is ${isArmed ? 'armed though it lags' : 'not armed'}`;
    }
  }
  return null;
}

// --- Messages ------------------------------------------------------------------------------------

const ERRORS: ReadonlyMap<number, string> = new Map([
  [0, 'NONE'],
  [42, 'INVALID_REQUEST'],
  [74, 'FENCED_LEADER_EPOCH'],
  [77, 'STALE_BROKER_EPOCH'],
  [95, 'INVALID_UPDATE_VERSION'],
  [107, 'INELIGIBLE_REPLICA'],
]);

/** As the specification calls it. */
export function errorName(error: number): string {
  return ERRORS.get(error) ?? `error ${error}`;
}

export function messageText(message: Message, lives: Lives): string {
  switch (message.type) {
    case 'fetch': {
      const { from, to, brokerEpoch, leaderEpoch, offset, lastFetchedEpoch } = message;
      return variantText(
        'Fetch',
        recordText({
          src: String(from),
          dst: String(to),
          brokerEpoch: lifeText(brokerEpoch, lives),
          currentLeaderEpoch: epochText(leaderEpoch),
          fetchOffset: String(offset),
          lastFetchedEpoch: epochText(lastFetchedEpoch),
        }),
      );
    }
    case 'fetched': {
      const { from, to, leaderEpoch, offset, lastFetchedEpoch, diverging } = message;
      return variantText(
        'FetchAnswer',
        recordText({
          src: String(from),
          dst: String(to),
          leaderEpoch: epochText(leaderEpoch),
          fetchOffset: String(offset),
          lastFetchedEpoch: epochText(lastFetchedEpoch),
          diverging:
            diverging === null
              ? recordText({ epoch: '-1', endOffset: '-1' })
              : epochEndText(diverging),
          records: recordsText(message.batches),
          highWatermark: String(message.highWatermark),
        }),
      );
    }
    case 'alter': {
      const { from, brokerEpoch, leaderEpoch, partitionEpoch, isr, isrEpochs } = message;
      return variantText(
        'AlterPartition',
        recordText({
          src: String(from),
          brokerEpoch: lifeText(brokerEpoch, lives),
          leaderEpoch: epochText(leaderEpoch),
          partitionEpoch: epochText(partitionEpoch),
          newIsr: membersText(isr, isrEpochs, lives),
        }),
      );
    }
    case 'altered': {
      const { to, leaderEpoch, requestedPartitionEpoch, error, assignment } = message;
      return variantText(
        'AlterPartitionAnswer',
        recordText({
          dst: String(to),
          leaderEpoch: epochText(leaderEpoch),
          requestedPartitionEpoch: epochText(requestedPartitionEpoch),
          error: JSON.stringify(errorName(error)),
          assignment: assignment === null ? NO_WORD : partitionText(assignment, [], []),
        }),
      );
    }
  }
}

/** An error comes without a word of what holds instead. */
const NO_WORD: string = recordText({
  leader: '0',
  leaderEpoch: '0',
  partitionEpoch: '0',
  isr: '{}',
  elr: '{}',
  lastKnownElr: '[]',
  recovering: 'false',
});
