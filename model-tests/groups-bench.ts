/** A group coordinator with a log that commits when told: what unit tests of it share. */

import { expect } from 'vitest';
import { initialGroups, stepGroups } from '../src/core/coordinator/groups.js';
import { createGroupRules } from '../src/core/coordinator/rules.js';
import type {
  Group,
  GroupSettings,
  GroupsEffect,
  GroupsInput,
  GroupsRequest,
  GroupsResponse,
  GroupsState,
  GroupsTimer,
  JoinGroupRequest,
  JoinGroupResponse,
  OffsetsRecord,
} from '../src/core/coordinator/types.js';
import type { LeaderEpoch, Offset, Stamp, Timestamp } from '../src/core/types/ids.js';

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

export class Bench {
  readonly rules: ReturnType<typeof createGroupRules>;
  readonly log: OffsetsRecord[] = [];
  state: GroupsState = initialGroups();
  committed = 0;
  tokens = 0;
  /** Wall clock, milliseconds. */
  now = 1000;
  epoch = 1;
  autoCommit = true;
  readonly answers: Map<number, GroupsResponse> = new Map();

  constructor(settings: Partial<GroupSettings> = {}) {
    this.rules = createGroupRules(settings);
    this.feed({ type: 'activate', epoch: 1 as LeaderEpoch, loadUpTo: 0 as Offset });
  }

  feed(input: GroupsInput): GroupsEffect[] {
    const effects: GroupsEffect[] = [];
    stepGroups(this.state, input, effects, this.rules);
    for (const effect of effects) {
      if (effect.type === 'append') {
        expect(effect.base).toBe(this.log.length);
        this.log.push(...effect.records);
      } else if (effect.type === 'respond') {
        expect(this.answers.has(effect.token)).toBe(false);
        this.answers.set(effect.token, effect.response);
      }
    }
    return effects;
  }

  commit(): void {
    if (this.committed < this.log.length) {
      const base = this.committed;
      this.committed = this.log.length;
      const records = this.log.slice(base);
      this.feed({ type: 'committed', base, records, upTo: this.committed - 1 });
    }
  }

  private occasion() {
    return { base: this.log.length, now: this.now as Timestamp, stamp: 0 as Stamp };
  }

  fire(name: GroupsTimer, key: string): void {
    this.feed({ type: 'timerFired', name, key, ...this.occasion() });
    if (this.autoCommit) {
      this.commit();
    }
  }

  ask(type: GroupsRequest['type'], apiVersion: number, request: object): number {
    const token = this.tokens++;
    const input = { type, token, apiVersion, request, ...this.occasion() };
    const client = { clientId: 'app', clientHost: '/h', freshId: `u${token}` };
    this.feed({ ...input, ...client } as unknown as GroupsRequest);
    if (this.autoCommit) {
      this.commit();
    }
    return token;
  }

  join(request: Partial<JoinGroupRequest> = {}, apiVersion = 3): number {
    return this.ask('joinGroup', apiVersion, {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 20_000,
      memberId: '',
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: bytes(1) }],
      ...request,
    });
  }

  sync(
    memberId: string,
    generationId: number,
    assignments: object[] = [],
    more: object = {},
  ): number {
    const claim = { groupId: 'g', memberId, generationId, groupInstanceId: null };
    const protocol = { protocolType: null, protocolName: null };
    return this.ask('syncGroup', 5, { ...claim, ...protocol, assignments, ...more });
  }

  beat(memberId: string, generationId: number, groupInstanceId: string | null = null): number {
    const request = { groupId: 'g', memberId, generationId, groupInstanceId };
    return this.error(this.ask('heartbeat', 4, request));
  }

  commitOffset(memberId: string, generation: number, offset: number, more: object = {}): number {
    const partition = {
      partitionIndex: 0,
      committedOffset: offset,
      committedLeaderEpoch: 4,
      committedMetadata: 'note',
      ...more,
    };
    return this.ask('offsetCommit', 8, {
      groupId: 'g',
      generationIdOrMemberEpoch: generation,
      memberId,
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [{ name: 't', partitions: [partition] }],
    });
  }

  fetch(groupId = 'g', topics: object[] | null = null): GroupsResponse | undefined {
    return this.answers.get(this.ask('offsetFetch', 8, { groupId, topics, requireStable: false }));
  }

  error(token: number): number {
    const response = this.answers.get(token);
    if (response === undefined) {
      return -1;
    }
    return response.type === 'offsetCommit'
      ? (response.topics[0]?.partitions[0]?.errorCode ?? -1)
      : response.errorCode;
  }

  joined(token: number): JoinGroupResponse {
    const response = this.answers.get(token);
    expect(response?.type).toBe('joinGroup');
    return response as JoinGroupResponse;
  }

  /** A stable group of `count` dynamic members; their ids. The first leads. */
  stable(count: number, more: Partial<JoinGroupRequest>[] = []): string[] {
    const tokens = Array.from({ length: count }, (_, i) => this.join(more[i] ?? {}));
    this.fire('initialDelay', 'g');
    if (this.state.timers.has('initialDelay g')) {
      this.fire('initialDelay', 'g');
    }
    const ids = tokens.map((token) => this.joined(token).memberId);
    const { generationId, leader } = this.joined(tokens[0]!);
    const plan = ids.map((memberId, i) => ({ memberId, assignment: bytes(i) }));
    for (const id of ids) {
      this.sync(id, generationId, id === leader ? plan : []);
    }
    expect(this.group().state).toBe('Stable');
    return ids;
  }

  group(): Group {
    const group = this.state.groups.get('g');
    expect(group).toBeDefined();
    return group!;
  }

  /** Another replica takes over with what is committed. */
  failOver(): void {
    this.feed({ type: 'deactivate' });
    this.log.length = this.committed;
    this.state = initialGroups();
    this.epoch++;
    const epoch = this.epoch as LeaderEpoch;
    this.feed({ type: 'activate', epoch, loadUpTo: this.committed as Offset });
    this.feed({ type: 'committed', base: 0, records: [...this.log], upTo: this.committed - 1 });
  }
}
