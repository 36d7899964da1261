/**
 * Holds the group coordinators of a run to their properties (core/properties/coordinator), step by step: one ghost for
 * each partition of `__consumer_offsets`, over all brokers that ever coordinate there. What members and auditors were
 * told is judged in the clients' history.
 */

import type { ObservedReplica } from '../../broker/observer.js';
import { cloneGroups } from '../../core/coordinator/state.js';
import type { GroupsEffect, GroupsInput, GroupsState } from '../../core/coordinator/types.js';
import { groupsProperties } from '../../core/properties/coordinator/all.js';
import {
  type GroupsGhost,
  observeGroups,
  startGroupsGhost,
} from '../../core/properties/coordinator/ghost.js';
import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';

/** Their answers can change only where the folded log does; asked at every heartbeat they would cost most of a run. */
const OF_THE_LOG: ReadonlySet<string> = new Set(['PendingEqualsCommitted', 'StateIsFoldOfLog']);

const alwaysAsked = groupsProperties.filter(({ name }) => !OF_THE_LOG.has(name));

/** Tokens are a broker's own; those of its lives, and of others, must not be taken for the same. */
const TOKENS_PER_LIFE = 2 ** 32;

export class GroupsJudge implements Watcher {
  private readonly context: RunContext;
  private readonly ghosts = new Map<number, GroupsGhost>();
  private readonly lives = new Map<WatchedNode, number>();
  private before: GroupsState | null = null;

  constructor(context: RunContext) {
    this.context = context;
  }

  groupsStepping(_node: WatchedNode, _replica: ObservedReplica, state: GroupsState): void {
    this.before = cloneGroups(state);
  }

  groupsStepped(
    node: WatchedNode,
    { partition }: ObservedReplica,
    after: GroupsState,
    input: GroupsInput,
    effects: readonly GroupsEffect[],
  ): void {
    const { before } = this;
    if (before === null) {
      return;
    }
    this.before = null;
    let ghost = this.ghosts.get(partition);
    if (ghost === undefined) {
      ghost = startGroupsGhost();
      this.ghosts.set(partition, ghost);
    }
    const life = this.lives.get(node) ?? this.lives.size;
    this.lives.set(node, life);
    const first = TOKENS_PER_LIFE * life;
    const step = {
      node: `${node.name}.${node.incarnation}`,
      before,
      input: 'token' in input ? { ...input, token: first + input.token } : input,
      effects: effects.map((effect) =>
        effect.type === 'respond' ? { ...effect, token: first + effect.token } : effect,
      ),
      after,
    };
    observeGroups(ghost, step);
    const changesLog = input.type === 'committed' || input.type === 'activate';
    for (const { name, violation } of changesLog ? groupsProperties : alwaysAsked) {
      const wrong = violation(step, ghost);
      if (wrong !== null) {
        this.context.violated(name, `__consumer_offsets-${partition}: ${wrong}`, node.name);
        return;
      }
    }
  }
}
