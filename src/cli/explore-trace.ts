/** A counterexample of the explorer as rows of a trace: one step, one millisecond. */

import type { Message } from '../core/raft/types.js';
import type { ToldStep } from '../explorer/raft/counterexample.js';
import type { Violation } from '../explorer/world.js';
import type { Json } from '../history/rows.js';
import type { TraceRow } from '../history/trace.js';
import { causeOf, raftNews, raftView, type View } from '../simulator/trace-views.js';

const MICROSECONDS_PER_STEP = 1_000;

export function explorationTrace(steps: readonly ToldStep[], violation: Violation): TraceRow[] {
  const rows: TraceRow[] = [];
  const lives = new Map<number, number>();
  const add = (step: number, row: Partial<TraceRow> & Pick<TraceRow, 'machine' | 'what'>): void => {
    rows.push({
      sequence: rows.length + 1,
      event: step,
      time: step * MICROSECONDS_PER_STEP,
      node: null,
      incarnation: 0,
      partition: null,
      stamp: null,
      cause: null,
      changed: {},
      state: {},
      ...row,
    });
  };
  for (const [at, step] of steps.entries()) {
    const { after, packet } = step;
    if (after === null) {
      const { from, to, message } = packet!;
      const what = `>>> ${message.type} from ${from.id} to ${to} is lost`;
      add(at + 1, { machine: 'deed', what });
      continue;
    }
    const { id } = after.self;
    const node = `node-${id}`;
    if (step.kind !== 'step') {
      lives.set(id, (lives.get(id) ?? 1) + 1);
      const disk = step.kind === 'wipe' ? 'with an empty disk' : 'from its disk';
      const incarnation = lives.get(id)!;
      add(at + 1, { machine: 'node', node, incarnation, what: `ends, starts again ${disk}` });
    }
    add(at + 1, { machine: 'raft', node, incarnation: lives.get(id) ?? 1, ...changeOf(step) });
  }
  const { property, detail } = violation;
  add(steps.length, { machine: 'run', what: `!!! ${property} is violated: ${detail}` });
  return rows;
}

function changeOf(step: ToldStep): Pick<TraceRow, 'cause' | 'what' | 'changed' | 'state'> {
  const { before, transitions, sent, isDuplicated } = step;
  const state = raftView(step.after!);
  const earlier: View = before === null ? {} : raftView(before);
  const changed: Record<string, Json> = {};
  for (const [field, value] of Object.entries(state)) {
    if (earlier[field] !== value) {
      changed[field] = value;
    }
  }
  const input = transitions.find((each) => each.input !== null)?.input ?? null;
  const parts = [
    raftNews(earlier, state),
    ...sent.map(({ to, message }) => `sends ${to} ${messageText(message)}`),
    ...(isDuplicated ? ['the message stays under way'] : []),
  ];
  const what = parts.filter((part) => part !== '').join(', ');
  const cause = input === null ? null : causeOf(input);
  return { cause, what: what === '' ? 'takes note' : what, changed, state };
}

/** What the eye looks for in a message. */
function messageText(message: Message): string {
  switch (message.type) {
    case 'appendEntries': {
      const { prevIndex, prevTerm, entries, commitIndex } = message;
      const held = entries.map(({ index, term }) => `${index}@${term}`).join(' ');
      return `append [${held}] behind ${prevIndex}@${prevTerm}, commit ${commitIndex}`;
    }
    case 'appendEntriesReply':
      return message.success ? `holds ${message.matchIndex}` : `refused, try ${message.matchIndex}`;
    case 'preVoteReply':
    case 'voteReply':
      return `${message.type} ${message.granted ? 'yes' : 'no'}`;
    default:
      return `${message.type} ${message.term}`;
  }
}
