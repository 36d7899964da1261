/** Watches a run and makes a row of every change of a state, of every deed, and of what is violated. */

import type { Json } from '../history/rows.js';
import type { TraceMachine, TraceRow } from '../history/trace.js';
import type { RunContext, Violation } from './context.js';
import {
  causeOf,
  groupsNews,
  groupsView,
  partitionNews,
  partitionView,
  raftNews,
  raftView,
  type View,
} from './trace-views.js';
import type { WatchedNode, Watcher } from './watch.js';

export type TraceSink = (row: TraceRow) => void;

/** For `RunOptions.watchers`: tells `sink` every row as it comes. */
export function traceTo(sink: TraceSink): (context: RunContext) => TraceWatcher {
  return (context) => new TraceWatcher(context, sink);
}

type Happening = Pick<TraceRow, 'machine' | 'what'> &
  Partial<Pick<TraceRow, 'partition' | 'stamp' | 'cause' | 'changed' | 'state'>>;

const NOTHING: View = {};

export class TraceWatcher implements Watcher {
  private readonly context: RunContext;
  private readonly sink: TraceSink;
  private sequence = 0;
  /** Of each node's life: the newest views of its machines: by `raft`, `topic-partition`, `groups of` that. */
  private readonly views = new Map<number, Map<string, View>>();

  constructor(context: RunContext, sink: TraceSink) {
    this.context = context;
    this.sink = sink;
  }

  readonly nodeStarted: NonNullable<Watcher['nodeStarted']> = (node) => {
    this.views.set(node.index, new Map());
    this.row(node, { machine: 'node', what: 'starts' });
  };

  readonly nodeEnded: NonNullable<Watcher['nodeEnded']> = (node, how) => {
    this.views.set(node.index, new Map());
    this.row(node, { machine: 'node', what: `ends: ${how}` });
  };

  readonly nodeLogged: NonNullable<Watcher['nodeLogged']> = (node, level, event, fields) => {
    if (level === 'warn' || level === 'error') {
      const details = Object.entries(fields).map(([key, value]) => `${key} ${String(value)}`);
      const what = [`${level}: ${event}`, ...details].join(', ');
      this.row(node, { machine: 'node', what });
    }
  };

  readonly raftStarted: NonNullable<Watcher['raftStarted']> = (node, state) => {
    const view = raftView(state);
    this.viewsOf(node).set('raft', view);
    this.row(node, { machine: 'raft', what: 'reads its log', changed: view, state: view });
  };

  readonly raftStepped: NonNullable<Watcher['raftStepped']> = (node, state, input) => {
    this.stepped(node, 'raft', null, raftView(state), raftNews, input);
  };

  readonly replicaOpened: NonNullable<Watcher['replicaOpened']> = (node, replica) => {
    const partition = `${replica.topic}-${replica.partition}`;
    const view = partitionView(replica.state);
    this.viewsOf(node).set(partition, view);
    const what = 'reads its log';
    this.row(node, { machine: 'partition', partition, what, changed: view, state: view });
  };

  readonly replicaStepped: NonNullable<Watcher['replicaStepped']> = (node, replica, input) => {
    const partition = `${replica.topic}-${replica.partition}`;
    const view = partitionView(replica.state);
    this.stepped(node, 'partition', partition, view, partitionNews, input);
  };

  readonly replicaClosed: NonNullable<Watcher['replicaClosed']> = (node, replica) => {
    const partition = `${replica.topic}-${replica.partition}`;
    this.viewsOf(node).delete(partition);
    this.row(node, { machine: 'partition', partition, what: 'is closed' });
  };

  readonly controllerStepped: NonNullable<Watcher['controllerStepped']> = (
    node,
    _state,
    input,
    effects,
  ) => {
    const decided = effects.flatMap((effect) => (effect.type === 'append' ? effect.records : []));
    if (input.type === 'activate' || input.type === 'deactivate') {
      const what = input.type === 'activate' ? 'controls' : 'controls no more';
      this.row(node, { machine: 'controller', what, cause: causeOf(input) });
    }
    if (decided.length > 0) {
      this.row(node, {
        machine: 'controller',
        what: `decides ${decided.map(({ type }) => type.replace(/Record$/, '')).join(', ')}`,
        cause: causeOf(input.type === 'command' ? input.command : input),
        changed: { records: decided.map((record) => plain(record)) },
      });
    }
  };

  readonly groupsStepped: NonNullable<Watcher['groupsStepped']> = (node, replica, state, input) => {
    const partition = `${replica.topic}-${replica.partition}`;
    this.stepped(node, 'coordinator', partition, groupsView(state), groupsNews, input);
  };

  readonly deed: NonNullable<Watcher['deed']> = (name, type, node, phase) => {
    if (type === 'phase') {
      this.row(null, { machine: 'run', what: `=== the ${name} phase ${phase}` });
      return;
    }
    const at = node === null ? '' : ` at ${node}`;
    const what = `${phase === 'begins' ? '>>>' : '<<<'} ${type} '${name}' ${phase}${at}`;
    this.row(null, { machine: 'deed', what });
  };

  /** The last row of a run that fails. */
  violated(violation: Violation): void {
    const { property, detail, node } = violation;
    const at = node === null ? '' : ` at ${node}`;
    this.row(null, { machine: 'run', what: `!!! ${property} is violated${at}: ${detail}` });
  }

  /** What every machine was at its last change, by node and then by `raft`, `topic-partition` or `groups of` that. */
  states(): ReadonlyMap<number, ReadonlyMap<string, View>> {
    return this.views;
  }

  private stepped(
    node: WatchedNode,
    machine: TraceMachine,
    partition: string | null,
    view: View,
    news: (before: View, after: View) => string,
    input: { readonly type: string; readonly stamp?: number },
  ): void {
    const views = this.viewsOf(node);
    const name = machine === 'coordinator' ? `groups of ${partition}` : (partition ?? 'raft');
    const before = views.get(name) ?? NOTHING;
    const changed: Record<string, Json> = {};
    let changes = 0;
    for (const key of Object.keys(view)) {
      if (before[key] !== view[key]) {
        changed[key] = view[key]!;
        changes++;
      }
    }
    if (changes === 0) {
      return;
    }
    views.set(name, view);
    this.row(node, {
      machine,
      partition,
      stamp: input.stamp ?? null,
      cause: causeOf(input),
      what: news(before, view),
      changed,
      state: view,
    });
  }

  private viewsOf({ index }: WatchedNode): Map<string, View> {
    let views = this.views.get(index);
    if (views === undefined) {
      views = new Map();
      this.views.set(index, views);
    }
    return views;
  }

  private row(node: WatchedNode | null, happening: Happening): void {
    const { world } = this.context;
    const { machine, what, partition, stamp, cause, changed, state } = happening;
    this.sink({
      sequence: ++this.sequence,
      event: world.events,
      time: world.now,
      node: node?.name ?? null,
      incarnation: node?.incarnation ?? 0,
      machine,
      partition: partition ?? null,
      stamp: stamp ?? null,
      cause: cause ?? null,
      what,
      changed: changed ?? {},
      state: state ?? {},
    });
  }
}

/** `value` without what JSON cannot say. */
function plain(value: unknown): Json {
  if (typeof value === 'bigint') {
    return String(value);
  }
  if (value instanceof Uint8Array) {
    return `${value.length} bytes`;
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  }
  return value as Json;
}
