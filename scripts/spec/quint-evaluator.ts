/**
 * Quint's own evaluator, asked for all successors of a state instead of one at random. Its source of
 * randomness is replaced by an enumerator of choices, and `any` tries the one branch that was chosen.
 *
 * This leans on the inside of one version of the package (pinned in package.json): the contract test in
 * model-tests/spec-driver.test.ts counts a known module, so that a change of that inside is noticed.
 */

import { createRequire } from 'node:module';
import type { ChoiceSequence } from './choices.js';
import { newChoices, nextChoices } from './choices.js';
import type { ShortcutParts } from './quint-shortcuts.js';
import { takeShortcuts } from './quint-shortcuts.js';

/** A value of the evaluator: immutable, and shared between states. */
export interface QuintValue {
  toBool(): boolean;
  equals(other: unknown): boolean;
}
/** Puts values together that the evaluator takes for its own. */
export interface QuintMaker {
  mkBool(value: boolean): QuintValue;
  mkInt(value: number): QuintValue;
  mkStr(value: string): QuintValue;
  mkList(members: readonly QuintValue[]): QuintValue;
  mkTuple(members: readonly QuintValue[]): QuintValue;
  mkSet(members: readonly QuintValue[]): QuintValue;
  mkRecord(fields: readonly (readonly [name: string, value: QuintValue])[]): QuintValue;
  mkMap(entries: readonly (readonly [key: QuintValue, value: QuintValue])[]): QuintValue;
  mkVariant(label: string, value: QuintValue): QuintValue;
}
interface QuintError {
  readonly code: string;
  readonly message: string;
}
type Result = {
  isLeft(): boolean;
  isRight(): boolean;
  readonly value: QuintValue & QuintError & Operator;
};
/** What the name of an action with parameters stands for. */
interface Operator {
  toArrow(): (context: Context, arguments_: readonly QuintValue[]) => Result;
}
interface Register {
  readonly name: string;
  value: Result;
}
interface Registers {
  values(): Iterable<Register>;
}
interface Context {
  rand: (bound: bigint) => bigint;
  readonly varStorage: {
    readonly vars: Registers;
    readonly nextVars: Registers;
    readonly nondetPicks: Map<string, QuintValue | undefined>;
    actionTaken: string | undefined;
    reset(): void;
    clearCaches(): void;
  };
}
type Evaluation = (context: Context) => Result;
type LazyBuiltin = (context: Context, arguments_: readonly Evaluation[]) => Result;
interface Stage extends QuintTree {
  readonly errors?: readonly { readonly explanation: string }[];
}
/** An expression, as the parser makes it; the evaluator is built of the same objects. */
export type QuintExpression =
  | { readonly kind: 'app'; readonly id: bigint; opcode: string; readonly args: QuintExpression[] }
  | { readonly kind: 'let'; readonly id: bigint; opdef: QuintDefinition; expr: QuintExpression }
  | { readonly kind: 'lambda'; readonly id: bigint; expr: QuintExpression }
  | { readonly kind: 'name'; readonly id: bigint; readonly name: string }
  | { readonly kind: 'bool'; readonly id: bigint; readonly value: boolean }
  | { readonly kind: 'str'; readonly id: bigint; readonly value: string }
  | { readonly kind: 'int'; readonly id: bigint };
export interface QuintDefinition {
  readonly kind: string;
  readonly name: string;
  readonly qualifier?: string;
  expr: QuintExpression;
}
export interface QuintPlace {
  readonly source: string;
  readonly start: { readonly line: number; readonly index: number };
  readonly end: { readonly index: number };
}
export interface QuintTree {
  readonly modules: readonly {
    readonly name: string;
    readonly declarations: readonly QuintDefinition[];
  }[];
  /** By the id of an expression. */
  readonly sourceMap: ReadonlyMap<bigint, QuintPlace>;
  /** What names stand for: where the evaluator finds the expressions, in copies of its own. */
  readonly resolver: { readonly table: ReadonlyMap<bigint, Partial<QuintDefinition>> };
}
type StageResult = {
  isLeft(): boolean;
  readonly value: Stage & { readonly msg: string; readonly stage: Stage };
};

// Read by the package when it is loaded: a choice that leads nowhere is not to be replaced by the next one.
process.env.QUINT_RETRY_NONDET_SMALLER_THAN = '0';

const load = createRequire(import.meta.url);
const PACKAGE = '@informalsystems/quint/dist/src';
const builtins = load(`${PACKAGE}/runtime/impl/builtins.js`) as {
  lazyBuiltinLambda: (operator: string) => LazyBuiltin;
  readonly lazyOps: string[];
};
const { rv } = load(`${PACKAGE}/runtime/impl/runtimeValue.js`) as { rv: QuintMaker };
const { right } = load(
  load.resolve('@sweet-monads/either', { paths: [load.resolve(`${PACKAGE}/runtime/trace.js`)] }),
) as { right: (value: QuintValue) => Result };
const { Evaluator } = load(`${PACKAGE}/runtime/impl/evaluator.js`) as {
  Evaluator: new (
    table: unknown,
    recorder: unknown,
    random: unknown,
    metadata: boolean,
  ) => { readonly builder: unknown; readonly ctx: Context };
};
const { buildExpr } = load(`${PACKAGE}/runtime/impl/builder.js`) as {
  buildExpr: (builder: unknown, expression: unknown) => Evaluation;
};
const commands = load(`${PACKAGE}/cliCommands.js`) as Record<
  'load' | 'parse' | 'typecheck',
  (stage: unknown) => Promise<StageResult>
>;
const { toExpr } = load(`${PACKAGE}/cliHelpers.js`) as {
  toExpr: (stage: unknown, text: string) => { isLeft(): boolean; readonly value: unknown };
};
const { noExecutionListener } = load(`${PACKAGE}/runtime/trace.js`) as {
  noExecutionListener: object;
};

const { QuintParser } = load(`${PACKAGE}/generated/QuintParser.js`) as {
  QuintParser: {
    prototype: {
      readonly interpreter: { setPredictionMode(mode: number): void };
      modules(): unknown;
    };
  };
};
parseFast(QuintParser.prototype);

const { OrderedMap } = load(
  load.resolve('immutable', { paths: [load.resolve(`${PACKAGE}/runtime/trace.js`)] }),
) as { OrderedMap: ShortcutParts['orderedMap'] };
takeShortcuts({
  values: rv as unknown as ShortcutParts['values'],
  builtins: builtins as unknown as ShortcutParts['builtins'],
  orderedMap: OrderedMap,
  right,
});

/**
 * ANTLR's SLL prediction looks less far back than the one it begins with (LL), in a half of the time. A text that it accepts
 * is parsed as LL parses it; one that it does not is refused, with an error of syntax.
 */
function parseFast(parser: typeof QuintParser.prototype): void {
  const { modules } = parser;
  const SLL = 0;
  parser.modules = function parsed(): unknown {
    this.interpreter.setPredictionMode(SLL);
    return modules.call(this);
  };
}

/** Makes values of what the specification's texts say. */
export const quintMaker: QuintMaker = rv;

const TRUE = right(rv.mkBool(true));

/** One branch of `any`, the chosen one; whose name and picks are those of the step. */
const tryOneBranch: LazyBuiltin = (context, branches) => {
  const { varStorage } = context;
  const branch = branches[Number(context.rand(BigInt(branches.length)))]!;
  varStorage.actionTaken = undefined;
  varStorage.nondetPicks.clear();
  return branch(context);
};

/** No way back has to be kept: where one part is false the whole choice leads nowhere. */
const tryAll: LazyBuiltin = (context, parts) => {
  for (const part of parts) {
    const result = part(context);
    if (result.isLeft() || !result.value.toBool()) {
      return result;
    }
  }
  return TRUE;
};

/** The package has no `next` for its evaluator: the argument is asked for with the next values in place. */
const next: LazyBuiltin = (context, [argument]) => {
  const { varStorage } = context;
  const registers = [...varStorage.vars.values()];
  const present = registers.map(({ value }) => value);
  [...varStorage.nextVars.values()].forEach(({ value }, i) => {
    registers[i]!.value = value;
  });
  varStorage.clearCaches();
  const result = argument!(context);
  registers.forEach((register, i) => {
    register.value = present[i]!;
  });
  varStorage.clearCaches();
  return result;
};

const replaced = new Map<string, LazyBuiltin>([
  ['actionAny', tryOneBranch],
  ['actionAll', tryAll],
  ['next', next],
]);
const originalLambda = builtins.lazyBuiltinLambda;
builtins.lazyBuiltinLambda = (operator) => replaced.get(operator) ?? originalLambda(operator);

/** Makes `operator`, an application with one argument, tell of that one's values, which are truths. */
export function tellOf(operator: string, told: (value: boolean) => void): void {
  if (!replaced.has(operator)) {
    builtins.lazyOps.push(operator);
  }
  replaced.set(operator, (context, [argument]) => {
    const result = argument!(context);
    if (result.isRight()) {
      told(result.value.toBool());
    }
    return result;
  });
}

/** What is only looked at asks nothing of what lies within it. */
let isWithin = false;

/**
 * Makes `operator`, an application with two arguments, hold always, and tell of it when the second has another value
 * than the first, or none.
 */
export function tellOfDifference(operator: string, told: () => void): void {
  if (!replaced.has(operator)) {
    builtins.lazyOps.push(operator);
  }
  replaced.set(operator, (context, [right, other]) => {
    const result = right!(context);
    if (isWithin || result.isLeft()) {
      return result.isLeft() ? result : TRUE;
    }
    isWithin = true;
    try {
      const compared = other!(context);
      if (compared.isLeft() || !result.value.equals(compared.value)) {
        told();
      }
    } finally {
      isWithin = false;
    }
    return TRUE;
  });
}

/** An expression has no value: it reaches beyond the end of a list, say. */
export class QuintFailure extends Error {}

/** Most choices of a random walk lead nowhere: a message to nobody, a second leader. */
const ATTEMPTS = 1_000;

/** The values of the variables, in the order of {@link QuintModule.variables}. */
export type QuintState = readonly QuintValue[];

export interface QuintStep {
  /** The action's name. */
  readonly action: string;
  /** What its `nondet`s picked, by name. */
  readonly picks: readonly (readonly [name: string, value: QuintValue])[];
  readonly to: QuintState;
}

/** From 0 to below its argument. */
export type Draw = (bound: number) => number;

/** A module (an instance with all constants given) that can be asked for its states. */
export interface QuintModule {
  readonly variables: readonly string[];
  /** The states that the action or run `name` makes out of nothing. */
  initial(name: string): QuintState[];
  /** Every step that `step` allows from `state`; equal successors appear once per choice. */
  successors(state: QuintState): QuintStep[];
  /**
   * The state that the action `name`, called with these arguments, makes of `state`; null: it cannot be taken there.
   * An action that picks takes the first choice that there is.
   */
  taking(name: string, arguments_: readonly QuintValue[], state: QuintState): QuintState | null;
  /**
   * A step from `state` whose choices `draw` makes (from 0 to below its argument); null: there was none in many
   * attempts. `drawBranch` makes the first choice of each attempt, that of a branch of `step`.
   */
  randomStep(state: QuintState, draw: Draw, drawBranch?: Draw): QuintStep | null;
  /** The value of the definition or expression in `state`. */
  valueOf(expression: string, state: QuintState): QuintValue;
  /** Whether the value definition or expression holds in `state`. */
  holds(expression: string, state: QuintState): boolean;
  /** Whether the temporal definition, which speaks of `next`, holds of the step between the two. */
  holdsOnStep(expression: string, before: QuintState, after: QuintState): boolean;
}

/** A file's modules, read and checked once, by name. */
export type QuintFile = (main: string) => QuintModule;

/**
 * Reads `file`, and what it imports; throws with Quint's own words if it is not sound. `typechecks` false: of a file
 * whose types were checked elsewhere, for that takes the longest.
 */
export async function openQuint(file: string, typechecks: boolean = true): Promise<QuintFile> {
  return (await openQuintTree(file, typechecks)).open;
}

/** The same with what the modules are built of: what is changed there is changed in every module opened later. */
export async function openQuintTree(
  file: string,
  typechecks: boolean = true,
): Promise<{ readonly open: QuintFile; readonly tree: QuintTree }> {
  const loaded = sound(await commands.load({ input: file, verbosity: 0, _: ['run'] }), file);
  const parsed = sound(await commands.parse(loaded), file);
  const checked = typechecks ? sound(await commands.typecheck(parsed), file) : parsed;
  const open: QuintFile = (main) => {
    const stage = { ...checked, main, args: { main } };
    const choices = newChoices();
    const random = { getState: () => 0n, setState: () => undefined, next: choices.pick };
    const evaluator = new Evaluator(checked.resolver.table, noExecutionListener, random, true);
    const build = (text: string): Evaluation => {
      const expression = toExpr(stage, text);
      if (expression.isLeft()) {
        throw new Error(`${main}: ${text}: ${(expression.value as QuintError).message}`);
      }
      return buildExpr(evaluator.builder, expression.value);
    };
    return moduleOf(evaluator.ctx, choices, build);
  };
  return { open, tree: checked };
}

function sound(result: StageResult, file: string): Stage {
  if (result.isLeft()) {
    const { msg, stage } = result.value;
    const reasons = (stage.errors ?? []).map(({ explanation }) => explanation);
    throw new Error([`${file}: ${msg}`, ...reasons].join('\n'));
  }
  return result.value;
}

function moduleOf(
  context: Context,
  choices: ChoiceSequence,
  build: (text: string) => Evaluation,
): QuintModule {
  const step = build('step');
  const storage = context.varStorage;
  const vars = [...storage.vars.values()];
  const nextVars = [...storage.nextVars.values()];
  storage.reset();
  const unset = nextVars.map(({ value }) => value);

  const built = new Map<string, Evaluation>();
  const evaluation = (text: string): Evaluation => {
    let known = built.get(text);
    if (known === undefined) {
      known = build(text);
      built.set(text, known);
    }
    return known;
  };
  const loadState = (state: QuintState): void => {
    for (let i = 0; i < vars.length; i++) {
      vars[i]!.value = right(state[i]!);
    }
    storage.clearCaches();
  };
  /** What `action` does with the choices at hand; null: they lead nowhere. */
  const once = (action: Evaluation): QuintStep | null => {
    nextVars.forEach((register, i) => {
      register.value = unset[i]!;
    });
    return !truth(action(context))
      ? null
      : {
          action: storage.actionTaken ?? 'init',
          picks: [...storage.nondetPicks].flatMap(([name, value]) =>
            value === undefined ? [] : [[name, value] as const],
          ),
          to: nextVars.map(({ name, value }) => {
            if (value.isLeft()) {
              throw new Error(`${storage.actionTaken} leaves ${name} without a value`);
            }
            return value.value;
          }),
        };
  };
  /** What `action` does with every sequence of choices. */
  const all = (action: Evaluation, prepare: () => void): QuintStep[] => {
    const steps: QuintStep[] = [];
    do {
      prepare();
      const made = once(action);
      if (made !== null) {
        steps.push(made);
      }
    } while (nextChoices(choices));
    return steps;
  };
  return {
    variables: vars.map(({ name }) => name.split('::').at(-1)!),
    initial: (name) => all(evaluation(name), () => storage.reset()).map(({ to }) => to),
    successors: (state) => {
      loadState(state);
      return all(step, () => undefined);
    },
    taking: (name, arguments_, state) => {
      if (arguments_.length === 0) {
        return all(evaluation(name), () => loadState(state))[0]?.to ?? null;
      }
      const operator = evaluation(name)(context);
      valueIn(operator);
      const [first] = all(
        (of) => operator.value.toArrow()(of, arguments_),
        () => loadState(state),
      );
      return first?.to ?? null;
    },
    randomStep: (state, draw, drawBranch = draw) => {
      choices.draw = (bound) => (choices.taken.length === 0 ? drawBranch : draw)(bound);
      loadState(state);
      let found: QuintStep | null = null;
      for (let attempt = 0; found === null && attempt < ATTEMPTS; attempt++) {
        choices.taken.length = 0;
        choices.position = 0;
        found = once(step);
      }
      choices.draw = null;
      choices.taken.length = 0;
      choices.position = 0;
      return found;
    },
    valueOf: (expression, state) => {
      loadState(state);
      return valueIn(evaluation(expression)(context));
    },
    holds: (expression, state) => {
      loadState(state);
      return truth(evaluation(expression)(context));
    },
    holdsOnStep: (expression, before, after) => {
      loadState(before);
      nextVars.forEach((register, i) => {
        register.value = right(after[i]!);
      });
      return truth(evaluation(expression)(context));
    },
  };
}

function truth(result: Result): boolean {
  return valueIn(result).toBool();
}

function valueIn(result: Result): QuintValue {
  if (result.isLeft()) {
    throw new QuintFailure(`Quint ${result.value.code}: ${result.value.message}`);
  }
  return result.value;
}
