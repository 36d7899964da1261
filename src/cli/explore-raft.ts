/** Raft as `logjury explore` searches it. */

import { raftBugs } from '../bugs/raft.js';
import { raftProperties } from '../core/properties/raft/judge.js';
import type { Message } from '../core/raft/types.js';
import { explore } from '../explorer/explore.js';
import { stepsOn, type ToldStep } from '../explorer/raft/counterexample.js';
import { raftLattice } from '../explorer/raft/lattice.js';
import { RaftWorld } from '../explorer/raft/world.js';
import type { TraceRow } from '../history/trace.js';
import { causeOf, raftNews, raftView, type View } from '../simulator/trace-views.js';
import type { ExploredMachine } from './explore-machine.js';
import { changedFields, StepRows } from './explore-trace.js';

export const raftMachine: ExploredMachine = {
  name: 'raft',
  lattice: raftLattice,
  bugs: raftBugs.filter(({ raft }) => raft !== undefined),
  properties: raftProperties.map(({ name }) => name),
  open(name, bug) {
    const scope = raftLattice.find((each) => each.name === name)!;
    const world = new RaftWorld(scope, { rules: bug?.raft ?? {} });
    return {
      explore: (options) => explore(world, options),
      tell({ path, violation }) {
        const trace = new StepRows();
        for (const [at, step] of stepsOn(world, path).entries()) {
          tellStep(trace, at + 1, step);
        }
        trace.violated(path.length, violation);
        return trace.rows;
      },
    };
  },
};

function tellStep(trace: StepRows, number: number, step: ToldStep): void {
  const { after, packet, kind } = step;
  if (after === null) {
    const { from, to, message } = packet!;
    const what = `>>> ${message.type} from ${from.id} to ${to} is lost`;
    trace.add(number, { machine: 'deed', what });
    return;
  }
  const { id } = after.self;
  if (kind !== 'step') {
    const disk = kind === 'wipe' ? 'with an empty disk' : 'from its disk';
    trace.restart(id, number, `ends, starts again ${disk}`);
  }
  trace.addOf(id, number, { machine: 'raft', ...changeOf(step) });
}

function changeOf(step: ToldStep): Pick<TraceRow, 'cause' | 'what' | 'changed' | 'state'> {
  const { before, transitions, sent, isDuplicated } = step;
  const state = raftView(step.after!);
  const earlier: View = before === null ? {} : raftView(before);
  const input = transitions.find((each) => each.input !== null)?.input ?? null;
  const parts = [
    raftNews(earlier, state),
    ...sent.map(({ to, message }) => `sends ${to} ${messageText(message)}`),
    ...(isDuplicated ? ['the message stays under way'] : []),
  ];
  const what = parts.filter((part) => part !== '').join(', ');
  const cause = input === null ? null : causeOf(input);
  const changed = changedFields(earlier, state);
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
