/**
 * Lock C of a partition: every step of one of its replicas, and every decision of the controller about it, is an action of
 * spec/partition.qnt, taken in a world made of what the action reads, with the result that the trace tells; or it changes
 * nothing that the specification sees; or it is of a kind that the specification does not have, and is counted as such.
 */

import type { ExactDecision } from '../../../src/trace/exact-controller.js';
import type {
  ExactFetchAnswer,
  ExactInput,
  ExactOpened,
  ExactReplicaStep,
} from '../../../src/trace/exact-partition.js';
import { setText } from '../../conformance/texts.js';
import type { Counts } from '../counts.js';
import { count } from '../counts.js';
import type { Rejection } from '../raft/rejection.js';
import { acceptDecision, isDecisionFounded } from './decisions.js';
import { PartitionMemory } from './memory.js';
import type { WorldsFor } from './open.js';
import type { StepPlaces } from './places.js';
import { UnknownReplica } from './places.js';
import type { Question } from './questions.js';
import { asked, unlessSame } from './questions.js';
import type { Asking, Reading } from './readings.js';
import { effectiveMinIsr, isFounded, readingOf } from './readings.js';
import { BrokenTrace, cutTo, endOf, filledTo } from './replica-log.js';
import { alterPartitionText, fetchAnswerText, fetchText, replicaText } from './texts.js';
import type { TracedReplica } from './traced-replica.js';
import { incarnationOf, newReplica } from './traced-replica.js';
import type { Turn } from './turns.js';
import { begunTurn, continuedTurn, falselyTold, isOver, proposedIn } from './turns.js';
import type { WorldOutcome } from './worlds.js';

export type PartitionRow = ExactOpened | ExactReplicaStep | ExactDecision;

/** A trace of one partition, row by row. */
export class PartitionAcceptance {
  private readonly worldsFor: WorldsFor;
  private readonly counts: Counts;
  private readonly memory = new PartitionMemory();
  private readonly replicas = new Map<number, TracedReplica>();
  /** Begun, and waiting for the page cache. */
  private readonly turns = new Map<number, Turn>();

  constructor(worldsFor: WorldsFor, counts: Counts) {
    this.worldsFor = worldsFor;
    this.counts = counts;
  }

  /** Why the trace is no run of the specification, with this row; null: it still is one. */
  take(row: PartitionRow): Rejection | null {
    try {
      switch (row.type) {
        case 'decided':
          return acceptDecision(row, this.memory, this.worldsFor, this.counts);
        case 'opened':
          return this.opened(row);
        case 'stepped':
          return this.stepped(row);
      }
    } catch (error) {
      // What was said before a move may name who is no replica any more, or not yet.
      if (error instanceof UnknownReplica) {
        return this.uncovered('a broker that is no replica');
      }
      if (error instanceof BrokenTrace) {
        const event = row.type === 'stepped' ? eventText(row.input) : row.type;
        return { event, expected: 'a state that the trace agrees with', reasons: [error.message] };
      }
      throw error;
    }
  }

  /** Whether all that the row speaks of was told already: until then it cannot be asked about. */
  isReady(row: PartitionRow): boolean {
    switch (row.type) {
      case 'opened':
        return true;
      case 'decided':
        return isDecisionFounded(row, this.memory);
      case 'stepped':
        return isFounded(row.self, row.input, this.memory);
    }
  }

  // --- A life begins ------------------------------------------------------------------------------------

  private opened({ self, state }: ExactOpened): Rejection | null {
    this.counts.steps++;
    const last = this.replicas.get(self);
    const turn = this.turns.get(self);
    this.turns.delete(self);
    const fresh = newReplica(self, state);
    const end = state.logEndOffset;
    // Of a cut that was under way the disk may know nothing.
    const whole = [last, turn?.before].find((each) => each !== undefined && end <= endOf(each.log));
    const cut = whole === undefined ? null : cutTo(whole.log, end);
    const after = cut === null ? fresh : { self, state, log: filledTo(cut, end) };
    this.replicas.set(self, after);
    const uncovered = (why: string): null => {
      count(this.counts.uncovered, why);
      return null;
    };
    if (last === undefined || last.state.replicas.length === 0) {
      return state.logEndOffset === 0
        ? this.nothing('a new replica')
        : uncovered('a start from a disk of which the trace knows nothing');
    }
    if (turn !== undefined) {
      return uncovered('a life that ended within an append or a cut');
    }
    if (state.logStartOffset !== last.state.logStartOffset) {
      return uncovered('a start with another log start');
    }
    if (cut !== null && endOf(cut) !== end) {
      return uncovered('a start with a log that ends in what compaction has left out');
    }
    return this.restarted(last, after);
  }

  /** With as much of the log as the disk has, and a high watermark of once. */
  private restarted(last: TracedReplica, after: TracedReplica): Rejection | null {
    const { logEndOffset, highWatermark } = after.state;
    const reading: Reading = {
      type: 'action',
      action: 'restart',
      ask: (places) => ({
        calls: [
          {
            action: 'restart',
            arguments: [
              String(places.id(last.self)),
              'false',
              String(places.records(last.log, 0, logEndOffset).length),
              String(places.offset(highWatermark)),
            ],
          },
        ],
        messages: [],
        update: null,
      }),
    };
    return this.judged('opens its log', last, after, reading, () => []);
  }

  // --- A step -------------------------------------------------------------------------------------------

  private stepped(step: ExactReplicaStep): Rejection | null {
    const { self } = step;
    const open = this.turns.get(self);
    const turn = open === undefined ? begunTurn(this.known(self), step) : continuedTurn(open, step);
    const { after } = turn;
    this.replicas.set(self, after);
    this.remember(step, after);
    if (!isOver(turn)) {
      this.turns.set(self, turn);
      return null;
    }
    this.turns.delete(self);
    this.counts.steps++;
    if (endOf(after.log) !== after.state.logEndOffset) {
      const { logEndOffset } = after.state;
      throw new BrokenTrace(
        `the log ends at ${logEndOffset}, what was appended to it at ${endOf(after.log)}`,
      );
    }
    const rejection = turn.isSlow
      ? this.uncovered('an append or a cut that takes a while')
      : this.compared(turn);
    if (after.state.role === 'follower') {
      this.memory.stands(after);
    }
    return rejection;
  }

  private known(self: number): TracedReplica {
    const replica = this.replicas.get(self);
    if (replica === undefined) {
      throw new BrokenTrace(`broker ${self} has opened no replica`);
    }
    return replica;
  }

  /** What others may speak of from now on. */
  private remember(
    { self, input, proposed, answer }: ExactReplicaStep,
    after: TracedReplica,
  ): void {
    const { memory } = this;
    for (const proposal of proposed) {
      memory.proposed(self, incarnationOf(after), proposal);
    }
    if (after.state.role === 'leader') {
      memory.leads(after.state.leaderEpoch, after.self, after.log);
    }
    if (input.type === 'fetch' && input.replica !== null && answer?.error === 0) {
      const { replica, currentLeaderEpoch: leaderEpoch, fetchOffset, lastFetchedEpoch } = input;
      const { diverging, highWatermark, upTo } = answer;
      const head = { from: self, to: replica.id, leaderEpoch, fetchOffset, lastFetchedEpoch };
      memory.answered({ ...head, diverging, highWatermark }, upTo);
    }
  }

  private compared(turn: Turn): Rejection | null {
    const { before, after, steps } = turn;
    const { input, answer } = steps[0]!;
    const event = `broker ${before.self}: ${eventText(input)}`;
    const reading = readingOf(turn, this.memory);
    switch (reading.type) {
      case 'uncovered':
        return this.uncovered(reading.why);
      case 'unfounded':
        return { event, expected: 'nothing', reasons: [reading.why] };
      case 'nothing':
        return this.unchanged(event, turn, reading.why);
      case 'action': {
        const told = falselyTold(turn);
        if (told !== null) {
          return { event, expected: reading.action, reasons: [told] };
        }
        return (
          this.fetchOf(input, before.self) ??
          this.judged(event, before, after, reading, (places) => [
            ...proposedIn(turn).map((proposal) =>
              alterPartitionText(before.self, incarnationOf(after), proposal, places),
            ),
            ...answerTexts(turn, answer, places),
          ])
        );
      }
    }
  }

  private unchanged(event: string, turn: Turn, why: string): Rejection | null {
    const { before, after } = turn;
    const replicas = replicasOf(before, after);
    const text = (of: TracedReplica, places: StepPlaces): string =>
      replicaText(of, incarnationOf(after), places);
    const isSame =
      before.state === after.state ||
      JSON.stringify(seenOf(before)) === JSON.stringify(seenOf(after));
    if (isSame && proposedIn(turn).length === 0) {
      return this.nothing(why);
    }
    const rejection = unlessSame(event, `nothing: ${why}`, replicas, (places) => {
      const was = { replica: text(before, places), sent: '{}' };
      const sent = proposedIn(turn).map((proposal) =>
        alterPartitionText(before.self, incarnationOf(after), proposal, places),
      );
      return {
        before: was,
        spec: was,
        code: { replica: text(after, places), sent: setText(sent) },
      };
    });
    return rejection ?? this.nothing(why);
  }

  /** What a follower asks follows from its state: `sendFetch`, once it arrives. */
  private fetchOf(input: ExactInput, to: number): Rejection | null {
    if (input.type !== 'fetch' || input.replica === null) {
      return null;
    }
    const { replica, fetchOffset, lastFetchedEpoch, currentLeaderEpoch: leaderEpoch } = input;
    const { id: from, brokerEpoch } = replica;
    const fetch = { from, to, brokerEpoch, leaderEpoch, fetchOffset, lastFetchedEpoch };
    const follower = this.memory.standing(fetch);
    if (follower === null || follower === undefined) {
      return null;
    }
    this.memory.accepted(fetch);
    const reading: Reading = {
      type: 'action',
      action: 'sendFetch',
      ask: (places) => ({
        calls: [{ action: 'sendFetch', arguments: [String(places.id(from))] }],
        messages: [],
        update: null,
      }),
    };
    this.counts.steps++;
    return this.judged(`broker ${from} fetches`, follower, follower, reading, (places) => [
      fetchText(fetch, places),
    ]);
  }

  // --- Questions ----------------------------------------------------------------------------------------

  private judged(
    event: string,
    before: TracedReplica,
    after: TracedReplica,
    reading: Extract<Reading, { type: 'action' }>,
    sent: (places: StepPlaces) => readonly string[],
  ): Rejection | null {
    const replicas = replicasOf(before, after);
    const { state } = before.state.replicas.length > 0 ? before : after;
    const minIsr = effectiveMinIsr({ ...before, state });
    const worlds = this.worldsFor(replicas.length, minIsr);
    if (worlds === null) {
      return this.uncovered(`${replicas.length} replicas, of which ${minIsr} are to be in sync`);
    }
    const rejection = asked(event, worlds, replicas, (places) =>
      replicaQuestion(before, after, reading, sent, places),
    );
    if (rejection === null) {
      const { action, isRefused } = reading;
      count(this.counts.checked, isRefused === true ? `${action}, refused by both` : action);
    }
    return rejection;
  }

  private nothing(why: string): null {
    count(this.counts.nothing, why);
    return null;
  }

  private uncovered(why: string): null {
    count(this.counts.uncovered, why);
    return null;
  }
}

/**
 * By id: of two that are to join the ISR the leader proposes the first. Whom the controller prefers is no business of a
 * replica's.
 */
function replicasOf(before: TracedReplica, after: TracedReplica): readonly number[] {
  const { replicas } = before.state.replicas.length > 0 ? before.state : after.state;
  return [...replicas].sort((a, b) => a - b);
}

/** All but what the specification has no word for. */
function seenOf({ state }: TracedReplica): object {
  const { minIsr: _, logStartOffset: __, leaderState, ...seen } = state;
  const waiting = leaderState?.waiting.filter(([, acks]) => acks === -1).map(([, , at]) => at);
  return { ...seen, leaderState: leaderState === null ? null : { ...leaderState, waiting } };
}

function replicaQuestion(
  before: TracedReplica,
  after: TracedReplica,
  reading: Extract<Reading, { type: 'action' }>,
  sent: (places: StepPlaces) => readonly string[],
  places: StepPlaces,
): Question {
  const { fetcher, isRefused } = reading;
  const isRestart = reading.action === 'restart';
  const brokerEpoch = incarnationOf(isRestart ? before : after);
  const was = replicaText(before, brokerEpoch, places);
  const produces = places.contentsSoFar;
  const { calls, messages, update }: Asking = reading.ask(places);
  const now = isRestart ? -1 : brokerEpoch;
  const code = {
    replica: replicaText(after, now, places),
    sent: setText(sent(places)),
  };
  const id = places.id(before.self);
  const other =
    fetcher === undefined
      ? null
      : ([
          places.id(fetcher.id),
          `<brokerEpoch: ${places.brokerEpoch(fetcher.brokerEpoch)}>`,
        ] as const);
  const pair = (text: string): string =>
    other === null
      ? `<${id}: ${text}>`
      : other[0] < id
        ? `<${other[0]}: ${other[1]}, ${id}: ${text}>`
        : `<${id}: ${text}, ${other[0]}: ${other[1]}>`;
  const [head, tail] = pair('|').split('|') as [string, string];
  return {
    world: {
      replicas: pair(was),
      image: '<>',
      updates: `<${id}: [${update ?? ''}]>`,
      network: setText(messages),
      produces,
    },
    calls,
    before: { replica: was },
    code: isRefused === true ? null : code,
    read: (outcome: WorldOutcome) => ({
      replica: outcome.replicas.slice(head.length, outcome.replicas.length - tail.length),
      sent: outcome.network,
    }),
  };
}

/** To a follower. How much of the log is sent is left open; the specification sends what comes next. */
function answerTexts(
  { before, after, steps }: Turn,
  answer: ExactFetchAnswer | null,
  places: StepPlaces,
): readonly string[] {
  const { input } = steps[0]!;
  if (answer === null || answer.error !== 0 || input.type !== 'fetch' || input.replica === null) {
    return [];
  }
  const { replica, currentLeaderEpoch: leaderEpoch, fetchOffset, lastFetchedEpoch } = input;
  const { diverging, highWatermark, upTo } = answer;
  const records =
    diverging === null ? places.records(after.log, fetchOffset, upTo).slice(0, 1) : [];
  const head = { from: before.self, to: replica.id, leaderEpoch, fetchOffset, lastFetchedEpoch };
  return [fetchAnswerText({ ...head, diverging, records, highWatermark }, places)];
}

function eventText(input: ExactInput): string {
  const { type, ...fields } = input;
  const all = Object.entries(fields).map(([name, value]) =>
    name === 'batches'
      ? `${(value as readonly unknown[]).length} batches`
      : `${name} ${JSON.stringify(value)}`,
  );
  return [type, ...all].join(' ');
}
