/**
 * A closed world for the group coordinator: one offsets partition with two replicas, its log with a
 * commit point, and honest and dishonest clients. Everything that happens is drawn by the caller as
 * small numbers, so that runs replay and shrink. Each step is judged by the shared properties.
 */

import { initialGroups, stepGroups } from '../src/core/coordinator/groups.js';
import { emptyOffsetsPartition } from '../src/core/coordinator/offsets-partition.js';
import { createGroupRules, type GroupRules } from '../src/core/coordinator/rules.js';
import { cloneGroups } from '../src/core/coordinator/state.js';
import type {
  GroupSettings,
  GroupsEffect,
  GroupsInput,
  GroupsRequest,
  GroupsResponse,
  GroupsState,
  GroupsTimer,
  JoinGroupResponse,
  OffsetsRecord,
} from '../src/core/coordinator/types.js';
import { groupsProperties } from '../src/core/properties/coordinator/all.js';
import {
  type GroupsGhost,
  observeGroups,
  startGroupsGhost,
} from '../src/core/properties/coordinator/ghost.js';
import type {
  LeaderEpoch,
  Offset,
  PartitionIndex,
  Stamp,
  Timestamp,
} from '../src/core/types/ids.js';

export const TOPIC = 'orders';
export const PARTITIONS = 3;
/** Of a consumer of {@link TOPIC}: version 0, one topic. Other clients say it in ways of their own. */
const SUBSCRIPTION: Uint8Array = Uint8Array.of(
  0,
  0,
  0,
  0,
  0,
  1,
  0,
  TOPIC.length,
  ...Buffer.from(TOPIC),
);

type NodeName = 'a' | 'b';

interface Node {
  state: GroupsState;
  /** Committed records that it was told of. */
  fed: number;
  /** Timers as its effects say; must be those of its state. */
  timers: Set<string>;
}

/** A process that consumes in a group. */
export interface Client {
  readonly name: string;
  readonly group: string;
  readonly instance: string | null;
  /** Of JoinGroup; the other requests go with it. */
  readonly version: number;
  memberId: string;
  generation: number;
  phase: 'idle' | 'joining' | 'joined' | 'syncing' | 'stable' | 'fenced';
  joined: JoinGroupResponse | null;
  assignment: readonly number[];
  protocols: readonly string[];
  /** Its request in flight; the answers to others are late ones and ignored. */
  token: number | null;
  /** Ids and generations it once had: what a dishonest process would say. */
  past: { memberId: string; generation: number }[];
}

export interface World {
  readonly rules: GroupRules;
  readonly nodes: Record<NodeName, Node>;
  readonly log: OffsetsRecord[];
  /** Records below this are committed. */
  committed: number;
  epoch: number;
  leader: NodeName;
  readonly clients: Client[];
  readonly asked: Map<number, Client | null>;
  readonly answers: Map<number, GroupsResponse>;
  nextToken: number;
  nextOffset: number;
  readonly ghost: GroupsGhost;
  readonly violations: string[];
  steps: number;
  /** Kinds of things that happened, for the test that the world is not tame. */
  readonly seen: Map<string, number>;
}

/** One thing that happens; every operation has a meaning for all numbers. */
export interface Happening {
  readonly op: Operation;
  readonly x: number;
  readonly y: number;
}

export const OPERATIONS = [
  'act',
  'act',
  'act',
  'act',
  'act',
  'act',
  'commit',
  'commit',
  'commit',
  'timer',
  'failover',
  'zombie',
  'restart',
  'leave',
  'lie',
  'fetch',
  'outsider',
  'stall',
  'change',
  'manage',
] as const;
export type Operation = (typeof OPERATIONS)[number];

export function startWorld(
  wrong: Partial<GroupRules> = {},
  settings: Partial<GroupSettings> = {},
): World {
  const client = (name: string, group: string, instance: string | null, version: number) => ({
    name,
    group,
    instance,
    version,
    memberId: '',
    generation: -1,
    phase: 'idle' as const,
    joined: null,
    assignment: [],
    protocols: ['range', 'sticky'],
    token: null,
    past: [],
  });
  const world: World = {
    // Offsets grow old within a story: a step is a millisecond.
    rules: { ...createGroupRules({ offsetsRetentionMs: 40, ...settings }), ...wrong },
    nodes: { a: newNode(), b: newNode() },
    log: [],
    committed: 0,
    epoch: 1,
    leader: 'a',
    clients: [
      client('c0', 'g', null, 9),
      client('c1', 'g', null, 3),
      client('c2', 'g', 'seat-2', 9),
      client('c3', 'g', 'seat-3', 5),
      client('c4', 'h', null, 5),
    ],
    asked: new Map(),
    answers: new Map(),
    nextToken: 0,
    nextOffset: 0,
    ghost: startGroupsGhost(),
    violations: [],
    steps: 0,
    seen: new Map(),
  };
  step(world, 'a', { type: 'activate', epoch: 1 as LeaderEpoch, loadUpTo: 0 as Offset });
  return world;
}

function newNode(): Node {
  return { state: initialGroups(), fed: 0, timers: new Set() };
}

/** Makes one thing happen. */
export function happen(world: World, { op, x, y }: Happening): void {
  const client = world.clients[x % world.clients.length]!;
  const node = y % 8 === 0 ? other(world.leader) : world.leader;
  switch (op) {
    case 'act':
      act(world, client, node, y);
      return;
    case 'commit':
      commit(world, 1 + (x % 3));
      return;
    case 'timer':
      fireAny(world, node, x);
      return;
    case 'failover':
      failover(world, x % 3, y);
      return;
    case 'zombie':
      step(world, other(world.leader), { type: 'deactivate' });
      return;
    case 'restart':
      restart(client);
      return;
    case 'leave':
      leave(world, client, node);
      return;
    case 'lie':
      lie(world, client, node, y);
      return;
    case 'fetch':
      fetchOffsets(world, client.group, node, y);
      return;
    case 'outsider':
      commitOffset(world, null, node, { group: client.group, memberId: '', generation: -1 }, y);
      return;
    case 'stall':
      fireNamed(world, node, y % 2 === 0 ? 'commit' : 'store');
      return;
    case 'manage':
      manage(world, client.group, node, y);
      return;
    case 'change':
      client.protocols = [['range', 'sticky'], ['sticky', 'range'], ['range']][y % 3]!;
      return;
  }
}

function other(node: NodeName): NodeName {
  return node === 'a' ? 'b' : 'a';
}

/** One step of one replica, judged, with its effects carried out. */
export function step(world: World, name: NodeName, input: GroupsInput): void {
  const node = world.nodes[name];
  const before = cloneGroups(node.state);
  const effects: GroupsEffect[] = [];
  stepGroups(node.state, input, effects, world.rules);
  world.steps++;
  count(world, `input ${input.type}`);
  const judged = { node: name, before, input, effects, after: node.state };
  observeGroups(world.ghost, judged);
  for (const property of groupsProperties) {
    const wrong = property.violation(judged, world.ghost);
    if (wrong !== null) {
      world.violations.push(`${property.name}: ${wrong}`);
    }
  }
  let refused = false;
  if (input.type === 'timerFired') {
    node.timers.delete(`${input.name} ${input.key}`);
  }
  for (const effect of effects) {
    switch (effect.type) {
      case 'append':
        if (name === world.leader && effect.epoch === world.epoch && !refused) {
          if (effect.base !== world.log.length) {
            world.violations.push(`harness: append at ${effect.base} of ${world.log.length}`);
          }
          world.log.push(...effect.records);
        } else {
          refused = true;
        }
        break;
      case 'respond':
        world.answers.set(effect.token, effect.response);
        hear(world, effect.token, effect.response);
        break;
      case 'armTimer':
        node.timers.add(`${effect.name} ${effect.key}`);
        break;
      case 'cancelTimer':
        node.timers.delete(`${effect.name} ${effect.key}`);
        break;
    }
  }
  const armed = [...node.timers].sort().join();
  if (armed !== [...node.state.timers].sort().join()) {
    world.violations.push(`harness: armed are ${armed}, the state says otherwise`);
  }
  if (refused) {
    step(world, name, { type: 'deactivate' });
  }
}

function count(world: World, what: string): void {
  world.seen.set(what, (world.seen.get(what) ?? 0) + 1);
}

function occasion(world: World, name: NodeName) {
  const { decider } = world.nodes[name].state;
  // A deposed leader believes that its log ends where its own appends did.
  const own = Math.max(decider.active?.pendingOffset ?? -1, decider.committedOffset) + 1;
  return {
    base: name === world.leader ? world.log.length : own,
    now: world.steps as Timestamp,
    stamp: world.steps as Stamp,
  };
}

type Asking<T> = T extends GroupsRequest ? Omit<T, 'token' | 'base' | 'now' | 'stamp'> : never;

/** Sends a request; its token. */
export function ask(
  world: World,
  name: NodeName,
  client: Client | null,
  request: Asking<GroupsRequest>,
): number {
  const token = world.nextToken++;
  world.asked.set(token, client);
  step(world, name, { ...request, ...occasion(world, name), token } as GroupsRequest);
  return token;
}

// ---------------------------------------------------------------------------------- log and leader

/** The high watermark moves, and the leader is told. */
export function commit(world: World, records: number): void {
  world.committed = Math.min(world.committed + records, world.log.length);
  feed(world, world.committed);
}

function feed(world: World, upTo: number): void {
  const node = world.nodes[world.leader];
  if (node.fed < upTo) {
    const base = node.fed;
    node.fed = upTo;
    const records = world.log.slice(base, upTo);
    step(world, world.leader, { type: 'committed', base, records, upTo: upTo - 1 });
  }
}

/** The other replica leads; of what was not committed it has `kept` records. */
function failover(world: World, kept: number, y: number): void {
  world.log.length = Math.min(world.log.length, world.committed + kept);
  world.leader = other(world.leader);
  world.epoch++;
  const node = world.nodes[world.leader];
  step(world, world.leader, { type: 'deactivate' });
  step(world, world.leader, { type: 'restored', state: emptyOffsetsPartition(), upTo: -1 });
  node.fed = 0;
  step(world, world.leader, {
    type: 'activate',
    epoch: world.epoch as LeaderEpoch,
    loadUpTo: world.log.length as Offset,
  });
  // Loading takes its time; meanwhile somebody may ask.
  feed(world, world.committed >> 1);
  fetchOffsets(world, 'g', world.leader, y);
  feed(world, world.committed);
}

// ------------------------------------------------------------------------------------------ timers

function fire(world: World, name: NodeName, armed: string): void {
  const space = armed.indexOf(' ');
  const timer = armed.slice(0, space) as GroupsTimer;
  count(world, `fired ${timer}`);
  step(world, name, {
    type: 'timerFired',
    name: timer,
    key: armed.slice(space + 1),
    ...occasion(world, name),
  });
}

function fireAny(world: World, name: NodeName, x: number): void {
  const armed = [...world.nodes[name].timers].sort();
  if (armed.length > 0) {
    fire(world, name, armed[x % armed.length]!);
  }
}

function fireNamed(world: World, name: NodeName, timer: GroupsTimer): void {
  const armed = [...world.nodes[name].timers].sort().find((each) => each.startsWith(`${timer} `));
  if (armed !== undefined) {
    fire(world, name, armed);
  }
}

// ----------------------------------------------------------------------------------------- clients

/** The client does what comes next for it. */
export function act(world: World, client: Client, name: NodeName, y: number): void {
  switch (client.phase) {
    case 'idle':
      join(world, client, name);
      return;
    case 'joined':
      sync(world, client, name);
      return;
    case 'stable':
      if (y % 3 === 0) {
        client.token = world.nextToken;
        ask(world, name, client, {
          type: 'heartbeat',
          apiVersion: 4,
          request: claim(client),
        });
      } else if (y % 7 === 1) {
        client.phase = 'idle';
      } else {
        commitOffset(world, client, name, claimOf(client), y);
      }
      return;
    // It waits, at times so long that it tries again elsewhere.
    case 'joining':
    case 'syncing':
      if (y % 5 === 4) {
        client.phase = 'idle';
      }
      return;
    case 'fenced':
      return;
  }
}

function claimOf(client: Client) {
  return { group: client.group, memberId: client.memberId, generation: client.generation };
}

function claim(client: Client) {
  return {
    groupId: client.group,
    generationId: client.generation,
    memberId: client.memberId,
    groupInstanceId: client.instance,
  };
}

function join(world: World, client: Client, name: NodeName): void {
  client.phase = 'joining';
  client.token = world.nextToken;
  ask(world, name, client, {
    type: 'joinGroup',
    apiVersion: client.version,
    clientId: client.name,
    clientHost: '/127.0.0.1',
    freshId: `${world.nextToken}`,
    request: {
      groupId: client.group,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: client.version === 3 ? -1 : 9_000,
      memberId: client.memberId,
      groupInstanceId: client.instance,
      protocolType: 'consumer',
      protocols: client.protocols.map((each) => ({
        name: each,
        metadata: client.group === 'h' ? SUBSCRIPTION : Uint8Array.of(each.length),
      })),
    },
  });
}

/** The leader deals out the partitions in turn; the bytes also say who dealt, and when. */
function sync(world: World, client: Client, name: NodeName): void {
  const { joined } = client;
  const ids = joined?.members.map((member) => member.memberId) ?? [];
  const dealer = Number(client.name.slice(1));
  const assignments = ids.map((memberId, i) => {
    const own = Array.from({ length: PARTITIONS }, (_, p) => p).filter((p) => p % ids.length === i);
    return { memberId, assignment: Uint8Array.of(dealer, client.generation, ...own) };
  });
  client.phase = 'syncing';
  client.token = world.nextToken;
  ask(world, name, client, {
    type: 'syncGroup',
    apiVersion: 5,
    request: {
      ...claim(client),
      protocolType: 'consumer',
      protocolName: joined?.protocolName ?? null,
      // In no particular order.
      assignments: joined?.skipAssignment === true ? [] : assignments.reverse(),
    },
  });
}

function commitOffset(
  world: World,
  client: Client | null,
  name: NodeName,
  as: { group: string; memberId: string; generation: number; instance?: string | null },
  y: number,
): void {
  const offset = world.nextOffset++;
  ask(world, name, client, {
    type: 'offsetCommit',
    apiVersion: 8,
    request: {
      groupId: as.group,
      generationIdOrMemberEpoch: as.generation,
      memberId: as.memberId,
      groupInstanceId: as.instance ?? client?.instance ?? null,
      retentionTimeMs: -1,
      topics: [
        {
          name: TOPIC,
          partitions: [
            {
              partitionIndex: (y % PARTITIONS) as PartitionIndex,
              committedOffset: offset as Offset,
              committedLeaderEpoch: 0 as LeaderEpoch,
              committedMetadata: null,
            },
          ],
        },
      ],
    },
  });
}

/** The offsets of a group as a replica answers them. */
export function fetchOffsets(world: World, group: string, name: NodeName, y: number): number {
  const partitionIndexes = Array.from({ length: PARTITIONS }, (_, p) => p as PartitionIndex);
  return ask(world, name, null, {
    type: 'offsetFetch',
    apiVersion: 8,
    request: {
      groupId: group,
      topics: y % 2 === 0 ? null : [{ name: TOPIC, partitionIndexes }],
      requireStable: true,
    },
  });
}

/** An operator, or the passing of time: a group is looked at, deleted, or loses offsets. */
function manage(world: World, groupId: string, name: NodeName, y: number): void {
  const partitions = [(y % PARTITIONS) as PartitionIndex];
  switch (y % 5) {
    case 0:
      ask(world, name, null, { type: 'describeGroup', apiVersion: 5, request: { groupId } });
      return;
    case 1:
      ask(world, name, null, { type: 'deleteGroup', apiVersion: 2, request: { groupId } });
      return;
    case 2: {
      const topics = [{ name: TOPIC, partitions }];
      ask(world, name, null, { type: 'offsetDelete', apiVersion: 0, request: { groupId, topics } });
      return;
    }
    default:
      fireNamed(world, name, 'expiry');
  }
}

/** The process dies and comes back: a dynamic member has forgotten who it was, so has a static one. */
function restart(client: Client): void {
  remember(client);
  client.memberId = '';
  client.generation = -1;
  client.phase = 'idle';
  client.token = null;
  client.joined = null;
}

function remember(client: Client): void {
  if (client.memberId !== '') {
    client.past.push({ memberId: client.memberId, generation: client.generation });
  }
}

function leave(world: World, client: Client, name: NodeName): void {
  if (client.memberId === '') {
    return;
  }
  const { group, memberId, instance } = client;
  restart(client);
  ask(world, name, client, {
    type: 'leaveGroup',
    apiVersion: 3,
    request: {
      groupId: group,
      memberId: '',
      members: [{ memberId, groupInstanceId: instance }],
    },
  });
}

/** A process that was replaced or has slept through a rebalance still speaks. */
function lie(world: World, client: Client, name: NodeName, y: number): void {
  const past = client.past[y % Math.max(client.past.length, 1)];
  const memberId = y % 2 === 0 ? client.memberId : (past?.memberId ?? client.memberId);
  const generation = y % 3 === 0 ? client.generation - 1 : (past?.generation ?? client.generation);
  const group = client.group;
  switch (y % 4) {
    case 0:
    case 1:
      commitOffset(world, client, name, { group, memberId, generation }, y);
      return;
    case 2:
      ask(world, name, null, {
        type: 'heartbeat',
        apiVersion: 4,
        request: { ...claim(client), memberId, generationId: generation },
      });
      return;
    default:
      ask(world, name, null, {
        type: 'syncGroup',
        apiVersion: 5,
        request: {
          ...claim(client),
          memberId,
          generationId: generation,
          protocolType: null,
          protocolName: null,
          assignments: [],
        },
      });
  }
}

/** An answer arrives. */
function hear(world: World, token: number, response: GroupsResponse): void {
  const client = world.asked.get(token);
  const error = 'errorCode' in response ? response.errorCode : 0;
  count(world, `${response.type} ${error}`);
  if (client == null || client.token !== token) {
    return;
  }
  client.token = null;
  if (response.type === 'joinGroup') {
    if (error === 0 || error === 79) {
      remember(client);
      client.memberId = response.memberId;
      client.generation = response.generationId;
      client.joined = response;
      client.phase = error === 0 ? 'joined' : 'idle';
    } else {
      refused(client, error);
    }
  } else if (response.type === 'syncGroup') {
    if (error === 0) {
      client.assignment = [...response.assignment];
      client.phase = 'stable';
    } else {
      refused(client, error);
    }
  } else if (error !== 0) {
    refused(client, error);
  }
}

function refused(client: Client, error: number): void {
  if (error === 82) {
    // Its successor under the same instance id starts with nothing.
    restart(client);
    client.phase = 'fenced';
    return;
  }
  if (error === 25 || error === 81) {
    remember(client);
    client.memberId = '';
  }
  client.phase = 'idle';
}

// ---------------------------------------------------------------------------------------- settling

/**
 * No more faults and changes: everything commits, live processes go on, the rest falls silent. Runs
 * until every client is stable and nothing is under way; false if that takes too long.
 */
export function settle(world: World): boolean {
  step(world, other(world.leader), { type: 'deactivate' });
  for (const client of world.clients) {
    if (client.phase === 'fenced' || (client.token === null && client.phase !== 'joined')) {
      client.phase = client.phase === 'stable' ? 'stable' : 'idle';
    }
    // What was asked of a replica that is gone is not answered any more.
    if ((client.phase === 'joining' || client.phase === 'syncing') && client.token === null) {
      client.phase = 'idle';
    }
    client.protocols = ['range', 'sticky'];
  }
  for (let round = 0; round < 60; round++) {
    commit(world, world.log.length);
    const before = progress(world);
    for (const client of world.clients) {
      if (client.phase === 'fenced') {
        client.phase = 'idle';
      }
      act(world, client, world.leader, 0);
      commit(world, world.log.length);
    }
    // Time passes only when nobody has anything left to do.
    if (progress(world) === before) {
      const due = silentTimer(world);
      if (due === undefined) {
        return world.clients.every((client) => client.phase === 'stable');
      }
      fire(world, world.leader, due);
    }
  }
  return false;
}

function progress(world: World): string {
  return world.clients
    .map(({ phase, memberId, generation }) => `${phase} ${memberId} ${generation}`)
    .join();
}

/** A timer that runs out although all live clients do what they should. */
function silentTimer(world: World): string | undefined {
  const alive = new Set(world.clients.map((client) => client.memberId));
  return [...world.nodes[world.leader].timers].sort().find((armed) => {
    const [name] = armed.split(' ');
    if (name !== 'session' && name !== 'pendingMember') {
      return name !== 'commit' && name !== 'store' && name !== 'expiry';
    }
    const key = armed.slice(armed.indexOf(':') + 2);
    return !alive.has(key);
  });
}
