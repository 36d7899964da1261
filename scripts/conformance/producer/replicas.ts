/**
 * Replicas by number, and what becomes of each: few of them are in many worlds, so the machine is asked once for
 * each replica and each thing that happens to it.
 */

import type { LogRules } from '../../../src/core/log/rules.js';
import { logRules } from '../../../src/core/log/rules.js';
import { encodePartition } from '../../../src/core/partition/encoding.js';
import {
  DUPLICATE_SEQUENCE_NUMBER,
  INVALID_PRODUCER_EPOCH,
  NONE,
  OUT_OF_ORDER_SEQUENCE_NUMBER,
} from '../../../src/core/partition/errors.js';
import type { PartitionRules } from '../../../src/core/partition/rules.js';
import { partitionRules } from '../../../src/core/partition/rules.js';
import type { BatchFacts } from '../../../src/core/partition/types.js';
import type { Played, Setting } from '../../../src/explorer/producer/play.js';
import type { ExploredReplica } from '../../../src/explorer/producer/replica.js';
import { variantText } from '../texts.js';
import { type Wrong, withWrong } from '../wrong-rules.js';
import { highWatermarkText, placeOf, replicaText, toldText, waitingText } from './abstraction.js';

/** A replica, and what it is in the specification: told once, when somebody asks. */
export class KnownReplica {
  readonly number: number;
  readonly replica: ExploredReplica;
  private readonly known: KnownReplicas;
  private ownText: string | null = null;
  private ownAbstract: number | null = null;

  constructor(number: number, replica: ExploredReplica, known: KnownReplicas) {
    this.number = number;
    this.replica = replica;
    this.known = known;
  }

  get text(): string {
    this.ownText ??= replicaText(this.replica);
    return this.ownText;
  }

  /** What the specification says of who leads. */
  get waitingText(): string {
    return waitingText(this.replica);
  }

  get highWatermarkText(): string {
    return highWatermarkText(this.replica);
  }

  /** Equal for replicas that are one in the specification. */
  get abstract(): number {
    this.ownAbstract ??= this.known.numberOf(
      `${this.text}\n${this.waitingText}\n${this.highWatermarkText}`,
    );
    return this.ownAbstract;
  }
}

/** Somebody who would hear it is answered. */
export interface Told {
  readonly batch: BatchFacts;
  /** Kafka's code. */
  readonly error: number;
  /** `toldText` of the answer. */
  readonly text: string;
}

export interface KnownStep {
  readonly after: KnownReplica;
  readonly told: readonly Told[];
  /** What the leader made of a batch, as `Verdict` of the specification; empty: none was handed to it. */
  readonly verdict: string;
  /** An assertion of the machine that does not hold. */
  readonly fault: string | null;
}

const VERDICTS: Readonly<Record<number, string>> = {
  [OUT_OF_ORDER_SEQUENCE_NUMBER]: 'OutOfOrder',
  [DUPLICATE_SEQUENCE_NUMBER]: 'Forgotten',
  [INVALID_PRODUCER_EPOCH]: 'Fenced',
};

export class KnownReplicas {
  readonly setting: Setting;
  private readonly byKey = new Map<string, KnownReplica>();
  private readonly texts = new Map<string, number>();
  private readonly steps = new Map<string, readonly KnownStep[]>();

  private readonly remembers: boolean;
  private replicas = 0;

  /** `remembers`: replicas and steps; a walk comes to few of them twice. */
  constructor(wrong: Wrong<PartitionRules>, wrongLog: Wrong<LogRules>, remembers: boolean) {
    this.remembers = remembers;
    this.setting = {
      rules: withWrong(partitionRules, wrong),
      logRules: withWrong(logRules, wrongLog),
      appendsAtOnce: true,
    };
  }

  /** What `play` makes of one replica or of several that `key` names, each. */
  played(key: string, play: () => readonly Played[]): readonly KnownStep[] {
    let steps = this.steps.get(key);
    if (steps === undefined) {
      steps = play().map((each) => this.stepOf(each));
      if (this.remembers) {
        this.steps.set(key, steps);
      }
    }
    return steps;
  }

  known(replica: ExploredReplica): KnownReplica {
    if (!this.remembers) {
      return new KnownReplica(this.replicas++, replica, this);
    }
    const key = keyOf(replica);
    let known = this.byKey.get(key);
    if (known === undefined) {
      known = new KnownReplica(this.replicas++, replica, this);
      this.byKey.set(key, known);
    }
    return known;
  }

  private stepOf(played: Played): KnownStep {
    const { replica, answers, violation } = played;
    const told = answers.flatMap(({ asked: { batch, isHeard }, error, stored }) => {
      const place = placeOf(replica.log, stored?.baseOffset ?? -1);
      return isHeard ? [{ batch, error, text: toldText(batch, place) }] : [];
    });
    // What the explorer judges of the step is no concern here: the specification is the judge.
    const isAssertion = violation?.property === 'AssertionHolds';
    return {
      after: this.known(replica),
      told,
      verdict: verdictIn(played),
      fault: isAssertion ? violation.detail : null,
    };
  }

  /** Equal for equal texts. */
  numberOf(text: string): number {
    const number = this.texts.get(text) ?? this.texts.size;
    this.texts.set(text, number);
    return number;
  }
}

/** What the machine did with the batch that it was handed. */
function verdictIn({ steps, replica }: Played): string {
  const first = steps[0];
  if (first?.input?.type !== 'produce') {
    return '';
  }
  const { token } = first.input;
  const answer = first.effects.find(
    (effect) => effect.type === 'produced' && effect.token === token,
  );
  if (answer?.type === 'produced' && answer.error !== NONE) {
    return VERDICTS[answer.error] ?? `error ${answer.error}`;
  }
  if (first.effects.some(({ type }) => type === 'append')) {
    return 'Append';
  }
  const waits = first.after.leaderState?.waiting.find((each) => each.token === token);
  const offset = answer?.type === 'produced' ? answer.baseOffset : waits?.baseOffset;
  return variantText('Duplicate', placeOf(replica.log, offset ?? -1));
}

/** Whether the next step of the code may depend on which of them it is. */
export function isSameReplica(a: KnownReplica, b: KnownReplica): boolean {
  return a === b || keyOf(a.replica) === keyOf(b.replica);
}

function keyOf({ state, log, snapshots, asked }: ExploredReplica): string {
  const bytes = Buffer.from(encodePartition(state)).toString('latin1');
  const rest = JSON.stringify([log, snapshots, asked], (_key, value) =>
    typeof value === 'bigint' ? String(value) : value instanceof Map ? [...value] : value,
  );
  return `${rest}${bytes}`;
}
