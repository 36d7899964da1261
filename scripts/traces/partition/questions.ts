/** What the specification is asked of one step, what the code made of it, and whether the two are the same. */

import { changesBetween } from '../../conformance/texts.js';
import { QuintFailure } from '../../spec/quint-evaluator.js';
import type { Rejection } from '../raft/rejection.js';
import { StepPlaces } from './places.js';
import type { Answer, Call, PartitionWorld, PartitionWorlds, WorldOutcome } from './worlds.js';
import { callText } from './worlds.js';

/** Each text by what it is called in a rejection. */
type Result = Readonly<Record<string, string>>;

export interface Question {
  readonly world: PartitionWorld;
  readonly calls: readonly Call[];
  /** As it was before the step, for the words of a rejection. */
  readonly before: Result;
  /** What the code made of it; null: the specification is not to allow the step. */
  readonly code: Result | null;
  /** The same of what the specification makes of it. */
  readonly read: (outcome: WorldOutcome) => Result;
}

/** Asks; null: both say the same. `make` is called twice with the same places, see {@link StepPlaces}. */
export function asked(
  event: string,
  worlds: PartitionWorlds,
  replicas: readonly number[],
  make: (places: StepPlaces) => Question,
): Rejection | null {
  const { places, made } = settled(replicas, make);
  const { world, calls, before, code, read } = made;
  const expected = calls.map(callText).join(', then ');
  const rejected = (reasons: readonly string[]): Rejection => ({
    event,
    expected,
    reasons: [...reasons, ...legendOf(places)],
  });
  let answer: Answer;
  try {
    answer = worlds.play(world, calls);
  } catch (error) {
    if (!(error instanceof QuintFailure)) {
      throw error;
    }
    return rejected([`the specification has no word for it: ${error.message}`]);
  }
  if ('refused' in answer) {
    const refused = `the specification: ${answer.refused} cannot be taken`;
    return code === null ? null : rejected([refused, 'the code:', ...changesIn(before, code)]);
  }
  const spec = read(answer);
  if (code === null) {
    return rejected(['the specification:', ...changesIn(before, spec), 'the code: refuses it']);
  }
  return isSame(spec, code) ? null : rejected(bothIn(before, spec, code));
}

/** The same without a question: what the specification says of it is known. */
export function unlessSame(
  event: string,
  expected: string,
  replicas: readonly number[],
  make: (places: StepPlaces) => {
    readonly before: Result;
    readonly spec: Result;
    readonly code: Result;
  },
): Rejection | null {
  const { places, made } = settled(replicas, make);
  const { before, spec, code } = made;
  return isSame(spec, code)
    ? null
    : { event, expected, reasons: [...bothIn(before, spec, code), ...legendOf(places)] };
}

function settled<Made>(
  replicas: readonly number[],
  make: (places: StepPlaces) => Made,
): { readonly places: StepPlaces; readonly made: Made } {
  const places = new StepPlaces(replicas);
  make(places);
  places.settle();
  return { places, made: make(places) };
}

function legendOf(places: StepPlaces): string[] {
  const legend = places.legend();
  return legend === '' ? [] : [`(small numbers stand for these: ${legend})`];
}

const isSame = (spec: Result, code: Result): boolean =>
  Object.entries(code).every(([name, text]) => spec[name] === text);

function bothIn(before: Result, spec: Result, code: Result): string[] {
  const told = changesIn(before, spec);
  return ['the specification:', ...told, 'the code:', ...changesIn(before, code)];
}

function changesIn(before: Result, after: Result): string[] {
  const changes = Object.entries(after).flatMap(([name, text]) =>
    changesBetween(name, before[name] ?? '{}', text),
  );
  return (changes.length === 0 ? ['nothing changes'] : changes).map((line) => `  ${line}`);
}
