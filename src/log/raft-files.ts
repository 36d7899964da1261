/**
 * What the metadata log's files hold, as bytes: entries as record batches, snapshots as Kafka's
 * checkpoint files, term and vote as quorum-state (KIP-595, 630, 853).
 */

import type { Configuration, Entry, HardState, Snapshot, Voter } from '../core/raft/types.js';
import { assert } from '../core/types/assert.js';
import {
  type BrokerId,
  type LeaderEpoch,
  type LogIndex,
  NO_TIMESTAMP,
  type Offset,
  type Term,
  type Uuid,
  ZERO_UUID,
} from '../core/types/ids.js';
import { MalformedBytes, readInt16, readInt32, writeInt16, writeInt32 } from './bytes.js';
import {
  type BatchHeader,
  buildBatch,
  HEADER_BYTES,
  inspectBatches,
  readBatchHeader,
  readRecords,
  stampBatch,
} from './record-batch.js';
import type { RecordInput, RecordView } from './records.js';

/** Control record types (ControlRecordType of Kafka): what the key of a control record says. */
const LEADER_CHANGE = 2;
const SNAPSHOT_HEADER = 3;
const SNAPSHOT_FOOTER = 4;
const KRAFT_VERSION = 5;
const KRAFT_VOTERS = 6;

const UUID_BYTES = 16;

/** LeaderChangeMessage, version 0: leader unknown, no voters. The entry says no more than its term. */
const LEADER_CHANGE_VALUE: Uint8Array = Uint8Array.of(0, 0, 0xff, 0xff, 0xff, 0xff, 1, 1, 0);
/** SnapshotHeaderRecord, version 0: timestamp of the last record in it unknown (0). */
const SNAPSHOT_HEADER_VALUE: Uint8Array = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
/** SnapshotFooterRecord, version 0. */
const SNAPSHOT_FOOTER_VALUE: Uint8Array = Uint8Array.of(0, 0, 0);
/** KRaftVersionRecord, version 0: kraft.version 1. */
const KRAFT_VERSION_VALUE: Uint8Array = Uint8Array.of(0, 0, 0, 1, 0);

/** Raft's indexes begin at 1, the offsets of Kafka's metadata log at 0. */
export function offsetOfIndex(index: LogIndex): Offset {
  return (index - 1) as Offset;
}

export function indexOfOffset(offset: Offset): LogIndex {
  return (offset + 1) as LogIndex;
}

/** The batch that stands for `entry` in the log: leader epoch = term, one offset for each index. */
export function encodeEntry(entry: Entry): Uint8Array {
  const baseOffset = offsetOfIndex(entry.base);
  const leaderEpoch = entry.term as number as LeaderEpoch;
  if (entry.kind !== 'data') {
    assert(entry.base === entry.index, 'a control entry covers one offset');
    const { configuration } = entry;
    const type = configuration === undefined ? LEADER_CHANGE : KRAFT_VOTERS;
    const value = configuration === undefined ? LEADER_CHANGE_VALUE : encodeVoters(configuration);
    return buildBatch({
      baseOffset,
      leaderEpoch,
      records: [controlRecord(type, value)],
      control: true,
    });
  }
  const batch = entry.payload.slice();
  assert(batch.length >= HEADER_BYTES, 'the payload of a data entry is a record batch');
  const header = readBatchHeader(batch, 0);
  assert(header.sizeInBytes === batch.length, 'the payload of a data entry is one record batch');
  assert(header.lastOffsetDelta === entry.index - entry.base, 'an entry covers its records');
  stampBatch(batch, 0, baseOffset, leaderEpoch);
  return batch;
}

/** The entry that {@link encodeEntry} wrote. `batch` is taken over. */
export function decodeEntry(batch: Uint8Array, header: BatchHeader): Entry {
  const base = indexOfOffset(header.baseOffset);
  const index = (base + header.lastOffsetDelta) as LogIndex;
  const term = header.leaderEpoch as number as Term;
  if (!header.isControl) {
    stampBatch(batch, 0, 0 as Offset, 0 as LeaderEpoch);
    return { base, index, term, kind: 'data', payload: batch };
  }
  const [record] = readRecords(batch, refuseCodec);
  switch (record === undefined ? -1 : controlType(record)) {
    case LEADER_CHANGE:
      return { base, index, term, kind: 'noop', payload: new Uint8Array(0) };
    case KRAFT_VOTERS:
      return {
        ...{ base, index, term, kind: 'configuration', payload: new Uint8Array(0) },
        configuration: decodeVoters(record!.value!),
      };
    default:
      throw new MalformedBytes(`an unknown control batch at offset ${base}`);
  }
}

/**
 * The parts of a snapshot file: a control batch with header, kraft.version and voters, the batches of
 * `data` (base offsets consecutive from 0, shifted by what stands before), a footer.
 */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array[] {
  const leaderEpoch = snapshot.term as number as LeaderEpoch;
  const head = [
    controlRecord(SNAPSHOT_HEADER, SNAPSHOT_HEADER_VALUE),
    controlRecord(KRAFT_VERSION, KRAFT_VERSION_VALUE),
    controlRecord(KRAFT_VOTERS, encodeVoters(snapshot.configuration)),
  ];
  const data = snapshot.data.slice();
  const next = shiftBatches(data, 0, head.length);
  return [
    buildBatch({ baseOffset: 0 as Offset, leaderEpoch, records: head, control: true }),
    data,
    buildBatch({
      baseOffset: next as Offset,
      leaderEpoch,
      records: [controlRecord(SNAPSHOT_FOOTER, SNAPSHOT_FOOTER_VALUE)],
      control: true,
    }),
  ];
}

/** The snapshot in a file whose name says index and term; null: it is not complete and sound. */
export function decodeSnapshot(bytes: Uint8Array, index: LogIndex, term: Term): Snapshot | null {
  const inspected = inspectBatches(bytes);
  const first = inspected.batches[0];
  const last = inspected.batches.at(-1);
  if (inspected.error !== undefined || first?.isControl !== true || last?.isControl !== true) {
    return null;
  }
  const head = readRecords(bytes.subarray(0, first.sizeInBytes), refuseCodec);
  const [foot] = readRecords(bytes.subarray(bytes.length - last.sizeInBytes), refuseCodec);
  const voters = head.find((record) => controlType(record) === KRAFT_VOTERS);
  if (
    first === last ||
    voters === undefined ||
    controlType(head[0]!) !== SNAPSHOT_HEADER ||
    controlType(foot!) !== SNAPSHOT_FOOTER
  ) {
    return null;
  }
  const data = bytes.slice(first.sizeInBytes, bytes.length - last.sizeInBytes);
  shiftBatches(data, first.lastOffsetDelta + 1, -(first.lastOffsetDelta + 1));
  return { index, term, configuration: decodeVoters(voters.value!), data };
}

/** Moves the base offsets of batches that follow on `from` by `by`; where the last one ends then. */
function shiftBatches(data: Uint8Array, from: number, by: number): number {
  let expected = from;
  for (let position = 0; position < data.length; ) {
    const header = readBatchHeader(data, position);
    assert(header.baseOffset === expected, 'the data of a snapshot are batches from offset 0 on');
    assert(header.sizeInBytes >= HEADER_BYTES, 'the data of a snapshot are whole batches');
    stampBatch(data, position, (expected + by) as Offset, header.leaderEpoch);
    expected += header.lastOffsetDelta + 1;
    position += header.sizeInBytes;
  }
  return expected + by;
}

function controlRecord(type: number, value: Uint8Array): RecordInput {
  // The key: version 0, then the type, 16 bits each.
  return {
    key: Uint8Array.of(0, 0, type >> 8, type & 0xff),
    value,
    headers: [],
    timestamp: NO_TIMESTAMP,
  };
}

function controlType(record: RecordView): number {
  return record.key === null || record.key.length < 4 ? -1 : readInt16(record.key, 2);
}

function refuseCodec(codec: number): Uint8Array {
  throw new MalformedBytes(`a control batch is compressed with codec ${codec}`);
}

/** VotersRecord, version 0: ids and directory ids; endpoints are in the configuration of each node. */
function encodeVoters(configuration: Configuration): Uint8Array {
  const { voters } = configuration;
  assert(voters.length < 0x7f, 'more voters than one length byte says');
  // id, directory id, no endpoints, versions 0 to 1 and the tag count of that struct, tag count.
  const each = 4 + UUID_BYTES + 1 + 5 + 1;
  const bytes = new Uint8Array(2 + 1 + voters.length * each + 1);
  bytes[2] = voters.length + 1;
  let at = 3;
  for (const voter of voters) {
    writeInt32(bytes, at, voter.id);
    bytes.set(uuidBytes(voter.directoryId), at + 4);
    bytes[at + 4 + UUID_BYTES] = 1;
    writeInt16(bytes, at + 5 + UUID_BYTES, 0);
    writeInt16(bytes, at + 7 + UUID_BYTES, 1);
    at += each;
  }
  return bytes;
}

function decodeVoters(bytes: Uint8Array): Configuration {
  const each = 4 + UUID_BYTES + 1 + 5 + 1;
  const count = (bytes[2] ?? 0) - 1;
  if (count < 0 || bytes.length !== 4 + count * each) {
    throw new MalformedBytes('the voters of a snapshot are not what this broker writes');
  }
  const voters: Voter[] = [];
  for (let at = 3; voters.length < count; at += each) {
    const directoryId = uuidText(bytes.subarray(at + 4, at + 4 + UUID_BYTES));
    voters.push({ id: readInt32(bytes, at) as BrokerId, directoryId });
  }
  return { voters };
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The 128 bits of a printed Uuid. */
export function uuidBytes(uuid: Uuid): Uint8Array {
  assert(/^[\w-]{22}$/.test(uuid), `${uuid} is no Uuid`);
  const bytes = new Uint8Array(UUID_BYTES);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of uuid) {
    bits = (bits << 6) | BASE64.indexOf(character);
    held += 6;
    if (held >= 8 && at < UUID_BYTES) {
      held -= 8;
      bytes[at++] = bits >> held;
      bits &= (1 << held) - 1;
    }
  }
  return bytes;
}

/** The printed form of 128 bits. */
export function uuidText(bytes: Uint8Array): Uuid {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 6) {
      held -= 6;
      text += BASE64[bits >> held]!;
      bits &= (1 << held) - 1;
    }
  }
  return (text + BASE64[(bits << (6 - held)) & 63]!) as Uuid;
}

/** quorum-state, Kafka's JSON of QuorumStateData version 1. */
export function encodeHardState(hardState: HardState): string {
  const { term, votedFor } = hardState;
  return JSON.stringify({
    leaderId: -1,
    leaderEpoch: term,
    votedId: votedFor?.id ?? -1,
    votedDirectoryId: votedFor?.directoryId ?? ZERO_UUID,
    data_version: 1,
  });
}

/** Throws {@link MalformedBytes}. */
export function decodeHardState(text: string): HardState {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new MalformedBytes('quorum-state is no JSON');
  }
  const { leaderEpoch, votedId, votedDirectoryId, data_version: version } = fields;
  if (
    version !== 1 ||
    !Number.isSafeInteger(leaderEpoch) ||
    !Number.isSafeInteger(votedId) ||
    typeof votedDirectoryId !== 'string'
  ) {
    throw new MalformedBytes('quorum-state is not what this broker writes');
  }
  const votedFor =
    (votedId as number) < 0
      ? null
      : { id: votedId as BrokerId, directoryId: votedDirectoryId as Uuid };
  return { term: leaderEpoch as Term, votedFor };
}
