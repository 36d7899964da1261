/**
 * What the nemesis will do, drawn from a seed: an endless list of steps, of which a trial takes as
 * many as fit into its time. Aims are named by role (a leader, the controller); who plays the role
 * is found out when the step begins. The schedule knows of no bug.
 */

import { Random } from '../random.js';

/** Kinds of faults as `--faults` names them. */
export const FAULT_KINDS = [
  'kill',
  'pause',
  'partition',
  'clock',
  'latency',
  'reset',
  'lost-reply',
  'slow-controller',
  'replace-disk',
  'move',
  'rolling-restart',
  'coordinator',
  'chain',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export type Aim = 'random' | 'leader' | 'controller';
export type PartitionShape = 'one' | 'halves' | 'ring' | 'bridge' | 'clients';
export type PartitionWay = 'both' | 'in' | 'out';

export type Chain =
  /** A slow follower, its leader killed and back at once, then the next leader killed. */
  | 'failover-onto-slow-follower'
  /** A leader cut off from its followers, not from its clients, then killed. */
  | 'kill-isolated-leader'
  /** A leader whose followers cannot fetch until it stands alone in the ISR, then killed. */
  | 'kill-last-in-sync'
  /** A follower cut off, the leader killed and restarted, then the next leader. */
  | 'rolling-leader-kills';

export type CoordinatorWay =
  /** kill -9, restart after a while. */
  | 'killed'
  /** Stopped until another broker coordinates, then let go on: a zombie. */
  | 'paused'
  /** Cut off from all other brokers, not from clients, until another one coordinates. */
  | 'isolated'
  /** The same, and killed before it hears of it. */
  | 'isolated and killed';

export type Step =
  | { readonly kind: 'kill'; readonly aim: Aim; readonly down: number }
  | { readonly kind: 'pause'; readonly aim: Aim; readonly lasting: number }
  | {
      readonly kind: 'partition';
      readonly shape: PartitionShape;
      readonly way: PartitionWay;
      readonly aim: Aim;
      /** Decides who stands on which side. */
      readonly draw: number;
      readonly lasting: number;
    }
  | {
      readonly kind: 'latency';
      readonly aim: Aim;
      readonly milliseconds: number;
      readonly lasting: number;
    }
  | { readonly kind: 'reset'; readonly aim: Aim; readonly times: number }
  | { readonly kind: 'lost-reply'; readonly aim: Aim; readonly lasting: number }
  | { readonly kind: 'slow-controller' }
  | { readonly kind: 'replace-disk'; readonly aim: Aim }
  | {
      readonly kind: 'move';
      /** Decides which partition, and where to. */
      readonly draw: number;
      readonly meanwhile: 'nothing' | 'kill-added' | 'kill-leader';
    }
  | { readonly kind: 'rolling-restart' }
  | {
      readonly kind: 'coordinator';
      readonly way: CoordinatorWay;
      /** Whose coordinator: an index into the list of groups, once it is divided by its length. */
      readonly draw: number;
      readonly lasting: number;
    }
  | { readonly kind: 'chain'; readonly chain: Chain; readonly draw: number };

/** A clock is set beside the other steps and stays so until it is set again. */
export interface ClockStep {
  readonly kind: 'clock';
  /** Index into the list of brokers. */
  readonly broker: number;
  readonly change: 'skew' | 'drift' | 'true';
  readonly offset: number;
  readonly rate: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly brokers: number;
  readonly kinds: ReadonlySet<FaultKind>;
}

const AIMS: readonly Aim[] = ['leader', 'leader', 'random', 'controller'];
const REPLACED: readonly Aim[] = ['random', 'controller', 'leader'];
const MEANWHILE = ['kill-added', 'nothing', 'kill-leader'] as const;
const WAYS: readonly PartitionWay[] = ['both', 'both', 'in', 'out'];

/** The steps, in order, without end. Throws `RangeError` where no kind is left to draw from. */
export function* schedule(options: ScheduleOptions): Generator<Step, never> {
  const random = new Random(options.seed, 'schedule');
  for (let round = 0; ; round++) {
    const deck = drawDeck(random, options, round);
    if (deck.length === 0) {
      throw new RangeError('no fault was asked for that could be scheduled');
    }
    yield* deck;
  }
}

/**
 * One round: each chain once, and between the chains the single faults, so that a short trial has
 * seen every kind and a long one every combination. Later rounds draw other aims and shapes.
 */
function drawDeck(random: Random, options: ScheduleOptions, round: number): Step[] {
  const { kinds } = options;
  const chains: Chain[] = random.shuffle([
    'failover-onto-slow-follower',
    'failover-onto-slow-follower',
    'kill-isolated-leader',
    'kill-last-in-sync',
  ] as const);
  if (round > 0) {
    chains.push('rolling-leader-kills');
  }
  const singles = random.shuffle(drawSingles(random, options, round));
  // Last, so that the others are the same for a seed whether or not it is asked for.
  const kills = kinds.has('kill') ? MEANWHILE[round % 3]! : 'nothing';
  singles.push(
    { kind: 'slow-controller' },
    { kind: 'replace-disk', aim: REPLACED[round % 3]! },
    { kind: 'move', draw: options.seed + round, meanwhile: kills },
    { kind: 'rolling-restart' },
  );
  if (kinds.has('coordinator')) {
    singles.push(...drawCoordinators(random));
  }
  const deck: Step[] = [];
  const wantChains = kinds.has('chain') && kinds.has('kill') && kinds.has('partition');
  while (chains.length > 0 || singles.length > 0) {
    const single = singles.shift();
    if (single !== undefined && kinds.has(single.kind)) {
      deck.push(single);
    }
    const chain = chains.shift();
    if (chain !== undefined && wantChains) {
      deck.push({ kind: 'chain', chain, draw: random.next() });
    }
  }
  return deck;
}

/** Each way once, in any order. */
function drawCoordinators(random: Random): Step[] {
  const ways: readonly CoordinatorWay[] = ['killed', 'paused', 'isolated', 'isolated and killed'];
  return random.shuffle(ways).map((way) => ({
    kind: 'coordinator',
    way,
    draw: random.next(),
    lasting: random.between(300, 1_500),
  }));
}

function drawSingles(random: Random, options: ScheduleOptions, round: number): Step[] {
  const shapes: readonly PartitionShape[] =
    options.brokers >= 4
      ? ['one', 'halves', 'ring', 'bridge', 'clients']
      : ['one', 'halves', 'bridge', 'clients'];
  const partition = (): Step => ({
    kind: 'partition',
    shape: random.pick(shapes),
    way: random.pick(WAYS),
    aim: random.pick(AIMS),
    draw: random.next(),
    lasting: random.between(1_500, 3_000),
  });
  const singles: Step[] = [
    { kind: 'kill', aim: random.pick(AIMS), down: random.between(200, 2_500) },
    { kind: 'pause', aim: random.pick(AIMS), lasting: random.between(1_000, 3_000) },
    partition(),
  ];
  // Only links and clients suffer from these, so they are short and go with every other round.
  if (round % 2 === 1 || !options.kinds.has('chain')) {
    singles.push(partition(), {
      kind: 'latency',
      aim: random.pick(AIMS),
      milliseconds: random.between(20, 200),
      lasting: random.between(1_000, 2_000),
    });
  }
  singles.push(
    random.oneIn(2)
      ? { kind: 'reset', aim: random.pick(AIMS), times: random.between(1, 4) }
      : { kind: 'lost-reply', aim: random.pick(AIMS), lasting: random.between(300, 1_000) },
  );
  return singles;
}

/** Longest step of a wall clock, either way: 1.5^31 ms as in Jepsen's nemesis, some 288 s. */
const SKEW_EXPONENT = { least: 6, most: 31 };

/** Settings of clocks, one after the other, without end. */
export function* clockSchedule(options: ScheduleOptions): Generator<ClockStep, never> {
  const random = new Random(options.seed, 'clocks');
  while (true) {
    const broker = random.below(options.brokers);
    const { least, most } = SKEW_EXPONENT;
    const size = Math.round(1.5 ** (least + (random.below(1_000) / 1_000) * (most - least)));
    const offset = random.oneIn(2) ? size : -size;
    const turn = random.below(4);
    if (turn === 0) {
      yield { kind: 'clock', broker, change: 'true', offset: 0, rate: 1 };
    } else if (turn === 1) {
      const rate = random.between(80, 125) / 100;
      yield { kind: 'clock', broker, change: 'drift', offset, rate };
    } else {
      yield { kind: 'clock', broker, change: 'skew', offset, rate: 1 };
    }
  }
}
