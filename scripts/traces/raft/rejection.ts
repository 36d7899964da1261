/** Why a step of a trace is none of the specification, in words. */

import type { ExactMessage, ExactStep } from '../../../src/trace/exact-raft.js';
import { changesBetween } from '../../conformance/texts.js';
import type { Question } from './questions.js';
import type { Answer } from './worlds.js';
import { callText } from './worlds.js';

export interface Rejection {
  /** What happened, by the trace. */
  readonly event: string;
  /** The action of the specification, with its picks, that it should be. */
  readonly expected: string;
  readonly reasons: readonly string[];
}

export function inputText({ input }: ExactStep): string {
  const { type, stamp: _, ...fields } = input;
  if (type !== 'message') {
    const all = Object.entries(fields).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    return [type, ...all].join(' ');
  }
  const { from, message } = input as unknown as { from: number; message: ExactMessage };
  const {
    type: kind,
    entries,
    ...rest
  } = message as ExactMessage & { entries?: readonly unknown[] };
  const all = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const many = entries === undefined ? [] : [`${entries.length} entries`];
  return [`${kind} from ${from}:`, [...all, ...many].join(', ')].join(' ');
}

export function rejectionOf(event: string, question: Question, answer: Answer): Rejection {
  const { world, calls, code, names } = question;
  const expected = calls.length === 0 ? 'nothing' : calls.map(callText).join(', then ');
  if ('refused' in answer) {
    return {
      event,
      expected,
      reasons: [`${answer.refused} cannot be taken`, `node: ${world.node}`, `disk: ${world.disk}`],
    };
  }
  const legend = names.legend();
  return {
    event,
    expected,
    reasons: [
      'the specification:',
      ...resultLines(world, answer),
      'the code:',
      ...resultLines(world, code),
      ...(legend === null ? [] : [`(places for indices: ${legend})`]),
    ],
  };
}

function resultLines(
  world: Question['world'],
  { node, disk, sent, served }: Question['code'],
): string[] {
  const changes = [
    ...changesBetween('node', world.node, node),
    ...changesBetween('disk', world.disk, disk),
    ...(sent === '{}' ? [] : [`sends ${sent}`]),
    ...(served === '{}' ? [] : [`answers the reads ${served}`]),
  ];
  return (changes.length === 0 ? ['nothing changes'] : changes).map((line) => `  ${line}`);
}
