/** Idempotent production as `logjury explore` searches it. */

import type { Bug } from '../bugs/bug.js';
import { allBugs } from '../bugs/registry.js';
import type { PartitionRules } from '../core/partition/rules.js';
import type { PartitionInput, PartitionState } from '../core/partition/types.js';
import { explore } from '../explorer/explore.js';
import { valueIn } from '../explorer/producer/batches.js';
import { stepsOn, type ToldStep } from '../explorer/producer/counterexample.js';
import { PRODUCER_PROPERTIES } from '../explorer/producer/judging.js';
import { producerLattice } from '../explorer/producer/lattice.js';
import type { Produced } from '../explorer/producer/play.js';
import type { Request, Session } from '../explorer/producer/session.js';
import { ProducerWorld } from '../explorer/producer/world.js';
import type { SessionHappening } from '../explorer/producer/world-state.js';
import type { TraceRow } from '../history/trace.js';
import { ErrorCode } from '../protocol/errors.js';
import { causeOf, partitionNews, partitionView, type View } from '../simulator/trace-views.js';
import type { ExploredMachine } from './explore-machine.js';
import { changedFields, StepRows } from './explore-trace.js';

/** The rules that decide of production and of what is known of producers. */
const RULES: readonly (keyof PartitionRules)[] = [
  'acceptSequence',
  'acknowledgedAt',
  'producerStateAfterFailover',
];
const PARTITION = 'explored-0';

export const producerMachine: ExploredMachine = {
  name: 'producer',
  lattice: producerLattice,
  bugs: allBugs.filter(isOurs),
  properties: PRODUCER_PROPERTIES,
  open(name, bug) {
    const scope = producerLattice.find((each) => each.name === name)!;
    const world = new ProducerWorld(scope, {
      rules: bug?.partition ?? {},
      logRules: bug?.log ?? {},
    });
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

/** Of the log's rules, which snapshot of producers may be used is the one that this world asks. */
function isOurs({ partition, log }: Bug): boolean {
  return RULES.some((rule) => partition?.[rule] !== undefined) || log?.mayUseSnapshot !== undefined;
}

function tellStep(trace: StepRows, number: number, step: ToldStep): void {
  const { happening, session, replicas, leader, leaderEpoch } = step;
  if (happening.type === 'elect') {
    const what = `>>> the controller makes ${leader} the leader in epoch ${leaderEpoch}`;
    trace.add(number, { machine: 'deed', what });
  }
  if (session !== null) {
    const what = `>>> ${sessionText(happening as SessionHappening, ...session)}`;
    trace.add(number, { machine: 'deed', what });
  }
  for (const { before, played } of replicas) {
    const id = before.state.self;
    if (happening.type === 'restart') {
      trace.restart(id, number, 'ends, starts again from its disk');
    }
    const input = played.steps[0]?.input ?? null;
    const earlier = viewOf(before.state);
    const state = viewOf(played.replica.state);
    const parts = [
      happening.type === 'handleLate' ? 'of a broken connection' : '',
      happening.type === 'roll' ? `takes a producer snapshot at ${state.logEnd}` : '',
      partitionNews(earlier, state),
      ...played.answers.map(answerText),
    ];
    const what = parts.filter((part) => part !== '').join(', ');
    trace.addOf(id, number, {
      machine: 'partition',
      partition: PARTITION,
      cause: input === null ? null : causeOfInput(input),
      what: what === '' ? 'takes note' : what,
      changed: changedFields(earlier, state),
      state,
    });
  }
}

/** With what it knows of producers: `1/0: 0@0 1-2@1`, id and epoch, sequences and offsets. */
function viewOf(state: PartitionState): View {
  const known = [...state.producers].map(([id, { epoch, batches }]) => {
    const each = batches.map(({ baseSequence, lastSequence, baseOffset }) =>
      baseSequence === lastSequence
        ? `${baseSequence}@${baseOffset}`
        : `${baseSequence}-${lastSequence}@${baseOffset}`,
    );
    return `${id}/${epoch}: ${each.join(' ')}`;
  });
  return { ...partitionView(state), known: known.join(', ') };
}

function causeOfInput(input: PartitionInput): TraceRow['cause'] {
  if (input.type !== 'produce') {
    return causeOf(input);
  }
  const { producerId, producerEpoch, baseSequence, lastOffsetDelta } = input.batch;
  return {
    type: 'produce',
    producer: Number(producerId),
    batch: valueIn(input.batch),
    epoch: producerEpoch,
    sequence: baseSequence,
    records: lastOffsetDelta + 1,
  };
}

function answerText({ asked, error, stored }: Produced): string {
  const { batch, isHeard } = asked;
  const name = Object.entries(ErrorCode).find(([, code]) => code === error)?.[0] ?? `${error}`;
  const said = stored === null ? name : `it is at ${stored.baseOffset}`;
  const about = `answers to batch ${valueIn(batch)} of producer ${batch.producerId}`;
  return isHeard ? `${about}: ${said}` : `${about}, unheard: ${said}`;
}

function sessionText(happening: SessionHappening, before: Session, after: Session): string {
  const who = `producer ${before.producer} in life ${before.life}`;
  const last = after.requests.at(-1);
  switch (happening.type) {
    case 'init':
      return `${who} begins, in epoch ${after.epoch}`;
    case 'send':
      return `${who} sends ${last === undefined ? 'nothing' : requestText(last)} to ${after.to}`;
    case 'sendAgain':
      return `${who} sends again ${last === undefined ? 'nothing' : requestText(last)} to ${after.to}`;
    case 'giveUp':
      return `${who} gives up batch ${before.pending[0]?.value}`;
    case 'bump': {
      const anew = after.pending.map(requestText).join(', ');
      return `${who} takes epoch ${after.epoch}${anew === '' ? '' : `, has ${anew}`}`;
    }
    case 'hear':
      return `${who} hears an answer about batch ${before.answers[0]?.value}`;
    case 'break': {
      const what = happening.comesLate === true ? 'comes late' : 'is lost';
      return `the connection of ${who} to ${before.to} breaks, what is on it ${what}; another one to ${after.to}`;
    }
  }
}

function requestText({ value, records, epoch, sequence }: Request): string {
  const size = records === 1 ? '' : ` of ${records} records`;
  return `batch ${value}${size} (epoch ${epoch}, sequence ${sequence})`;
}
