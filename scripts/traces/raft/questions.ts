/**
 * What a step of a trace asks of the specification, in words of the specification, and whether its answer is what the code
 * made of it.
 */

import { hash } from 'node:crypto';
import type { ExactMessage, ExactPacket } from '../../../src/trace/exact-raft.js';
import { setText } from '../../conformance/texts.js';
import type { ServerNumbers } from './names.js';
import { StepNames } from './names.js';
import type { NamedCall } from './readings.js';
import type { Rejection } from './rejection.js';
import { rejectionOf } from './rejection.js';
import type { Snapshots, TracedNode } from './traced-node.js';
import type { Overrides } from './world-texts.js';
import { diskText, nameServers, nodeText, packetText, readText, SERVERS } from './world-texts.js';
import type { Answer, Call, NodeOutcome, NodeWorld, RaftWorlds } from './worlds.js';
import { callText } from './worlds.js';

/** What is asked of the specification, and what the code made of it. */
export interface Question {
  readonly world: NodeWorld;
  readonly calls: readonly Call[];
  readonly code: NodeOutcome;
  readonly names: StepNames;
}

export interface Asking {
  readonly before: TracedNode;
  readonly after: TracedNode;
  readonly calls: readonly NamedCall[];
  readonly message: { readonly from: number; readonly message: ExactMessage } | null;
  readonly sent: readonly ExactPacket[];
  readonly served: readonly { readonly token: number; readonly index: number }[];
  /** What the node is before the step is to be told otherwise, and with which writes under way. */
  readonly overrides: Overrides;
  /** The command has this number. */
  readonly token: number | null;
  /** A leader's sending of its log: what it sends is all that is compared. */
  readonly sendsLog?: boolean;
}

/** Servers by the order in which they are met, those of the format first. */
export class MetServers implements ServerNumbers {
  private readonly known = new Map<number, number>();
  readonly voters: number;

  constructor(formatted: readonly number[]) {
    this.voters = formatted.length;
    for (const id of formatted) {
      this.of(id);
    }
  }

  of(id: number): number {
    let server = this.known.get(id);
    if (server === undefined) {
      if (this.known.size === SERVERS.length) {
        throw new Error(
          `more than ${SERVERS.length} servers: spec/raft_traces.qnt has no room for them`,
        );
      }
      server = this.known.size + 1;
      this.known.set(id, server);
    }
    return server;
  }
}

/** The questions of one trace. */
export class RaftQuestions {
  private readonly worlds: RaftWorlds;
  private readonly numbers: ServerNumbers;
  private readonly snapshots: Snapshots;

  constructor(worlds: RaftWorlds, numbers: ServerNumbers, snapshots: Snapshots) {
    this.worlds = worlds;
    this.numbers = numbers;
    this.snapshots = snapshots;
  }

  /** Whether the specification makes of it what the code did. */
  accepts(asking: Asking): boolean {
    const { world, calls, code } = this.question(asking, this.worlds.plain);
    const isOfLog = asking.sendsLog === true;
    const key = digestOf(
      `${isOfLog ? 'sends' : ''}${calls.map(callText).join(' ')}\n${Object.values(world).join('\n')}`,
    );
    let answer = this.worlds.known(key);
    if (answer === undefined) {
      answer = digestOf(comparedText(this.worlds.play(world, calls), isOfLog));
      this.worlds.remember(key, answer);
    }
    return answer === digestOf(comparedText(code, isOfLog));
  }

  /** Why it does not, with every server and every term under its own number. */
  rejection(event: string, asking: Asking): Rejection {
    const question = this.question(asking, true);
    const answer = this.worlds.play(question.world, question.calls);
    const isOfLog = asking.sendsLog === true;
    if (comparedText(answer, isOfLog) === comparedText(question.code, isOfLog)) {
      throw new Error(
        `${event}: the specification tells servers or terms apart that are the same to the code`,
      );
    }
    return rejectionOf(event, question, answer);
  }

  private question(asking: Asking, plain: boolean): Question {
    const names = new StepNames(asking.before.self[0], this.numbers, plain);
    nameServers(asking.before, asking.message?.from ?? null, names);
    this.texts(asking, names);
    names.settle();
    return this.texts(asking, names);
  }

  private texts(asking: Asking, names: StepNames): Question {
    const { before, after, message, sent, served, overrides, token, calls } = asking;
    const { snapshots } = this;
    const self = before.self[0];
    const node = nodeText(before, names, snapshots, overrides);
    const disk = diskText(before.disk, names);
    const comes =
      message === null ? null : packetText(message.from, self, message.message, names, snapshots);
    const proposals = names.contentsSoFar;
    const reads = token === null ? 0 : names.token(token) - 1;
    // What follows next has a place of its own, so that one too many is told.
    names.round(before.state.readRound + 1);
    const packets = sent.flatMap(({ to, message: each }) => {
      const isOfLog = each.type === 'appendEntries' || each.type === 'installSnapshot';
      const text =
        isOfLog && asking.sendsLog !== true ? null : packetText(self, to, each, names, snapshots);
      return text === null ? [] : [text];
    });
    const code = {
      node: asking.sendsLog === true ? '' : nodeText(after, names, snapshots),
      disk: asking.sendsLog === true ? '' : diskText(after.disk, names),
      sent: setText(packets),
      served: setText(
        served.map(({ token: of, index }) => {
          const round = before.state.pendingReads.find((read) => read.token === of)?.round;
          return readText({ token: of, index, round: round ?? after.state.readRound }, names);
        }),
      ),
    };
    const world = { server: names.server(self), node, disk, message: comes, proposals, reads };
    const named = calls.map(({ action, picks }) => ({
      action,
      arguments: comes === null ? picks(names) : handlerArguments(action, comes, picks(names)),
    }));
    return { world, calls: named, code, names };
  }
}

/** A handler of a message takes it whole, its fields, and whether it stays in the network. */
function handlerArguments(
  action: string,
  message: string,
  picks: readonly string[],
): readonly string[] {
  if (!action.startsWith('handle')) {
    return picks;
  }
  const fields = message.slice(message.indexOf('(') + 1, -1);
  return action === 'handleSnapshotPiece' ? [message, fields] : [message, fields, 'false'];
}

/** What has to be the same of both sides. */
function comparedText(answer: Answer, isOfLog: boolean): string {
  if ('refused' in answer) {
    return `refused ${answer.refused}`;
  }
  const { node, disk, sent, served } = answer;
  return isOfLog ? sent : [node, disk, sent, served].join('\n');
}

/** 160 bits: what is remembered of a question and its answer. */
function digestOf(text: string): string {
  return hash('sha1', text, 'base64');
}
