/**
 * What was promised to clients, against what is stored at the end of a run: a reference model that needs
 * nothing but the clients' rows and the bytes on the disks.
 */

import { endOf } from '../../core/properties/partition/property.js';
import type { Offset } from '../../core/types/ids.js';
import type { MicroOperation, Row, Value } from '../../history/rows.js';
import { readRecords } from '../../log/record-batch.js';
import { decompress } from '../../protocol/compression.js';
import type { RunContext } from '../context.js';
import type { KeptRecord } from '../workload/keyed-promises.js';
import { type Key, payloadOf, valueIn } from '../workload/keys.js';
import type { DocumentedLosses } from './beyond.js';
import { type JudgedPartition, nameOf } from './judged-partition.js';
import { readStoredLog, type StoredBatch } from './log-files.js';
import type { PartitionJudge } from './partition.js';
import type { Shadow } from './shadow.js';

const decoder = new TextDecoder();

/** By offset. */
type Values = ReadonlyMap<number, Value>;

/** Asked once, when everything is at rest; reports its first finding to the context. */
export function judgePromises(context: RunContext, partitions: PartitionJudge): void {
  const keys = context.recorder.keys.openKeys();
  const acknowledged = acknowledgedByKey(context.recorder.rows);
  for (const judged of partitions.partitions()) {
    const key = keys.find(
      ({ topic, partition }) => topic === judged.topic && partition === judged.partition,
    );
    if (key !== undefined) {
      const promised = acknowledged.get(key.name) ?? new Map();
      judgeKey(context, judged, key, promised, partitions.losses);
    }
  }
}

/** By key and offset: the values that somebody was told to be there (acks=all). */
function acknowledgedByKey(rows: readonly Row[]): Map<string, Map<number, Value>> {
  const byKey = new Map<string, Map<number, Value>>();
  for (const row of rows) {
    if (row.f !== 'send' || row.type === 'invoke' || row.type === 'fail') {
      continue;
    }
    for (const operation of row.value as readonly MicroOperation[]) {
      const sent = operation[0] === 'send' ? operation[2] : null;
      if (sent === null || typeof sent !== 'object' || sent[0] === null) {
        continue;
      }
      const key = operation[1] as string;
      const values = byKey.get(key) ?? new Map<number, Value>();
      byKey.set(key, values.set(sent[0], sent[1]));
    }
  }
  return byKey;
}

function judgeKey(
  context: RunContext,
  judged: JudgedPartition,
  key: Key,
  acknowledged: Values,
  losses: DocumentedLosses | null,
): void {
  const { world } = judged;
  const sound = soundReplicas(context, judged);
  // The leader if it is sound, for the others may have to cut something yet.
  const reference = sound.find(({ shadow }) => shadow.id === world.leader) ?? sound[0];
  if (reference === undefined) {
    return;
  }
  const values = valuesIn(reference.batches, key.tombstones);
  judgeInvented(context, judged, key, reference, values);
  if (world.uncleanElections > 0) {
    return;
  }
  const keyed = key.compacted ? context.recorder.keyed.newest(key) : [];
  for (const { shadow, batches } of sound) {
    judgeCompacted(context, judged, shadow, newestByRecordKey(batches), keyed, losses);
    const held = sameBytes(reference.batches, batches) ? values : valuesIn(batches, key.tombstones);
    judgeReplica(context, judged, shadow, held, acknowledged, losses);
  }
}

interface SoundReplica {
  readonly shadow: Shadow;
  readonly batches: readonly StoredBatch[];
}

/** Running in-sync replicas whose disks have changed nothing behind their backs. */
function soundReplicas(context: RunContext, { world, shadows }: JudgedPartition): SoundReplica[] {
  const sound: SoundReplica[] = [];
  for (const id of world.isr) {
    const shadow = shadows.get(id);
    if (shadow?.running == null) {
      continue;
    }
    const { directory } = shadow.running.log;
    const { batches, rotten } = readStoredLog(nodeOf(context, shadow).files, directory);
    if (!rotten) {
      const kept = batches.filter(({ header }) => endOf(header) > shadow.logStartOffset);
      sound.push({ shadow, batches: kept });
    }
  }
  return sound;
}

function judgeInvented(
  context: RunContext,
  judged: JudgedPartition,
  key: Key,
  { shadow }: SoundReplica,
  values: Values,
): void {
  const { highWatermark } = shadow.running!.state;
  for (const [offset, value] of values) {
    const owner = offset < highWatermark ? context.recorder.keys.ownerOf(value) : key;
    const isHere = owner?.topic === key.topic && owner.partition === key.partition;
    if (!isHere || owner.incarnation > key.incarnation) {
      const where = owner === undefined ? 'nobody' : `somebody, but to ${owner.name}`;
      const detail = `${nameOf(judged)} holds ${value} at ${offset}, which ${where} sent`;
      context.violated('NothingInvented', detail, nodeOf(context, shadow).name);
    }
  }
}

function judgeReplica(
  context: RunContext,
  judged: JudgedPartition,
  shadow: Shadow,
  held: Values,
  acknowledged: Values,
  losses: DocumentedLosses | null,
): void {
  for (const [offset, value] of acknowledged) {
    const isLost = losses?.isLost(judged, offset, offset) === true;
    if (offset >= shadow.logStartOffset && !isLost && held.get(offset) !== value) {
      const node = nodeOf(context, shadow).name;
      const detail = `${value} was acknowledged at offset ${offset} of ${nameOf(judged)}, where ${node} holds ${held.get(offset) ?? 'nothing'}`;
      context.violated('AcknowledgedIsStored', detail, node);
    }
  }
}

/** Of each record key: where the newest record is. */
function newestByRecordKey(batches: readonly StoredBatch[]): Map<string, Offset> {
  const newest = new Map<string, Offset>();
  for (const { header, bytes } of batches) {
    for (const { offset, key } of header.isControl ? [] : readRecords(bytes, decompress)) {
      if (key !== null) {
        newest.set(decoder.decode(key), offset);
      }
    }
  }
  return newest;
}

/** Compaction keeps the newest record of each key, or the tombstone that deleted it, for a while. */
function judgeCompacted(
  context: RunContext,
  judged: JudgedPartition,
  shadow: Shadow,
  held: ReadonlyMap<string, Offset>,
  promised: readonly KeptRecord[],
  losses: DocumentedLosses | null,
): void {
  for (const { recordKey, offset, value, mayBeGone } of promised) {
    const found = held.get(decoder.decode(payloadOf(recordKey))) ?? -1;
    const isLost = losses?.isLost(judged, offset, offset) === true;
    if (offset < shadow.logStartOffset || found >= offset || mayBeGone || isLost) {
      continue;
    }
    const node = nodeOf(context, shadow).name;
    const what = `${value} of record key ${recordKey} was acknowledged at offset ${offset}`;
    const where = found < 0 ? 'nothing of that key' : `nothing newer of it than at ${found}`;
    const detail = `${what} of ${nameOf(judged)}, where ${node} holds ${where}`;
    context.violated('AcknowledgedIsStored', detail, node);
  }
}

function nodeOf(context: RunContext, { id }: Shadow): RunContext['cluster']['nodes'][number] {
  return context.cluster.nodes[id - 1]!;
}

/** `tombstones`: there may be records without a value, which tell of none. */
function valuesIn(batches: readonly StoredBatch[], tombstones: boolean): Map<number, Value> {
  const values = new Map<number, Value>();
  for (const { header, bytes } of batches) {
    for (const { offset, value } of header.isControl ? [] : readRecords(bytes, decompress)) {
      if (value !== null || !tombstones) {
        values.set(offset, valueIn(value));
      }
    }
  }
  return values;
}

function sameBytes(a: readonly StoredBatch[], b: readonly StoredBatch[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ bytes }, i) => {
      const other = b[i]!.bytes;
      if (bytes.length !== other.length) {
        return false;
      }
      for (let at = 0; at < bytes.length; at++) {
        if (bytes[at] !== other[at]) {
          return false;
        }
      }
      return true;
    })
  );
}
