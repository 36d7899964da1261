/**
 * Lock C of Raft, from the code to the specification: every step of a trace is an action of spec/raft.qnt, taken in a
 * world made of the node that steps, with the result that the trace tells; or it changes nothing that the
 * specification sees; or it is of a kind that the specification does not have, and is counted as such.
 */

import type {
  ExactMessage,
  ExactRaft,
  ExactStart,
  ExactStep,
  ExactVoter,
} from '../../../src/trace/exact-raft.js';
import { QuintFailure } from '../../spec/quint-evaluator.js';
import type { Counts } from '../counts.js';
import { count } from '../counts.js';
import { disksAfterCrash } from './crash.js';
import { textDigest } from './digest.js';
import { speaksOfTwoDirectories } from './directories.js';
import type { StepNames } from './names.js';
import type { Asking } from './questions.js';
import { MetServers, RaftQuestions } from './questions.js';
import { readingOf } from './readings.js';
import type { Rejection } from './rejection.js';
import { inputText } from './rejection.js';
import type { TracedNode } from './traced-node.js';
import {
  BrokenTrace,
  diskRead,
  EMPTY_DISK,
  Snapshots,
  startedNode,
  steppedNode,
} from './traced-node.js';
import type { RaftWorlds } from './worlds.js';

/** A trace of one cluster, row by row. */
export class RaftAcceptance {
  private readonly worldsFor: (voters: number) => RaftWorlds;
  private readonly counts: Counts;
  private questions: RaftQuestions | null = null;
  private readonly nodes = new Map<string, TracedNode>();
  private readonly snapshots = new Snapshots();
  private formatted: readonly ExactVoter[] = [];
  /** Digests of what was sent so far, with sender and receiver. */
  private readonly sent = new Set<number>();

  /** `worldsFor`: those of a cluster that was formatted with so many voters. */
  constructor(worldsFor: (voters: number) => RaftWorlds, counts: Counts) {
    this.worldsFor = worldsFor;
    this.counts = counts;
  }

  /** Whether the message was sent by somebody already: until then its receipt cannot be asked about. */
  wasSent(from: number, to: number, message: ExactMessage): boolean {
    return this.sent.has(packetDigest(from, to, message));
  }

  /** Why the trace is no run of the specification, with this row; null: it still is one. */
  take(node: string, row: ExactRaft): Rejection | null {
    try {
      return row.type === 'start' ? this.started(node, row) : this.stepped(node, row);
    } catch (error) {
      if (error instanceof BrokenTrace || error instanceof QuintFailure) {
        const event = row.type === 'start' ? 'starts' : inputText(row);
        return { event, expected: 'a state that the trace agrees with', reasons: [error.message] };
      }
      throw error;
    }
  }

  // --- A life begins ------------------------------------------------------------------------------

  private started(node: string, start: ExactStart): Rejection | null {
    this.counts.steps++;
    if (this.questions === null) {
      this.begin(start);
    }
    const last = this.nodes.get(node);
    const disk = diskRead(start, this.snapshots);
    const after = startedNode(start, disk);
    this.nodes.set(node, after);
    if (last !== undefined && last.self[1] !== start.self[1]) {
      count(this.counts.uncovered, 'a start with another disk');
      return null;
    }
    if (last === undefined && (disk.log.length > 0 || disk.term > 0)) {
      count(this.counts.uncovered, 'a start from a disk of which the trace knows nothing');
      return null;
    }
    if (speaksOfTwoDirectories(last ?? after, null, after, this.formatted)) {
      count(this.counts.uncovered, TWO_DIRECTORIES);
      return null;
    }
    return this.restarted(last ?? { ...after, disk: EMPTY_DISK }, after);
  }

  /** To the specification each disk that the crash may have left is the last write that reached it. */
  private restarted(last: TracedNode, after: TracedNode): Rejection | null {
    const disks = disksAfterCrash(last);
    const writes = disks.slice(1).map((image) => ({ sequence: 0, images: [image] }));
    const before = { ...last, writes, state: { ...last.state, waiting: [] } };
    let asking: Asking | null = null;
    for (let survive = writes.length; survive >= 0; survive--) {
      const image = disks[survive]!;
      const names = (each: StepNames): readonly string[] => [
        each.server(last.self[0]),
        String(survive),
        'false',
      ];
      const calls = [{ action: 'restart', picks: names }];
      asking = { ...NOTHING_ELSE, before, after: { ...after, disk: image }, calls };
      if (this.questions!.accepts(asking)) {
        count(this.counts.checked, 'restart');
        return null;
      }
    }
    return this.questions!.rejection('starts', asking!);
  }

  /** The first row of all tells who was a voter at the format. */
  private begin({ snapshot }: ExactStart): void {
    this.formatted = [...snapshot.voters].sort(([a], [b]) => a - b);
    const servers = new MetServers(this.formatted.map(([id]) => id));
    const worlds = this.worldsFor(this.formatted.length);
    this.questions = new RaftQuestions(worlds, servers, this.snapshots);
  }

  // --- A step -------------------------------------------------------------------------------------

  private stepped(node: string, step: ExactStep): Rejection | null {
    this.counts.steps++;
    const before = this.nodes.get(node)!;
    const after = steppedNode(before, step, this.snapshots);
    this.nodes.set(node, after);
    const [self] = before.self;
    for (const { to, message } of step.sent) {
      this.sent.add(packetDigest(self, to, message));
    }
    if (step.input.type === 'message') {
      const { from, message } = receivedIn(step);
      if (!this.wasSent(from, self, message)) {
        return {
          event: inputText(step),
          expected: 'nothing',
          reasons: ['nobody sent this message'],
        };
      }
    }
    if (speaksOfTwoDirectories(before, step.input, after, this.formatted)) {
      count(this.counts.uncovered, TWO_DIRECTORIES);
      return null;
    }
    return this.compared(before, step, after) ?? this.sendings(before, step, after);
  }

  private compared(before: TracedNode, step: ExactStep, after: TracedNode): Rejection | null {
    const reading = readingOf(before, step, after, this.formatted);
    if (reading.type === 'uncovered') {
      count(this.counts.uncovered, reading.why);
      return null;
    }
    if (reading.type === 'nothing' && isQuiet(step)) {
      count(this.counts.nothing, reading.why);
      return null;
    }
    const { heard } = reading;
    const overrides = heard === undefined ? {} : { active: activityOf(after, heard) };
    const asking = {
      before,
      after,
      calls: reading.type === 'nothing' ? [] : reading.calls,
      message:
        step.input.type === 'message' && reading.type !== 'nothing' ? receivedIn(step) : null,
      sent: step.sent,
      served: step.told.flatMap(({ type, token, index }) =>
        type === 'readReady' ? [{ token, index: index as number }] : [],
      ),
      overrides,
      token: step.input.type === 'readIndex' ? (step.input.token as number) : null,
    };
    if (!this.questions!.accepts(asking)) {
      return this.questions!.rejection(inputText(step), asking);
    }
    if (reading.type === 'nothing') {
      count(this.counts.nothing, reading.why);
    } else {
      count(this.counts.checked, reading.calls[0]!.action);
    }
    return null;
  }

  /** What a leader sends of its log is a step of its own, somewhere within this one. */
  private sendings(before: TracedNode, step: ExactStep, after: TracedNode): Rejection | null {
    for (const { to, message } of step.sent) {
      if (message.type === 'appendEntries' || message.type === 'installSnapshot') {
        const rejection = this.sending(before, after, to, message, step);
        if (rejection !== null) {
          return rejection;
        }
      }
    }
    return null;
  }

  private sending(
    before: TracedNode,
    after: TracedNode,
    to: number,
    message: ExactMessage,
    step: ExactStep,
  ): Rejection | null {
    const isEntries = message.type === 'appendEntries';
    const led = before.state.role === 'leader' ? before : after;
    const commitIndex = isEntries ? (message.commitIndex as number) : led.state.commitIndex;
    const readRound = isEntries ? (message.round as number) : led.state.readRound;
    const isBetween =
      commitIndex >= before.state.commitIndex &&
      commitIndex <= after.state.commitIndex &&
      readRound >= before.state.readRound &&
      readRound <= after.state.readRound;
    const action = isEntries ? 'replicateTo' : 'sendChunk';
    const event = `${inputText(step)}: sends ${to} ${message.type}`;
    if (!isBetween && isEntries) {
      return { event, expected: action, reasons: ['its commit index or its round is another'] };
    }
    const progress = led.state.progress.filter(({ id }) => id === to);
    const matchIndex = progress[0]?.matchIndex ?? 0;
    // Only what it is sent by.
    const sender = {
      ...led,
      log: after.log,
      state: {
        ...led.state,
        snapshotIndex: after.state.snapshotIndex,
        role: 'leader',
        commitIndex,
        readRound,
        progress,
        ...SAYS_NOTHING,
      },
      writes: [],
    };
    const prevIndex = message.prevIndex as number;
    if (isEntries && prevIndex < Math.max(matchIndex, led.state.snapshotIndex)) {
      return {
        event,
        expected: action,
        reasons: [`it is behind ${prevIndex}, what is known to match is ${matchIndex}`],
      };
    }
    const calls = [
      {
        action,
        picks: (names: StepNames) => [
          names.server(before.self[0]),
          names.server(to),
          ...(isEntries ? [names.index(prevIndex), names.entriesIn(message)] : []),
        ],
      },
    ];
    const asking = {
      ...NOTHING_ELSE,
      before: sender,
      after: sender,
      calls,
      sent: [{ to, message }],
      sendsLog: true,
    };
    if (!this.questions!.accepts(asking)) {
      return this.questions!.rejection(event, asking);
    }
    count(this.counts.sends, action);
    return null;
  }
}

const TWO_DIRECTORIES = 'an id that stands for two directories';

const NOTHING_ELSE = { message: null, sent: [], served: [], overrides: {}, token: null } as const;

/** What no message of a leader's log depends on. */
const SAYS_NOTHING = { waiting: [], pendingReads: [], catchUp: null, transfer: null } as const;

/** Nothing that a trace tells changed, and nothing left but what a leader sends of its log. */
function isQuiet({ changed, wrote, sent, told }: ExactStep): boolean {
  return (
    Object.keys(changed).length === 0 &&
    wrote.length === 0 &&
    told.every(({ type }) => type !== 'readReady') &&
    sent.every(({ message }) => UNSEEN.has(message.type))
  );
}

const UNSEEN: ReadonlySet<string> = new Set([
  'appendEntries',
  'installSnapshot',
  'learnerHello',
  'leaderHint',
]);

function receivedIn(step: ExactStep): { readonly from: number; readonly message: ExactMessage } {
  return step.input as unknown as { from: number; message: ExactMessage };
}

function activityOf({ state }: TracedNode, heard: number): ReadonlyMap<number, boolean> {
  const progress = state.progress.find(({ id }) => id === heard);
  return new Map(progress === undefined ? [] : [[heard, progress.active]]);
}

function packetDigest(from: number, to: number, message: ExactMessage): number {
  return textDigest(`${from} ${to} ${JSON.stringify(message)}`);
}
