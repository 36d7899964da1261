/** Records: produced in every way, found in the log, and read back. */

import { randomBytes } from 'node:crypto';
import type { LoggedRecord, WireRecord } from '../observer.js';
import {
  asLogged,
  base64,
  drawRecords,
  field,
  logged,
  produced,
  refused,
  type Scenario,
  type Stage,
} from '../scenario.js';

const READ_MILLISECONDS = 15_000;
const MESSAGE_TOO_LARGE = 10;
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** What is asked of a driver that produces; `retry` false: the first refusal is told. */
function produce(topic: string, records: readonly WireRecord[], more: object = {}): object {
  const usual = { acks: -1, codec: 'none', idempotent: false, retry: true };
  return { topic, partition: 0, records, ...usual, ...more };
}

async function readBack(stage: Stage, count: number, offset = 0): Promise<LoggedRecord[]> {
  const asked = { topic: stage.name, partition: 0, offset, count, timeoutMs: READ_MILLISECONDS };
  return asLogged(field(await stage.start().call('read', asked), 'records'));
}

/** The client produces, the log has it, the client reads it back. */
async function roundTrip(stage: Stage, records: readonly WireRecord[], more = {}): Promise<void> {
  const { observer, evidence, name, start } = stage;
  const answer = await start().call('produce', produce(name, records, more));
  const { records: found } = await observer.log(name);
  const expected = produced(stage, answer, records, found);
  evidence.equal('records in the log', found, expected);
  evidence.equal('records read back', await readBack(stage, records.length), expected);
}

/** Offsets that the library tells are those in the log; null: it tells none. */
function offsetsTold(stage: Stage, answer: unknown, count: number): void {
  const offsets = field(answer, 'offsets') as number[] | null;
  if (offsets !== null) {
    const expected = Array.from({ length: count }, (_, index) => index);
    stage.evidence.equal('offsets told', offsets, expected);
  }
}

/**
 * Whether a library waited for nobody, for one replica or for all cannot be told from outside while all are
 * there; that each way leads the records into the log, and where the library says, can.
 */
function acksScenario(name: string, acks: number, title: string): Scenario {
  return {
    name,
    title,
    async run(stage) {
      const { observer, evidence, name: topic, start } = stage;
      await observer.createTopic(topic, 1);
      const records = drawRecords(5);
      const answer = await start().call('produce', produce(topic, records, { acks }));
      if (acks !== 0) {
        offsetsTold(stage, answer, records.length);
      }
      await observer.until('the records are there to be read', async () => {
        return (await observer.offset(topic, 0, -1)) >= records.length;
      });
      const { records: found } = await observer.log(topic);
      evidence.equal('records in the log', found, produced(stage, answer, records, found));
    },
  };
}

function codecScenario(codec: string, number: number): Scenario {
  return {
    name: `codec-${codec}`,
    title:
      codec === 'none'
        ? 'uncompressed batches, written and read'
        : `${codec} batches, written and read`,
    async run(stage) {
      await stage.observer.createTopic(stage.name, 1);
      const records = drawRecords(30, { size: 2_000, compressible: true });
      await roundTrip(stage, records, { codec });
      const { batches } = await stage.observer.log(stage.name);
      const codecs = [...new Set(batches.map((batch) => batch.codec))];
      stage.evidence.equal('codec of the batches', codecs, [number]);
    },
  };
}

export const RECORD_SCENARIOS: readonly Scenario[] = [
  acksScenario('acks-0', 0, 'records sent with acks=0 arrive'),
  acksScenario('acks-1', 1, 'records sent with acks=1 arrive where the library says'),
  acksScenario('acks-all', -1, 'records sent with acks=all arrive where the library says'),
  ...CODECS.map(codecScenario),
  {
    name: 'headers',
    title: 'headers in their order, with binary values',
    async run(stage) {
      await stage.observer.createTopic(stage.name, 1);
      const headers = [
        ['zuletzt', randomBytes(12).toString('base64')],
        ['a', base64('1')],
        ['größe', base64('ü')],
      ] as const;
      await roundTrip(
        stage,
        drawRecords(3).map((record) => ({ ...record, headers })),
      );
    },
  },
  {
    name: 'headers-repeated',
    title: 'several headers of one name',
    async run(stage) {
      await stage.observer.createTopic(stage.name, 1);
      const headers = [1, 2, 3].map(
        (number) => ['h', base64(`${number}-${randomBytes(4).toString('hex')}`)] as const,
      );
      await roundTrip(
        stage,
        drawRecords(2).map((record) => ({ ...record, headers })),
      );
    },
  },
  {
    name: 'null-keys',
    title: 'null keys',
    async run(stage) {
      await stage.observer.createTopic(stage.name, 1);
      const records = drawRecords(4);
      await roundTrip(
        stage,
        records.map((record, index) => ({ ...record, key: index % 2 === 0 ? null : record.key })),
      );
    },
  },
  {
    name: 'null-values',
    title: 'null values (tombstones)',
    async run(stage) {
      await stage.observer.createTopic(stage.name, 1);
      const records = drawRecords(4);
      await roundTrip(
        stage,
        records.map((record, index) => ({
          ...record,
          value: index % 2 === 0 ? null : record.value,
        })),
      );
    },
  },
  {
    name: 'empty',
    title: 'empty keys, values and headers stay empty and do not become null',
    async run(stage) {
      await stage.observer.createTopic(stage.name, 1);
      const [first, second, third] = drawRecords(3) as [WireRecord, WireRecord, WireRecord];
      const records = [
        { ...first, key: '' },
        { ...second, value: '' },
        { ...third, headers: [['h', '']] as const },
      ];
      await roundTrip(stage, records);
    },
  },
  {
    name: 'large',
    title: 'a record of 900 kB',
    async run(stage) {
      await stage.observer.createTopic(stage.name, 1);
      await roundTrip(stage, drawRecords(1, { size: 900_000 }));
    },
  },
  {
    name: 'large-refused',
    title: 'one above max.message.bytes: MESSAGE_TOO_LARGE, and nothing of it in the log',
    async run(stage) {
      const { observer, evidence, name, start } = stage;
      await observer.createTopic(name, 1, { 'max.message.bytes': '10000' });
      const driver = start();
      const sent = driver.call('produce', produce(name, drawRecords(1, { size: 20_000 })));
      await refused(stage, 'a large record', [MESSAGE_TOO_LARGE], sent);
      const small = drawRecords(2);
      const answer = await driver.call('produce', produce(name, small));
      const { records: found } = await observer.log(name);
      evidence.equal('records in the log', found, produced(stage, answer, small, found));
    },
  },
  {
    name: 'idempotence',
    title: 'batches carry a producer id and unbroken sequences',
    async run(stage) {
      const { observer, evidence, name, start } = stage;
      await observer.createTopic(name, 1);
      const records = drawRecords(20);
      const answer = await start().call('produce', produce(name, records, { idempotent: true }));
      const log = await observer.log(name);
      evidence.equal(
        'records in the log',
        log.records,
        produced(stage, answer, records, log.records),
      );
      const ids = [...new Set(log.batches.map(({ producerId }) => producerId))];
      evidence.holds('one producer id', ids.length === 1 && ids[0]! >= 0n, ids.map(String));
      evidence.equal(
        'sequences',
        log.batches.map(({ baseSequence }) => baseSequence),
        log.batches.map(({ baseOffset }) => baseOffset),
      );
    },
  },
  {
    name: 'seek',
    title: 'reading begins at the offset asked for',
    async run(stage) {
      await stage.observer.createTopic(stage.name, 1);
      const records = drawRecords(30);
      await stage.observer.append(stage.name, 0, records.slice(0, 17));
      await stage.observer.append(stage.name, 0, records.slice(17));
      for (const offset of [11, 29, 0]) {
        const found = await readBack(stage, 30 - offset, offset);
        stage.evidence.equal(`from ${offset}`, found, logged(records).slice(offset));
      }
    },
  },
  {
    name: 'offsets-by-time',
    title: 'the first, the last, and the first record of a time or later',
    async run({ observer, evidence, name, start }) {
      await observer.createTopic(name, 1);
      const records = drawRecords(10);
      await observer.append(name, 0, records.slice(0, 4));
      await observer.append(name, 0, records.slice(4));
      const driver = start();
      const asked: [number | string, number][] = [
        ['earliest', 0],
        ['latest', 10],
        [records[6]!.timestamp, 6],
        [records[2]!.timestamp + 1, 3],
        [records[0]!.timestamp - 5, 0],
      ];
      for (const [at, expected] of asked) {
        const told = await driver.call('listOffsets', { topic: name, partition: 0, at });
        evidence.equal(`offset at ${at}`, field(told, 'offset'), expected);
      }
    },
  },
];
