/** All states that a specification can reach, breadth first: what holds in them, and how they are reached. */

import { canonicalText } from './canonical.js';
import { addToDigest, digestText } from './digest.js';
import type { QuintModule, QuintState, QuintStep } from './quint-evaluator.js';

export interface SearchPlan {
  /** The action or run that makes the first states. */
  readonly init: string;
  /** Value definitions that must hold in every state. */
  readonly invariants: readonly string[];
  /** What must hold of every step: these speak of `next`, or of what `stepScope` defines. */
  readonly stepProperties: readonly StepProperty[];
  /** Definitions in front of every step property, such as `val after = next(all)`. */
  readonly stepScope?: string;
  /** Value definitions that must hold in some state. */
  readonly witnesses: readonly string[];
  /** More states than these are not looked at; the result says that it is incomplete. */
  readonly limit: number;
  /** Ends with the first violation, which is a nearest one; else all properties are asked to the end. */
  readonly untilViolated?: boolean;
  /** Variables that are no part of the digests: what only the judge remembers. */
  readonly ghosts: readonly string[];
  /** Called now and then with the number of states so far. */
  readonly progress?: (states: number) => void;
}

export interface StepProperty {
  /** In it `$name` stands for the number that the step picked for `name`. */
  readonly text: string;
  /** Steps of this action only. */
  readonly action?: string;
}

export interface TraceStep {
  readonly action: string;
  readonly picks: QuintStep['picks'];
  readonly state: QuintState;
}

export interface Violation {
  readonly property: string;
  /** Shortest: the first state (action `init`), then one step after the other. */
  readonly trace: readonly TraceStep[];
}

export interface SearchResult {
  readonly complete: boolean;
  readonly states: number;
  /** Choices that lead to a state, also to one that another choice leads to as well. */
  readonly transitions: number;
  /** Steps of the longest of the shortest ways to a state. */
  readonly depth: number;
  /** How many transitions each action made. */
  readonly actions: ReadonlyMap<string, number>;
  /** The first violation of each property that does not hold. */
  readonly violations: readonly Violation[];
  /** Steps to the nearest state in which each witness holds; null: there is none. */
  readonly witnesses: ReadonlyMap<string, number | null>;
  /** States without a step out of them. */
  readonly deadlocks: number;
  readonly stateDigest: string;
  /** Of (from, action, to), ghosts left out. */
  readonly edgeDigest: string;
}

/** A state that was found, and how. */
interface Node {
  readonly state: QuintState;
  readonly parent: Node | null;
  readonly step: QuintStep | null;
  readonly depth: number;
  /** Text of what is no ghost. */
  readonly seen: string;
}

interface Search {
  readonly module: QuintModule;
  readonly plan: SearchPlan;
  readonly known: Map<string, Node>;
  readonly visible: readonly number[];
  readonly visibleStates: Set<string>;
  readonly edges: Set<string>;
  readonly actions: Map<string, number>;
  readonly violated: Map<string, Violation>;
  readonly witnesses: Map<string, number | null>;
  transitions: number;
  stateDigest: bigint;
  edgeDigest: bigint;
}

/** Searches until every state is known or the limit is reached. */
export function search(module: QuintModule, plan: SearchPlan): SearchResult {
  const visible = module.variables.flatMap((name, i) => (plan.ghosts.includes(name) ? [] : [i]));
  const all: Search = {
    module,
    plan,
    known: new Map(),
    visible,
    visibleStates: new Set(),
    edges: new Set(),
    actions: new Map(),
    violated: new Map(),
    witnesses: new Map(plan.witnesses.map((name) => [name, null])),
    transitions: 0,
    stateDigest: 0n,
    edgeDigest: 0n,
  };
  const queue = module.initial(plan.init).flatMap((state) => arrive(all, state, null, null) ?? []);
  if (queue.length === 0) {
    throw new Error(`${plan.init} makes no state`);
  }
  let deadlocks = 0;
  let at = 0;
  for (; at < queue.length && all.known.size <= plan.limit; at++) {
    if (plan.untilViolated === true && all.violated.size > 0) {
      break;
    }
    const node = queue[at]!;
    const steps = module.successors(node.state);
    deadlocks += steps.length === 0 ? 1 : 0;
    for (const step of steps) {
      const found = take(all, node, step);
      if (found !== null) {
        queue.push(found);
      }
    }
    if (at % 1000 === 999) {
      plan.progress?.(all.known.size);
    }
  }
  return {
    complete: at === queue.length,
    states: all.known.size,
    transitions: all.transitions,
    depth: queue.at(-1)!.depth,
    actions: all.actions,
    violations: [...all.violated.values()],
    witnesses: all.witnesses,
    deadlocks,
    stateDigest: digestText(all.stateDigest),
    edgeDigest: digestText(all.edgeDigest),
  };
}

/** Counts and judges one step; returns where it leads if nobody was there before. */
function take(all: Search, from: Node, step: QuintStep): Node | null {
  all.transitions++;
  all.actions.set(step.action, (all.actions.get(step.action) ?? 0) + 1);
  judgeStep(all, from, step);
  const edge = `${from.seen}\n${step.action}\n${textOf(all.visible, step.to)}`;
  if (!all.edges.has(edge)) {
    all.edges.add(edge);
    all.edgeDigest = addToDigest(all.edgeDigest, edge);
  }
  return arrive(all, step.to, from, step);
}

function arrive(
  all: Search,
  state: QuintState,
  parent: Node | null,
  step: QuintStep | null,
): Node | null {
  const text = state.map(canonicalText).join('\n');
  if (all.known.has(text)) {
    return null;
  }
  const seen = textOf(all.visible, state);
  const node: Node = { state, parent, step, depth: (parent?.depth ?? -1) + 1, seen };
  all.known.set(text, node);
  if (!all.visibleStates.has(seen)) {
    all.visibleStates.add(seen);
    all.stateDigest = addToDigest(all.stateDigest, seen);
  }
  const open = all.plan.invariants.filter((property) => !all.violated.has(property));
  if (!all.module.holds(conjunction(open), state)) {
    for (const property of open.filter((each) => !all.module.holds(each, state))) {
      all.violated.set(property, { property, trace: traceTo(node) });
    }
  }
  for (const [witness, reached] of all.witnesses) {
    if (reached === null && all.module.holds(witness, state)) {
      all.witnesses.set(witness, node.depth);
    }
  }
  return node;
}

/** All of them at once: one question is cheaper than many, and the answer is nearly always yes. */
function judgeStep(all: Search, from: Node, step: QuintStep): void {
  const { module, plan, violated } = all;
  const open = plan.stepProperties.filter(
    ({ action, text }) => (action ?? step.action) === step.action && !violated.has(text),
  );
  const asked = open.map(({ text }) => withPicks(text, step));
  const holds = (text: string): boolean =>
    module.holdsOnStep(`{ ${plan.stepScope ?? ''} ${text} }`, from.state, step.to);
  if (open.length === 0 || holds(conjunction(asked))) {
    return;
  }
  open.forEach(({ text }, at) => {
    if (!holds(asked[at]!)) {
      const last = { action: step.action, picks: step.picks, state: step.to };
      violated.set(text, { property: text, trace: [...traceTo(from), last] });
    }
  });
}

function conjunction(texts: readonly string[]): string {
  return texts.length === 0 ? 'true' : `and { ${texts.join(', ')} }`;
}

function withPicks(text: string, step: QuintStep): string {
  return text.replace(/\$(\w+)/g, (_, name: string) => {
    const pick = step.picks.find(([picked]) => picked === name);
    if (pick === undefined) {
      throw new Error(`${step.action} picks no ${name}, of which ${text} speaks`);
    }
    return canonicalText(pick[1]);
  });
}

function textOf(visible: readonly number[], state: QuintState): string {
  return visible.map((i) => canonicalText(state[i]!)).join('\n');
}

function traceTo(node: Node): TraceStep[] {
  const trace: TraceStep[] = [];
  for (let at: Node | null = node; at !== null; at = at.parent) {
    const { state, step } = at;
    trace.unshift({ action: step?.action ?? 'init', picks: step?.picks ?? [], state });
  }
  return trace;
}
