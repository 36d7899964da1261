import { describe, expect, test } from 'vitest';
import {
  deleteGroupsApi,
  findCoordinatorApi,
  heartbeatApi,
  joinGroupApi,
  leaveGroupApi,
  offsetCommitApi,
  offsetFetchApi,
  syncGroupApi,
} from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import { GroupClient, type JoinAnswer, type Membership } from './group-client.js';
import type { Outcome } from './outcomes.js';
import { type ScriptedRequest, ScriptedWorld } from './scripted-world.js';

const MEMBER: Membership = { memberId: 'm', instanceId: 'i', generation: 3 };
const PLACE = { topic: 't', partition: 4 as never };
const JOIN = {
  memberId: '',
  instanceId: null,
  sessionTimeout: 900,
  rebalanceTimeout: 800,
  protocols: [{ name: 'range', metadata: Uint8Array.of(1) }],
};

/** Broker 1001 says that 1002 coordinates, which answers as `script` says. */
function cluster(script: (request: ScriptedRequest) => void): {
  readonly world: ScriptedWorld;
  readonly client: GroupClient;
} {
  const world = new ScriptedWorld();
  world.broker(1001, (request) =>
    request.answer(findCoordinatorApi, { errorCode: 0, nodeId: 2 as never, host: 'h', port: 1002 }),
  );
  world.broker(1002, script);
  const options = {
    clientId: 'test',
    bootstrap: [{ host: 'h', port: 1001 }],
    requestTimeout: 1_000,
    metadataTimeout: 300,
    maxFrameBytes: 1 << 20,
  };
  return { world, client: new GroupClient(world, options, 'g') };
}

function outcomeOf<Value>(
  world: ScriptedWorld,
  call: (done: (outcome: Outcome<Value>) => void) => void,
): Outcome<Value> {
  const outcomes: Outcome<Value>[] = [];
  call((outcome) => outcomes.push(outcome));
  // Connections come to stand.
  world.advance(1);
  expect(outcomes).toHaveLength(1);
  return outcomes[0]!;
}

const commitAnswer = (errorCode: number) => ({
  topics: [{ name: 't', partitions: [{ partitionIndex: 4 as never, errorCode }] }],
});

describe('joining', () => {
  const join = (answer: object): Outcome<JoinAnswer> => {
    const { world, client } = cluster((request) => {
      expect(request.body(joinGroupApi)).toMatchObject({
        groupId: 'g',
        sessionTimeoutMs: 900,
        rebalanceTimeoutMs: 800,
        protocolType: 'consumer',
      });
      request.answer(joinGroupApi, answer as never);
    });
    return outcomeOf(world, (done) => client.join(JOIN, 5_000, done));
  };
  const joined = {
    errorCode: 0,
    generationId: 3,
    protocolName: 'range',
    leader: 'm',
    memberId: 'm',
    members: [{ memberId: 'm', metadata: Uint8Array.of(7) }],
  };

  test('the leader is told who is to be given a share, the others are not', () => {
    expect(join(joined)).toMatchObject({
      type: 'ok',
      value: { type: 'joined', memberId: 'm', generation: 3, protocol: 'range' },
    });
    expect(join(joined)).toMatchObject({ value: { members: [{ memberId: 'm' }] } });
    expect(join({ ...joined, leader: 'other', members: [] })).toMatchObject({
      value: { members: null },
    });
  });

  test('an id to join with is an answer (KIP-394), other errors are none', () => {
    const told = { errorCode: ErrorCode.MEMBER_ID_REQUIRED, protocolName: '', leader: '' };
    expect(join({ ...told, memberId: 'm7', members: [] })).toEqual({
      type: 'ok',
      value: { type: 'told', memberId: 'm7' },
    });
    const fenced = { ...told, errorCode: ErrorCode.FENCED_INSTANCE_ID, memberId: '', members: [] };
    expect(join(fenced)).toMatchObject({ type: 'fail', error: { name: 'FENCED_INSTANCE_ID' } });
  });

  test('it may last longer than other requests', () => {
    const { world, client } = cluster(() => {});
    const outcomes: unknown[] = [];
    client.join(JOIN, 5_000, (outcome) => outcomes.push(outcome));
    world.advance(4_000);
    expect(outcomes).toEqual([]);
    world.advance(1_500);
    expect(outcomes).toMatchObject([{ type: 'unknown', error: { name: 'request-timed-out' } }]);
  });
});

test('requests of a member name it', () => {
  const named = { groupId: 'g', generationId: 3, memberId: 'm', groupInstanceId: 'i' };
  const { world, client } = cluster((request) => {
    if (request.apiKey === syncGroupApi.key) {
      expect(request.body(syncGroupApi)).toMatchObject(named);
      request.answer(syncGroupApi, { errorCode: 0, assignment: Uint8Array.of(5) });
    } else if (request.apiKey === heartbeatApi.key) {
      expect(request.body(heartbeatApi)).toMatchObject(named);
      request.answer(heartbeatApi, { errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
    } else {
      const members = [{ memberId: 'm', groupInstanceId: 'i' }];
      expect(request.body(leaveGroupApi)).toMatchObject({ members });
      const errorCode = ErrorCode.UNKNOWN_MEMBER_ID;
      request.answer(leaveGroupApi, { errorCode: 0, members: [{ ...members[0]!, errorCode }] });
    }
  });
  const synced = outcomeOf<Uint8Array>(world, (done) =>
    client.sync({ ...MEMBER, assignments: [] }, 5_000, done),
  );
  expect(synced).toEqual({ type: 'ok', value: Uint8Array.of(5) });
  expect(outcomeOf(world, (done) => client.heartbeat(MEMBER, done))).toMatchObject({
    type: 'fail',
    error: { name: 'REBALANCE_IN_PROGRESS' },
  });
  expect(outcomeOf(world, (done) => client.leave(MEMBER, done))).toMatchObject({
    type: 'fail',
    error: { name: 'UNKNOWN_MEMBER_ID' },
  });
});

test.each([
  [0, 'ok'],
  [ErrorCode.NON_EMPTY_GROUP, 'fail'],
  [ErrorCode.GROUP_ID_NOT_FOUND, 'fail'],
  [ErrorCode.NOT_COORDINATOR, 'unknown'],
])('a deletion that is answered with error %i is %s (KIP-229)', (errorCode, type) => {
  const { world, client } = cluster((request) => {
    expect(request.body(deleteGroupsApi)).toMatchObject({ groupsNames: ['g'] });
    request.answer(deleteGroupsApi, { results: [{ groupId: 'g', errorCode }] });
  });
  expect(outcomeOf(world, (done) => client.delete(done)).type).toBe(type);
});

describe('a commit', () => {
  const commit = (errorCode: number): Outcome<null> => {
    const { world, client } = cluster((request) => {
      expect(request.body(offsetCommitApi)).toMatchObject({
        generationIdOrMemberEpoch: 3,
        memberId: 'm',
        groupInstanceId: 'i',
        topics: [{ name: 't', partitions: [{ partitionIndex: 4, committedOffset: 9 }] }],
      });
      request.answer(offsetCommitApi, commitAnswer(errorCode));
    });
    return outcomeOf(world, (done) =>
      client.commit(MEMBER, [{ ...PLACE, offset: 9 as never }], done),
    );
  };

  test.each([
    ['NONE', 'ok'],
    ['ILLEGAL_GENERATION', 'fail'],
    ['UNKNOWN_MEMBER_ID', 'fail'],
    ['FENCED_INSTANCE_ID', 'fail'],
    ['REBALANCE_IN_PROGRESS', 'fail'],
    ['COORDINATOR_LOAD_IN_PROGRESS', 'fail'],
    // They come too while what was appended waits for the log.
    ['NOT_COORDINATOR', 'unknown'],
    ['COORDINATOR_NOT_AVAILABLE', 'unknown'],
    ['REQUEST_TIMED_OUT', 'unknown'],
  ] as const)('that is answered with %s: %s', (name, type) => {
    expect(commit(ErrorCode[name]).type).toBe(type);
  });

  test('of several positions is as open as the most open of them', () => {
    const { world, client } = cluster((request) =>
      request.answer(offsetCommitApi, {
        topics: [
          ...commitAnswer(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION).topics,
          ...commitAnswer(ErrorCode.NOT_COORDINATOR).topics,
        ],
      }),
    );
    const positions = [4, 5].map((partition) => ({
      topic: 't',
      partition: partition as never,
      offset: 9 as never,
    }));
    expect(outcomeOf(world, (done) => client.commit(MEMBER, positions, done)).type).toBe('unknown');
  });
});

describe('committed positions', () => {
  const ask = (partitions: object[], errorCode = 0): Outcome<unknown> => {
    const { world, client } = cluster((request) =>
      request.answer(offsetFetchApi, { errorCode, topics: [{ name: 't', partitions }] } as never),
    );
    return outcomeOf(world, (done) => client.committed([PLACE], done));
  };
  const told = (committedOffset: number, errorCode = 0): object => ({
    partitionIndex: 4,
    committedOffset,
    metadata: '',
    errorCode,
  });

  test('are told, none is null', () => {
    expect(ask([told(9)])).toEqual({ type: 'ok', value: [{ ...PLACE, offset: 9 }] });
    expect(ask([told(-1)])).toEqual({ type: 'ok', value: [{ ...PLACE, offset: null }] });
  });

  test('with an error of the group or of a partition nothing is told', () => {
    expect(ask([], ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)).toMatchObject({ type: 'fail' });
    expect(ask([told(-1, ErrorCode.NOT_COORDINATOR)])).toMatchObject({ type: 'fail' });
    expect(ask([])).toMatchObject({ type: 'fail', error: { name: 'malformed-answer' } });
  });
});

describe('the coordinator', () => {
  test('is looked for once, and again when it is elsewhere', () => {
    const answers = [ErrorCode.NONE, ErrorCode.NOT_COORDINATOR, ErrorCode.NONE, ErrorCode.NONE];
    const { world, client } = cluster((request) =>
      request.answer(heartbeatApi, { errorCode: answers.shift() ?? 0 }),
    );
    const beat = (): string => outcomeOf(world, (done) => client.heartbeat(MEMBER, done)).type;
    expect([beat(), beat(), beat(), beat()]).toEqual(['ok', 'fail', 'ok', 'ok']);
    const asked = world.requests.map(({ apiKey }) => apiKey);
    expect(asked.filter((key) => key === findCoordinatorApi.key)).toHaveLength(2);
  });

  test('without one the request never left', () => {
    const { world, client } = cluster(() => {});
    world.broker(1001, (request) =>
      request.answer(findCoordinatorApi, {
        errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE,
        nodeId: -1 as never,
        host: '',
        port: -1,
      }),
    );
    const commit = outcomeOf<null>(world, (done) =>
      client.commit(MEMBER, [{ ...PLACE, offset: 9 as never }], done),
    );
    expect(commit).toMatchObject({ type: 'fail', error: { name: 'no-coordinator' } });
    client.close();
    expect(outcomeOf(world, (done) => client.heartbeat(MEMBER, done)).type).toBe('fail');
  });
});
