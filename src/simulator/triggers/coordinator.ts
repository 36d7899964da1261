/** Events of group coordinators, on all nodes. */

import type {
  GroupsEffect,
  GroupsInput,
  GroupsResponse,
  GroupsState,
} from '../../core/coordinator/types.js';
import type { Teller } from './teller.js';

/** UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_INSTANCE_ID. */
const FENCED: ReadonlySet<number> = new Set([25, 22, 82]);

export class CoordinatorMoments {
  /** Of the step under way: groups that were forming, with their generations, before it. */
  private readonly generations = new Map<string, number>();
  private wasActive = false;
  private members = 0;
  /** The step that was decided last began a generation. */
  private completes = false;

  stepping(state: GroupsState, input: GroupsInput): void {
    this.generations.clear();
    for (const [id, group] of state.groups) {
      if (group.state === 'CompletingRebalance') {
        this.generations.set(id, group.generation);
      }
    }
    this.wasActive = state.decider.active !== null;
    this.members = input.type === 'timerFired' ? membersOf(state) : 0;
  }

  /** Nothing of the step was appended or answered. */
  stepped(
    teller: Teller,
    state: GroupsState,
    input: GroupsInput,
    effects: readonly GroupsEffect[],
  ): void {
    if (!this.wasActive && state.decider.active !== null && membersOf(state) > 0) {
      teller.tell('group.loaded', null);
    }
    this.completes = false;
    for (const [id, group] of state.groups) {
      const isForming = group.state === 'CompletingRebalance';
      this.completes ||= isForming && this.generations.get(id) !== group.generation;
    }
    if (this.completes) {
      teller.tell('group.join-completing', null);
    }
    const isSession = input.type === 'timerFired' && input.name === 'session';
    if (isSession && membersOf(state) < this.members) {
      teller.tell('group.session-expired', null);
    }
    for (const effect of effects) {
      if (effect.type === 'respond') {
        tellAnswer(teller, effect.response);
      }
    }
  }

  /** All of the step was carried out. */
  executed(teller: Teller, input: GroupsInput, effects: readonly GroupsEffect[]): void {
    if (this.completes) {
      this.completes = false;
      teller.tell('group.join-completed', null);
    }
    for (const effect of effects) {
      if (effect.type !== 'append') {
        continue;
      }
      if (input.type === 'offsetCommit') {
        teller.tell('group.commit-appended', null);
      } else if (input.type === 'syncGroup') {
        teller.tell('group.assignment-appended', null);
      } else if (input.type === 'deleteGroup') {
        teller.tell('group.deletion-appended', null);
      } else if (input.type === 'timerFired' && input.name === 'expiry') {
        teller.tell('group.expiry-appended', null);
      } else if (input.type === 'joinGroup' && input.request.groupInstanceId !== null) {
        teller.tell('group.static-id-appended', null);
      }
    }
  }
}

function membersOf(state: GroupsState): number {
  let count = 0;
  for (const group of state.groups.values()) {
    count += group.members.size;
  }
  return count;
}

function tellAnswer(teller: Teller, response: GroupsResponse): void {
  if (response.type === 'syncGroup' && response.errorCode === 0) {
    teller.tell('group.assignment-answering', null);
  } else if (response.type === 'offsetCommit') {
    const errors = response.topics.flatMap(({ partitions }) =>
      partitions.map(({ errorCode }) => errorCode),
    );
    if (errors.some((code) => FENCED.has(code))) {
      teller.tell('group.commit-fenced', null);
    } else if (errors.includes(0)) {
      teller.tell('group.commit-answering', null);
    }
  }
}
