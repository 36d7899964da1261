/** What the controller decides of a partition, each decision an action of spec/partition.qnt on the image it was made on. */

import type { ExactDecision, ExactImage } from '../../../src/trace/exact-controller.js';
import { setText } from '../../conformance/texts.js';
import type { Counts } from '../counts.js';
import { count } from '../counts.js';
import type { Rejection } from '../raft/rejection.js';
import type { PartitionMemory } from './memory.js';
import type { WorldsFor } from './open.js';
import type { StepPlaces } from './places.js';
import type { Question } from './questions.js';
import { asked } from './questions.js';
import { alterAnswerText, alterPartitionText, imageText } from './texts.js';

/** What a command is to the specification. */
type Reading =
  | {
      readonly type: 'action';
      readonly action: string;
      /** By the broker that it is about; null: none. */
      readonly id: number | null;
      /** What the world says of that broker: its incarnation, of which life it is the next, whether it knows of itself. */
      readonly broker: (places: StepPlaces) => string;
    }
  | { readonly type: 'alterPartition' }
  | { readonly type: 'nothing'; readonly why: string }
  | { readonly type: 'uncovered'; readonly why: string };

/** `before` and `after` of the decision are there. */
interface Decision extends ExactDecision {
  readonly before: ExactImage;
  readonly after: ExactImage;
}

/** Whether the image that it was made on was decided, and what it is asked was proposed. */
export function isDecisionFounded(
  { command, before }: ExactDecision,
  memory: PartitionMemory,
): boolean {
  const isKnown =
    before === null ||
    memory.knowsNoImage ||
    memory.wasDecided(before.registration, before.brokers);
  return isKnown && (command.type !== 'alterPartition' || isProposed(command, memory));
}

function isProposed(
  { id, brokerEpoch, proposal }: Extract<ExactDecision['command'], { type: 'alterPartition' }>,
  memory: PartitionMemory,
): boolean {
  return memory.wasProposed(id, brokerEpoch, proposal);
}

export function acceptDecision(
  decision: ExactDecision,
  memory: PartitionMemory,
  worldsFor: WorldsFor,
  counts: Counts,
): Rejection | null {
  counts.steps++;
  const { command, before, after, answer } = decision;
  const event = `the controller: ${JSON.stringify(command)}`;
  const rejected = (expected: string, why: string): Rejection => ({
    event,
    expected,
    reasons: [why],
  });
  const isUnfounded =
    before !== null &&
    !memory.knowsNoImage &&
    !memory.wasDecided(before.registration, before.brokers);
  if (after !== null) {
    memory.decided(after);
  }
  if (isUnfounded) {
    return rejected('nothing', 'it decides on an image that nobody has decided');
  }
  const uncovered = (why: string): null => {
    count(counts.uncovered, why);
    return null;
  };
  if (before === null || after === null) {
    return uncovered(before === null ? 'a partition is created' : 'a partition is deleted');
  }
  const reading = readingOf({ ...decision, before, after });
  if (command.type === 'alterPartition') {
    const { id, proposal } = command;
    if (!isProposed(command, memory)) {
      return rejected('nothing', 'no leader has proposed this');
    }
    if (answer !== null) {
      const { error, assignment } = answer;
      const requestedPartitionEpoch = proposal.partitionEpoch;
      memory.answeredProposal({ to: id, requestedPartitionEpoch, error, assignment });
    }
  }
  if (reading.type === 'uncovered') {
    return uncovered(reading.why);
  }
  if (reading.type === 'nothing') {
    count(counts.nothing, reading.why);
    return sameImage(before, after)
      ? null
      : rejected(`nothing: ${reading.why}`, changeIn(before, after));
  }
  const { replicas } = before.registration;
  const worlds = worldsFor(replicas.length, before.minIsr);
  if (worlds === null) {
    return uncovered(`${replicas.length} replicas, of which ${before.minIsr} are to be in sync`);
  }
  const isRefused = reading.type === 'action' && sameImage(before, after);
  const rejection = asked(event, worlds, replicas, (places) =>
    reading.type === 'alterPartition'
      ? alterQuestion({ ...decision, before, after }, places)
      : actionQuestion({ ...decision, before, after }, reading, isRefused, places),
  );
  if (rejection === null) {
    const action = reading.type === 'action' ? reading.action : reading.type;
    count(
      isRefused ? counts.nothing : counts.checked,
      isRefused ? `${action}, refused by both` : action,
    );
  }
  return rejection;
}

function readingOf({ command, before, after }: Decision): Reading {
  const nothing = (why: string): Reading => ({ type: 'nothing', why });
  const uncovered = (why: string): Reading => ({ type: 'uncovered', why });
  const isSame = sameImage(before, after);
  const { registration, brokers } = before;
  if (command.type === 'other') {
    const elections = ['electPreferredLeaders', 'electUncleanLeaders'];
    if (!elections.includes(command.name)) {
      return isSame
        ? nothing(command.name)
        : uncovered(`${command.name} that changes the partition`);
    }
  }
  if (registration.moves || after.registration.moves) {
    return isSame
      ? nothing(`${command.type} during a move`)
      : uncovered('a decision during a move');
  }
  if (before.uncleanAllowed) {
    return uncovered('a decision where anybody may be elected');
  }
  if (before.minIsr !== after.minIsr || !sameReplicas(before, after)) {
    return uncovered('another number of replicas, or of those that are to be in sync');
  }
  if (command.type === 'other') {
    return { type: 'action', action: command.name, id: null, broker: () => '' };
  }
  if (command.type === 'alterPartition') {
    return { type: 'alterPartition' };
  }
  const { id } = command;
  const known = brokers.find(([each]) => each === id);
  if (known === undefined) {
    return uncovered('a replica whose broker is not registered');
  }
  const [, epoch, fenced, leaves] = known;
  switch (command.type) {
    case 'registerBroker': {
      const { previousBrokerEpoch } = command;
      if (leaves && !fenced) {
        // Of who shuts down the specification knows no more than that it is fenced; it is alive, and no other one registers.
        return isSame
          ? nothing('another incarnation of who shuts down')
          : uncovered('an incarnation replaces one that shuts down');
      }
      return !command.isNew
        ? nothing('the same incarnation registers again')
        : {
            type: 'action',
            action: 'registerBroker',
            id,
            broker: (places) =>
              `<brokerEpoch: 0, previousBrokerEpoch: ${places.brokerEpoch(previousBrokerEpoch)}, starting: true>`,
          };
    }
    case 'sessionExpired':
    case 'brokerHeartbeat': {
      if (command.brokerEpoch !== epoch) {
        return nothing(`${command.type} of an earlier incarnation`);
      }
      if (leaves) {
        return nothing(`${command.type} of who shuts down`);
      }
      const isHeartbeat = command.type === 'brokerHeartbeat';
      const wantsOut = isHeartbeat && (command.wantFence || command.wantShutDown);
      if (isHeartbeat && !wantsOut) {
        return fenced
          ? {
              type: 'action',
              action: 'brokerHeartbeat',
              id,
              // KIP-631: it has applied its own registration.
              broker: (places) =>
                `<brokerEpoch: ${places.brokerEpoch(epoch)}, previousBrokerEpoch: 0, starting: ${command.applied < epoch}>`,
            }
          : nothing('brokerHeartbeat');
      }
      // Who wants to be fenced, or to shut down, leaves ISR and leadership as one whose session ends.
      return fenced
        ? nothing(`${command.type} of who is fenced`)
        : {
            type: 'action',
            action: 'sessionExpired',
            id,
            broker: (places) =>
              `<brokerEpoch: ${places.brokerEpoch(epoch)}, previousBrokerEpoch: 0, starting: false>`,
          };
    }
  }
}

const NOBODY = '<brokerEpoch: 0, previousBrokerEpoch: 0, starting: true>';

function actionQuestion(
  { before, after }: Decision,
  { action, id, broker }: Extract<Reading, { type: 'action' }>,
  isRefused: boolean,
  places: StepPlaces,
): Question {
  const { replicas } = before.registration;
  const image = imageText(before, places);
  const about = id === null ? 0 : places.id(id);
  // What follows next has a place of its own, so that one too many is told.
  places.leaderEpoch(before.registration.leaderEpoch + 1);
  places.partitionEpoch(before.registration.partitionEpoch + 1);
  const nodes = replicas.map((_, at) => `${at + 1}: ${at + 1 === about ? broker(places) : NOBODY}`);
  return {
    world: {
      replicas: `<${nodes.join(', ')}>`,
      image,
      updates: `<${replicas.map((_, at) => `${at + 1}: []`).join(', ')}>`,
      network: '{}',
      produces: 0,
    },
    calls: [{ action, arguments: id === null ? [] : [String(about)] }],
    before: { image },
    code: isRefused ? null : { image: imageText(after, places) },
    read: (outcome) => ({ image: outcome.image }),
  };
}

function alterQuestion({ command, before, after, answer }: Decision, places: StepPlaces): Question {
  if (command.type !== 'alterPartition') {
    throw new Error(`no AlterPartition: ${command.type}`);
  }
  const { id, brokerEpoch, proposal } = command;
  const { replicas } = before.registration;
  const image = imageText(before, places);
  places.partitionEpoch(before.registration.partitionEpoch + 1);
  const message = alterPartitionText(id, brokerEpoch, proposal, places);
  const source = `<brokerEpoch: ${places.brokerEpoch(brokerEpoch)}, previousBrokerEpoch: 0, starting: false>`;
  const about = places.id(id);
  const nodes = replicas.map((_, at) => `${at + 1}: ${at + 1 === about ? source : NOBODY}`);
  const sent =
    answer === null
      ? []
      : [
          alterAnswerText(
            {
              to: id,
              leaderEpoch: proposal.leaderEpoch,
              requestedPartitionEpoch: proposal.partitionEpoch,
              ...answer,
            },
            places,
          ),
        ];
  return {
    world: {
      replicas: `<${nodes.join(', ')}>`,
      image,
      updates: `<${replicas.map((_, at) => `${at + 1}: []`).join(', ')}>`,
      network: setText([message]),
      produces: 0,
    },
    calls: [
      {
        action: 'alterPartition',
        arguments: [message, message.slice(message.indexOf('(') + 1, -1)],
      },
    ],
    before: { image },
    code: { image: imageText(after, places), sent: setText(sent) },
    read: (outcome) => ({ image: outcome.image, sent: outcome.network }),
  };
}

/** As far as the specification sees: who shuts down is as one that is fenced. */
function seenIn({ registration, brokers }: ExactImage): string {
  const { isr, elr, ...rest } = registration;
  const sorted = (ids: readonly number[]): number[] => [...ids].sort((a, b) => a - b);
  const known = brokers.map(([id, epoch, fenced, leaves]) => [id, epoch, fenced || leaves]);
  return JSON.stringify([rest, sorted(isr), sorted(elr), known]);
}

const sameImage = (a: ExactImage, b: ExactImage): boolean => seenIn(a) === seenIn(b);

function sameReplicas(a: ExactImage, b: ExactImage): boolean {
  return a.registration.replicas.join() === b.registration.replicas.join();
}

function changeIn(before: ExactImage, after: ExactImage): string {
  return `the code makes of ${seenIn(before)} this: ${seenIn(after)}`;
}
