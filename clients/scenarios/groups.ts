/** Classic consumer groups: members come, go, die and come back. */

import type { Caller } from '../driver.js';
import { drawRecords, field, refused, type Scenario, type Stage } from '../scenario.js';

const PARTITIONS = 4;
const EACH = 10;
const SESSION_MILLISECONDS = 10_000;
const POLL_MILLISECONDS = 25_000;
/** A rebalance that is not wanted would have shown by then. */
const QUIET_MILLISECONDS = 4_000;
const NON_EMPTY_GROUP = 68;
const GROUP_ID_NOT_FOUND = 69;

interface Polled {
  readonly assigned: readonly number[];
  readonly events: readonly { type: string; partitions: readonly number[] }[];
  readonly records: readonly { partition: number; offset: number; value: string }[];
}

interface Wanted {
  /** Returns once the member has exactly so many partitions. */
  readonly untilAssigned?: number;
  /** Returns once so many records came in this call. */
  readonly untilRecords?: number;
  readonly timeoutMs?: number;
}

async function poll(member: Caller, wanted: Wanted): Promise<Polled> {
  const timeoutMs = wanted.timeoutMs ?? POLL_MILLISECONDS;
  const told = await member.call('poll', { ...wanted, timeoutMs }, timeoutMs + 15_000);
  return {
    assigned: [...(field(told, 'assigned') as number[])].sort((a, b) => a - b),
    events: field(told, 'events') as Polled['events'],
    records: field(told, 'records') as Polled['records'],
  };
}

async function join(stage: Stage, more: object = {}): Promise<Caller> {
  const member = stage.start();
  await member.call('join', {
    group: stage.name,
    topic: stage.name,
    assignor: 'range',
    instanceId: null,
    sessionTimeoutMs: SESSION_MILLISECONDS,
    ...more,
  });
  return member;
}

/** Two members that share the partitions, as they and the coordinator see it. */
async function twoMembers(
  stage: Stage,
  assignor: string,
  instances: readonly (string | null)[] = [null, null],
): Promise<[Caller, Caller, Polled, Polled]> {
  const { evidence, observer, name } = stage;
  const first = await join(stage, { assignor, instanceId: instances[0] });
  const alone = await poll(first, { untilAssigned: PARTITIONS });
  evidence.equal('partitions of the only member', alone.assigned, [0, 1, 2, 3]);
  const second = await join(stage, { assignor, instanceId: instances[1] });
  const [a, b] = await Promise.all([
    poll(first, { untilAssigned: 2 }),
    poll(second, { untilAssigned: 2 }),
  ]);
  evidence.equal('partitions of both', [...a.assigned, ...b.assigned].sort(), [0, 1, 2, 3]);
  evidence.equal('partitions of one', a.assigned.length, 2);
  const isStable = async (): Promise<boolean> => (await observer.group(name)).state === 'Stable';
  await observer.until('the group is stable', isStable);
  const group = await observer.group(name);
  evidence.equal('members of the group', group.memberIds.length, 2);
  return [first, second, a, b];
}

/** Appends records to all partitions; answers what each partition's readers must find. */
async function fill(stage: Stage, from: number): Promise<Map<number, string[]>> {
  const values = new Map<number, string[]>();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const records = drawRecords(EACH);
    await stage.observer.append(stage.name, partition, records);
    values.set(
      partition,
      records.map(({ value }, index) => `${from + index}:${value}`),
    );
  }
  return values;
}

/** The records of each of the partitions, each once. */
function byPartition(records: Polled['records'], partitions: readonly number[]): string[][] {
  return partitions.map((partition) =>
    records
      .filter((record) => record.partition === partition)
      .map(({ offset, value }) => `${offset}:${value}`),
  );
}

export const GROUP_SCENARIOS: readonly Scenario[] = [
  {
    name: 'group',
    title: 'two members share the partitions; one leaves, the other has them all',
    async run(stage) {
      const { observer, evidence, name } = stage;
      await observer.createTopic(name, PARTITIONS);
      const [first, second, a, b] = await twoMembers(stage, 'range');
      const values = await fill(stage, 0);
      const [fromA, fromB] = await Promise.all([
        poll(first, { untilRecords: 2 * EACH }),
        poll(second, { untilRecords: 2 * EACH }),
      ]);
      const mine = (assigned: readonly number[]): string[][] =>
        assigned.map((partition) => values.get(partition)!);
      evidence.equal('records of one', byPartition(fromA.records, a.assigned), mine(a.assigned));
      evidence.equal(
        'records of the other',
        byPartition(fromB.records, b.assigned),
        mine(b.assigned),
      );
      await first.call('commit', {});
      await second.call('commit', {});
      await second.call('leave', {});
      const alone = await poll(first, { untilAssigned: PARTITIONS });
      evidence.equal('partitions of the one that stays', alone.assigned, [0, 1, 2, 3]);
      const more = await fill(stage, EACH);
      const rest = await poll(first, { untilRecords: PARTITIONS * EACH });
      evidence.equal('records that follow', byPartition(rest.records, [0, 1, 2, 3]), [
        ...more.values(),
      ]);
      await first.call('commit', {});
      await first.call('leave', {});
      const committed = await observer.committed(name, name, PARTITIONS);
      evidence.equal('committed offsets', committed, [20, 20, 20, 20]);
      evidence.equal('the group in the end', (await observer.group(name)).state, 'Empty');
    },
  },
  {
    name: 'group-resume',
    title: 'a group goes on where it committed',
    async run(stage) {
      const { observer, evidence, name } = stage;
      await observer.createTopic(name, 1);
      const records = drawRecords(2 * EACH);
      await observer.append(name, 0, records.slice(0, EACH));
      const first = await join(stage);
      const read = await poll(first, { untilRecords: EACH });
      const values = records.map(({ value }) => value);
      evidence.equal(
        'what was there',
        read.records.map(({ value }) => value),
        values.slice(0, EACH),
      );
      await first.call('commit', {});
      await first.call('leave', {});
      evidence.equal('committed', await observer.committed(name, name, 1), [EACH]);
      await observer.append(name, 0, records.slice(EACH));
      const second = await join(stage);
      const rest = await poll(second, { untilRecords: EACH });
      evidence.equal(
        'what came after',
        rest.records.map(({ value }) => value),
        values.slice(EACH),
      );
      await second.call('leave', {});
    },
  },
  {
    name: 'group-seek',
    title: 'a member goes back to an offset and reads again from there',
    async run(stage) {
      const { observer, evidence, name } = stage;
      await observer.createTopic(name, 1);
      const records = drawRecords(EACH);
      await observer.append(name, 0, records);
      const member = await join(stage);
      const first = await poll(member, { untilRecords: EACH });
      evidence.equal(
        'offsets',
        first.records.map(({ offset }) => offset),
        [...Array(EACH).keys()],
      );
      await member.call('seek', { partition: 0, offset: 3 });
      const again = await poll(member, { untilRecords: EACH - 3 });
      evidence.equal(
        'records from there',
        again.records.map(({ offset, value }) => `${offset}:${value}`),
        records.map(({ value }, offset) => `${offset}:${value}`).slice(3),
      );
      await member.call('leave', {});
    },
  },
  {
    name: 'group-static',
    title: 'a static member is killed and back in time: no rebalance, the same partitions',
    async run(stage) {
      const { observer, evidence, name } = stage;
      await observer.createTopic(name, PARTITIONS);
      const instances = ['instance-a', 'instance-b'];
      const [first, second, a, b] = await twoMembers(stage, 'range', instances);
      const before = await observer.group(name);
      evidence.equal('instances', before.instances, instances);
      await second.kill();
      const back = await join(stage, { instanceId: 'instance-b' });
      const [stays, returned] = await Promise.all([
        poll(first, { timeoutMs: QUIET_MILLISECONDS }),
        poll(back, { untilAssigned: 2 }),
      ]);
      evidence.none('what the other member saw of it', stays.events);
      evidence.equal('partitions of the other member', stays.assigned, a.assigned);
      evidence.equal('partitions of the one that came back', returned.assigned, b.assigned);
      const group = await observer.group(name);
      evidence.equal('instances in the end', group.instances, instances);
      const known = group.memberIds.filter((id) => before.memberIds.includes(id));
      evidence.equal('members whose id is the old one', known.length, 1);
    },
  },
  {
    name: 'group-cooperative',
    title: 'cooperative rebalancing: a member gives up only what it loses',
    async run(stage) {
      const { observer, evidence, name } = stage;
      await observer.createTopic(name, PARTITIONS);
      const [first, second, a, b] = await twoMembers(stage, 'cooperative-sticky');
      const { protocol } = await observer.group(name);
      evidence.equal('assignor', protocol, 'cooperative-sticky');
      const revoked = a.events
        .filter(({ type }) => type === 'revoked')
        .flatMap(({ partitions }) => [...partitions])
        .sort();
      evidence.equal('revoked of the first member', revoked, b.assigned);
      const values = await fill(stage, 0);
      const [fromA, fromB] = await Promise.all([
        poll(first, { untilRecords: 2 * EACH }),
        poll(second, { untilRecords: 2 * EACH }),
      ]);
      const found = byPartition([...fromA.records, ...fromB.records], [0, 1, 2, 3]);
      evidence.equal('records of both', found, [...values.values()]);
      await second.call('leave', {});
      const alone = await poll(first, { untilAssigned: PARTITIONS });
      evidence.equal('partitions of the one that stays', alone.assigned, [0, 1, 2, 3]);
      await first.call('leave', {});
    },
  },
  {
    name: 'group-crash',
    title: 'a member is killed; when its session is over, the other has its partitions',
    async run(stage) {
      const { observer, evidence, name } = stage;
      await observer.createTopic(name, PARTITIONS);
      const [first, second] = await twoMembers(stage, 'range');
      const values = await fill(stage, 0);
      await second.kill();
      const alone = await poll(first, { untilAssigned: PARTITIONS });
      evidence.equal('partitions of the one that is left', alone.assigned, [0, 1, 2, 3]);
      // What it had read of its own partitions it may read again: nothing was committed.
      const found = new Set(alone.records.map(({ value }) => value));
      const end = Date.now() + POLL_MILLISECONDS;
      while (found.size < PARTITIONS * EACH && Date.now() < end) {
        for (const { value } of (await poll(first, { untilRecords: 1 })).records) {
          found.add(value);
        }
      }
      const sent = [...values.values()].flat().map((each) => each.slice(each.indexOf(':') + 1));
      evidence.equal('records of all partitions', [...found].sort(), sent.sort());
      evidence.equal('members', (await observer.group(name)).memberIds.length, 1);
      await first.call('leave', {});
    },
  },
  {
    name: 'group-offsets-set',
    title: 'an administrator sets the offsets of a group, which begins there',
    async run(stage) {
      const { observer, evidence, name } = stage;
      await observer.createTopic(name, 1);
      const records = drawRecords(EACH);
      await observer.append(name, 0, records);
      const asked = { group: name, topic: name, partition: 0, offset: 7 };
      await stage.start().call('setOffset', asked);
      evidence.equal('committed', await observer.committed(name, name, 1), [7]);
      const member = await join(stage);
      const read = await poll(member, { untilRecords: EACH - 7 });
      evidence.equal(
        'what the group reads',
        read.records.map(({ offset, value }) => `${offset}:${value}`),
        records.map(({ value }, offset) => `${offset}:${value}`).slice(7),
      );
      await member.call('leave', {});
    },
  },
  {
    name: 'group-offsets-delete',
    title: 'an administrator deletes the offset of one partition, and no other',
    async run(stage) {
      const { observer, evidence, name } = stage;
      await observer.createTopic(name, PARTITIONS);
      await fill(stage, 0);
      const member = await join(stage);
      await poll(member, { untilRecords: PARTITIONS * EACH });
      await member.call('commit', {});
      await member.call('leave', {});
      const committed = (): Promise<number[]> => observer.committed(name, name, PARTITIONS);
      evidence.equal('committed', await committed(), [EACH, EACH, EACH, EACH]);
      await stage.start().call('deleteOffset', { group: name, topic: name, partition: 2 });
      evidence.equal('what is left', await committed(), [EACH, EACH, -1, EACH]);
    },
  },
  {
    name: 'group-admin',
    title: 'groups are listed and described, with a member and without, and their offsets told',
    async run(stage) {
      const { observer, evidence, name, start } = stage;
      await observer.createTopic(name, 1);
      await observer.append(name, 0, drawRecords(EACH));
      const member = await join(stage);
      await poll(member, { untilRecords: EACH });
      await member.call('commit', {});
      const admin = start();
      const stateTold = async (): Promise<string> =>
        String(field(await admin.call('describeGroup', { group: name }), 'state')).toLowerCase();
      evidence.equal('state with a member', await stateTold(), 'stable');
      evidence.equal('and in truth', (await observer.group(name)).state, 'Stable');
      await member.call('leave', {});
      const groups = field(await admin.call('listGroups', {}), 'groups') as string[];
      evidence.equal('listed', groups.includes(name), true);
      const offsets = await admin.call('groupOffsets', { group: name, topic: name });
      evidence.equal('offsets told', field(offsets, 'offsets'), { 0: EACH });
      evidence.equal('state without members', await stateTold(), 'empty');
      evidence.equal('and in truth', (await observer.group(name)).state, 'Empty');
    },
  },
  {
    name: 'group-delete',
    title:
      'a group with a member, and an unknown one, cannot be deleted; another goes with its offsets',
    async run(stage) {
      const { observer, evidence, name, start } = stage;
      await observer.createTopic(name, 1);
      await observer.append(name, 0, drawRecords(EACH));
      const member = await join(stage);
      await poll(member, { untilRecords: EACH });
      await member.call('commit', {});
      const admin = start();
      const busy = admin.call('deleteGroup', { group: name });
      await refused(stage, 'deleting a group with a member', [NON_EMPTY_GROUP], busy);
      await member.call('leave', {});
      const unknown = admin.call('deleteGroup', { group: `${name}-other` });
      await refused(stage, 'deleting an unknown group', [GROUP_ID_NOT_FOUND], unknown);
      evidence.equal('offsets before', await observer.committed(name, name, 1), [EACH]);
      await admin.call('deleteGroup', { group: name });
      evidence.equal('state in the end', (await observer.group(name)).state, 'Dead');
      evidence.equal('offsets in the end', await observer.committed(name, name, 1), [-1]);
    },
  },
];
