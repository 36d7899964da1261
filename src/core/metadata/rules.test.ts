import { describe, expect, test } from 'vitest';
import type { BrokerEpoch, BrokerId, LeaderEpoch, PartitionEpoch } from '../types/ids.js';
import {
  acceptAlterPartition,
  type ElectionQuestion,
  electLeader,
  elrAfterIsrChange,
  elrAfterMinIsrChange,
  elrAfterUncleanRestart,
  mayJoinIsr,
  mayRegister,
  mayShutDown,
  mayUnfence,
} from './rules.js';
import { ids, P0, TOPIC_ID, testBroker, testPartition } from './test-image.js';
import type { AlterPartitionChange } from './types.js';

function elect(changes: Partial<ElectionQuestion>): [leader: number, recovering: boolean] {
  const answer = electLeader({
    replicas: ids(1, 2, 3),
    leader: -1 as BrokerId,
    isr: [],
    elr: [],
    lastKnownElr: [],
    live: new Set(ids(1, 2, 3)),
    uncleanAllowed: false,
    preferred: false,
    ...changes,
  });
  expect(answer.clean).toBe(!answer.recovering);
  return [answer.leader, answer.recovering];
}

const live = (...values: readonly number[]): Set<BrokerId> => new Set(ids(...values));

describe('electLeader', () => {
  test('keeps a leader that can stay, unless the preferred one is wanted', () => {
    const question = { leader: 2 as BrokerId, isr: ids(1, 2, 3) };
    expect(elect(question)).toEqual([2, false]);
    expect(elect({ ...question, preferred: true })).toEqual([1, false]);
    expect(elect({ ...question, preferred: true, live: live(2, 3) })).toEqual([2, false]);
    expect(elect({ ...question, preferred: true, isr: ids(2, 3) })).toEqual([2, false]);
    // Where the preferred one cannot lead, the leadership stays where it is (KIP-183).
    const last = { ...question, leader: 3 as BrokerId, preferred: true };
    expect(elect({ ...last, live: live(2, 3) })).toEqual([3, false]);
  });

  test('takes the first live replica in sync, then one that is eligible', () => {
    expect(elect({ isr: ids(3, 2) })).toEqual([2, false]);
    expect(elect({ isr: ids(3, 2), live: live(1, 3) })).toEqual([3, false]);
    expect(elect({ isr: ids(3), elr: ids(1, 2) })).toEqual([3, false]);
    expect(elect({ isr: [], elr: ids(3, 2), live: live(1, 2, 3) })).toEqual([2, false]);
  });

  test('takes the last known leader only if nobody is in sync or eligible', () => {
    const lastKnownElr = ids(3, 1);
    expect(elect({ lastKnownElr })).toEqual([3, true]);
    expect(elect({ lastKnownElr, live: live(1, 2) })).toEqual([-1, false]);
    expect(elect({ lastKnownElr, elr: ids(2), live: live(1, 3) })).toEqual([-1, false]);
    expect(elect({ lastKnownElr, isr: ids(2), live: live(1, 3) })).toEqual([-1, false]);
  });

  test('takes anybody only where unclean elections are allowed', () => {
    expect(elect({ elr: ids(1), live: live(2, 3) })).toEqual([-1, false]);
    expect(elect({ elr: ids(1), live: live(2, 3), uncleanAllowed: true })).toEqual([2, true]);
    expect(elect({ elr: ids(3), uncleanAllowed: true })).toEqual([3, false]);
    expect(elect({ live: live(), uncleanAllowed: true })).toEqual([-1, false]);
  });
});

describe('acceptAlterPartition', () => {
  const asked: AlterPartitionChange = {
    topicId: TOPIC_ID,
    partition: P0,
    leaderEpoch: 4 as LeaderEpoch,
    partitionEpoch: 7 as PartitionEpoch,
    newIsr: ids(1, 2).map((brokerId) => ({ brokerId, brokerEpoch: -1 as BrokerEpoch })),
    leaderRecoveryState: 'recovered',
  };
  const isr = (...values: readonly number[]): AlterPartitionChange['newIsr'] =>
    ids(...values).map((brokerId) => ({ brokerId, brokerEpoch: -1 as BrokerEpoch }));
  const judge = (changes: Partial<AlterPartitionChange>, requester = 1): number =>
    acceptAlterPartition(testPartition(), requester as BrokerId, { ...asked, ...changes });

  test('compares and sets: epochs of the past are fenced, those of the future fence this controller', () => {
    expect(judge({})).toBe(0);
    expect(judge({ leaderEpoch: 3 as LeaderEpoch })).toBe(74);
    expect(judge({ leaderEpoch: 5 as LeaderEpoch })).toBe(41);
    expect(judge({ partitionEpoch: 6 as PartitionEpoch })).toBe(95);
    expect(judge({ partitionEpoch: 8 as PartitionEpoch })).toBe(41);
    expect(judge({}, 2)).toBe(42);
  });

  test('wants replicas, each once, the leader among them', () => {
    for (const newIsr of [isr(), isr(2, 3), isr(1, 9), isr(1, 1)]) {
      expect(judge({ newIsr })).toBe(42);
    }
  });

  test('lets nobody join a recovering leader, and nobody recover backwards', () => {
    const recovering = testPartition({ isr: ids(1), leaderRecoveryState: 'recovering' });
    const change = { ...asked, leaderRecoveryState: 'recovering' as const };
    const leader = 1 as BrokerId;
    expect(judge({ leaderRecoveryState: 'recovering' })).toBe(42);
    expect(acceptAlterPartition(recovering, leader, change)).toBe(42);
    expect(acceptAlterPartition(recovering, leader, { ...change, newIsr: isr(1) })).toBe(0);
    expect(acceptAlterPartition(recovering, leader, asked)).toBe(0);
  });
});

describe('the other rules', () => {
  test('mayJoinIsr wants a live broker and its own epoch', () => {
    const own = 20 as BrokerEpoch;
    expect(mayJoinIsr(testBroker(2), own)).toBe(true);
    expect(mayJoinIsr(testBroker(2), -1 as BrokerEpoch)).toBe(true);
    expect(mayJoinIsr(testBroker(2), 19 as BrokerEpoch)).toBe(false);
    expect(mayJoinIsr(testBroker(2), 21 as BrokerEpoch)).toBe(false);
    expect(mayJoinIsr(testBroker(2, { fenced: true }), own)).toBe(false);
    expect(mayJoinIsr(testBroker(2, { inControlledShutdown: true }), own)).toBe(false);
    expect(mayJoinIsr(undefined, own)).toBe(false);
  });

  test('elrAfterIsrChange keeps who leaves an ISR that is too small, and only then', () => {
    const partition = testPartition({ isr: ids(1, 2), elr: ids(3), lastKnownElr: ids(3) });
    expect(elrAfterIsrChange(partition, ids(1), 2).elr).toEqual(ids(2, 3));
    expect(elrAfterIsrChange(partition, [], 2).elr).toEqual(ids(1, 2, 3));
    expect(elrAfterIsrChange(partition, ids(1, 3), 2)).toEqual({ elr: [], lastKnownElr: [] });
    expect(elrAfterIsrChange(partition, ids(1), 1)).toEqual({ elr: [], lastKnownElr: [] });
    expect(elrAfterIsrChange(partition, ids(1, 3), 3).lastKnownElr).toEqual([]);
  });

  test('elrAfterUncleanRestart moves a member to those that are only known', () => {
    const eligible = { elr: ids(1, 2), lastKnownElr: ids(3) };
    expect(elrAfterUncleanRestart(eligible, 2 as BrokerId)).toEqual({
      elr: ids(1),
      lastKnownElr: ids(3, 2),
    });
    expect(elrAfterUncleanRestart(eligible, 3 as BrokerId)).toEqual(eligible);
    expect(elrAfterUncleanRestart(eligible, 9 as BrokerId)).toEqual(eligible);
    const known = { elr: ids(1), lastKnownElr: ids(1) };
    expect(elrAfterUncleanRestart(known, 1 as BrokerId)).toEqual({ elr: [], lastKnownElr: ids(1) });
  });

  test('elrAfterMinIsrChange clears the ELR where somebody leads', () => {
    const eligible = { elr: ids(2), lastKnownElr: ids(3) };
    expect(elrAfterMinIsrChange(eligible, ids(1))).toEqual({ elr: [], lastKnownElr: [] });
    expect(elrAfterMinIsrChange(eligible, [])).toEqual(eligible);
  });

  test('mayRegister turns away other clusters and a rival of an unfenced broker', () => {
    const settings = {
      clusterId: 'c',
      defaultPartitions: 1,
      defaultReplicationFactor: 1,
      topicDefaults: new Map<string, string>(),
    };
    const question = { clusterId: 'c', brokerId: 2 as BrokerId, incarnationId: 'new' };
    expect(mayRegister(question, undefined, settings)).toBe(0);
    expect(mayRegister({ ...question, clusterId: 'd' }, undefined, settings)).toBe(104);
    expect(mayRegister(question, testBroker(2), settings)).toBe(101);
    expect(mayRegister(question, testBroker(2, { fenced: true }), settings)).toBe(0);
    const same = { ...question, incarnationId: 'incarnation2' };
    expect(mayRegister(same, testBroker(2), settings)).toBe(0);
  });

  test('mayUnfence waits for the own registration, not for the end of the log', () => {
    const fenced = testBroker(2, { fenced: true });
    expect(mayUnfence(fenced, 19)).toBe(false);
    expect(mayUnfence(fenced, 20)).toBe(true);
    expect(mayUnfence(testBroker(2, { fenced: true, inControlledShutdown: true }), 99)).toBe(false);
  });

  test('mayShutDown waits until all that are live know the new leaders', () => {
    const question = {
      leadsPartitions: false,
      shutdownOffset: 50,
      currentMetadataOffset: 50,
      lowestActiveOffset: 50,
    };
    expect(mayShutDown(question)).toBe(true);
    expect(mayShutDown({ ...question, leadsPartitions: true })).toBe(false);
    expect(mayShutDown({ ...question, currentMetadataOffset: 49 })).toBe(false);
    expect(mayShutDown({ ...question, lowestActiveOffset: 49 })).toBe(false);
  });
});
