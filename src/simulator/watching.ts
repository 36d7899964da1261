/** Passes what a broker tells its observer on to all watchers of the run. */

import type { BrokerObserver } from '../broker/observer.js';
import type { LogLevel } from '../environment/environment.js';
import type { Occurrence, TriggerEvent } from './events.js';
import type { WatchedNode, Watcher } from './watch.js';

/** All watchers of a run, in the order in which they are told. */
export class Watching {
  /**
   * Which events `occurred` tells: those that choices wait for, and what a watcher adds before the first
   * node starts. All others are only counted.
   */
  readonly wanted: Set<TriggerEvent> = new Set();
  private readonly watchers: Watcher[] = [];

  /** Before the first node starts: who is told what is settled then. */
  add(watcher: Watcher): void {
    this.watchers.push(watcher);
  }

  nodeStarted(node: WatchedNode): void {
    for (const watcher of this.watchers) {
      watcher.nodeStarted?.(node);
    }
  }

  nodeEnded(node: WatchedNode, how: string): void {
    for (const watcher of this.watchers) {
      watcher.nodeEnded?.(node, how);
    }
  }

  nodeLogged(node: WatchedNode, level: LogLevel, event: string, fields: object): void {
    for (const watcher of toldOf(node, this.watchers)) {
      watcher.nodeLogged?.(node, level, event, fields);
    }
  }

  occurred(occurrence: Occurrence): void {
    for (const watcher of this.watchers) {
      watcher.occurred?.(occurrence);
    }
  }

  deed(name: string, type: string, node: string | null, phase: 'begins' | 'ends'): void {
    for (const watcher of this.watchers) {
      watcher.deed?.(name, type, node, phase);
    }
  }

  /**
   * The observer for one incarnation of a node. What a dead process still does in its last step (open the
   * replicas, say, of which it has just heard) leaves nothing behind, and is told to nobody: a judge would
   * hold the next life to it.
   */
  observer(node: WatchedNode): BrokerObserver {
    const raftStarted = this.having('raftStarted');
    const raftStepping = this.having('raftStepping');
    const raftStepped = this.having('raftStepped');
    const raftExecuted = this.having('raftExecuted');
    const controllerStepping = this.having('controllerStepping');
    const controllerStepped = this.having('controllerStepped');
    const replicaOpened = this.having('replicaOpened');
    const replicaStepping = this.having('replicaStepping');
    const replicaStepped = this.having('replicaStepped');
    const replicaExecuted = this.having('replicaExecuted');
    const replicaClosed = this.having('replicaClosed');
    const groupsStepping = this.having('groupsStepping');
    const groupsStepped = this.having('groupsStepped');
    const groupsExecuted = this.having('groupsExecuted');
    return {
      raftStarted: (state) => {
        for (const watcher of toldOf(node, raftStarted)) {
          watcher.raftStarted(node, state);
        }
      },
      raftStepping: (state, input) => {
        for (const watcher of toldOf(node, raftStepping)) {
          watcher.raftStepping(node, state, input);
        }
      },
      raftStepped: (state, input, effects) => {
        for (const watcher of toldOf(node, raftStepped)) {
          watcher.raftStepped(node, state, input, effects);
        }
      },
      raftExecuted: (state, input, effects) => {
        for (const watcher of toldOf(node, raftExecuted)) {
          watcher.raftExecuted(node, state, input, effects);
        }
      },
      controllerStepping: (state, input) => {
        for (const watcher of toldOf(node, controllerStepping)) {
          watcher.controllerStepping(node, state, input);
        }
      },
      controllerStepped: (state, input, effects) => {
        for (const watcher of toldOf(node, controllerStepped)) {
          watcher.controllerStepped(node, state, input, effects);
        }
      },
      replicaOpened: (replica) => {
        for (const watcher of toldOf(node, replicaOpened)) {
          watcher.replicaOpened(node, replica);
        }
      },
      replicaStepping: (replica, input) => {
        for (const watcher of toldOf(node, replicaStepping)) {
          watcher.replicaStepping(node, replica, input);
        }
      },
      replicaStepped: (replica, input, effects) => {
        for (const watcher of toldOf(node, replicaStepped)) {
          watcher.replicaStepped(node, replica, input, effects);
        }
      },
      replicaExecuted: (replica, input, effects) => {
        for (const watcher of toldOf(node, replicaExecuted)) {
          watcher.replicaExecuted(node, replica, input, effects);
        }
      },
      replicaClosed: (replica) => {
        for (const watcher of toldOf(node, replicaClosed)) {
          watcher.replicaClosed(node, replica);
        }
      },
      groupsStepping: (replica, state, input) => {
        for (const watcher of toldOf(node, groupsStepping)) {
          watcher.groupsStepping(node, replica, state, input);
        }
      },
      groupsStepped: (replica, state, input, effects) => {
        for (const watcher of toldOf(node, groupsStepped)) {
          watcher.groupsStepped(node, replica, state, input, effects);
        }
      },
      groupsExecuted: (replica, state, input, effects) => {
        for (const watcher of toldOf(node, groupsExecuted)) {
          watcher.groupsExecuted(node, replica, state, input, effects);
        }
      },
    };
  }

  private having<Name extends keyof Watcher>(name: Name): Having<Name>[] {
    return this.watchers.filter((watcher): watcher is Having<Name> => watcher[name] !== undefined);
  }
}

type Having<Name extends keyof Watcher> = Watcher & Required<Pick<Watcher, Name>>;

const NOBODY: readonly never[] = [];

/** Those to be told of a node: nobody, once its life is over. */
function toldOf<Told>(node: WatchedNode, watchers: readonly Told[]): readonly Told[] {
  return node.ended ? NOBODY : watchers;
}
