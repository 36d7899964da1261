/**
 * The guards of a specification: the conditions of its actions, the parts of its conjunctions and alternatives, and what
 * decides between two branches. Found in what the parser makes of the text, each can be dropped, negated or watched.
 */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type QuintExpression, type QuintTree, tellOf } from './quint-evaluator.js';

/** `condition`: of an action, `and`: of a conjunction, `or`: an alternative, `if`: what decides. */
export type GuardKind = 'condition' | 'and' | 'or' | 'if';

export interface Guard {
  readonly file: string;
  readonly line: number;
  /** The definition that it stands in. */
  readonly definition: string;
  readonly kind: GuardKind;
  /** As it stands in the file, in one line. */
  readonly text: string;
  /**
   * Puts what `by` makes of it in its place; what is returned puts it back. A module that is opened with other constants has a
   * copy of its text, and each copy is made something of: guards within a guard stay what they are.
   */
  readonly replace: (by: (was: QuintExpression) => QuintExpression) => () => void;
}

/** What is broken: a condition or a part that always holds, an alternative that never does, the other branch. */
export const BROKEN: Readonly<Record<GuardKind, string>> = {
  condition: 'dropped',
  and: 'dropped',
  or: 'dropped',
  if: 'negated',
};

/** The values of a guard with which breaking it changes something. */
export const MATTERS: Readonly<Record<GuardKind, readonly boolean[]>> = {
  condition: [false],
  and: [false],
  or: [true],
  if: [true, false],
};

const PARTS: Readonly<Record<string, GuardKind>> = { actionAll: 'condition', and: 'and', or: 'or' };

/** A guard's place in an expression: who holds it, and how it is put there. */
interface Held {
  readonly definition: string;
  readonly kind: GuardKind;
  readonly expression: QuintExpression;
  readonly put: (by: QuintExpression) => void;
}

/** Those in `files`, in the order of the text. What `step` offers to choose from is no guard: the actions say what they take. */
export function guardsIn(tree: QuintTree, files: readonly string[]): Guard[] {
  const modules = tree.modules.filter(({ name }) => files.includes(`${name}.qnt`));
  const definitions = modules.flatMap(({ declarations }) =>
    declarations.filter(({ kind, name }) => kind === 'def' && name !== 'step'),
  );
  const actions = new Set(
    definitions.filter(({ qualifier }) => qualifier === 'action').map(({ name }) => name),
  );
  const holders = new Map<bigint, Held[]>();
  const seen = new Set<QuintExpression>();
  const found = (held: Held): void => {
    const { id } = held.expression;
    holders.set(id, [...(holders.get(id) ?? []), held]);
  };
  for (const { expr } of tree.resolver.table.values()) {
    if (expr !== undefined) {
      findGuards(expr, '', actions, seen, found);
    }
  }
  const texts = new Map(
    modules.flatMap(({ declarations }) => {
      const source = tree.sourceMap.get(declarations.find(({ expr }) => expr)!.expr.id)!.source;
      return [[source, readFileSync(source, 'utf8')]];
    }),
  );
  const guards: Guard[] = [];
  for (const { name, expr } of definitions) {
    findGuards(expr, name, actions, new Set(), ({ kind, expression }) => {
      const { source, start, end } = tree.sourceMap.get(expression.id)!;
      const held = holders.get(expression.id) ?? [];
      guards.push({
        file: basename(source),
        line: start.line + 1,
        definition: name,
        kind,
        text: texts
          .get(source)!
          .slice(start.index, end.index + 1)
          .replace(/\s+/g, ' '),
        replace: (by) => {
          for (const { put, expression: was } of held) {
            put(by(was));
          }
          return () => {
            for (const { put, expression: before } of held) {
              put(before);
            }
          };
        },
      });
    });
  }
  const at = ({ file }: Guard): number => files.indexOf(file);
  return guards.sort((a, b) => at(a) - at(b) || a.line - b.line);
}

function findGuards(
  expression: QuintExpression,
  definition: string,
  actions: ReadonlySet<string>,
  seen: Set<QuintExpression>,
  found: (held: Held) => void,
): void {
  if (seen.has(expression)) {
    return;
  }
  seen.add(expression);
  const within = (inner: QuintExpression): void =>
    findGuards(inner, definition, actions, seen, found);
  if (expression.kind === 'let') {
    within(expression.opdef.expr);
    within(expression.expr);
  } else if (expression.kind === 'lambda') {
    within(expression.expr);
  } else if (expression.kind === 'app') {
    const { args, opcode } = expression;
    const kind = PARTS[opcode] ?? (opcode === 'ite' ? 'if' : null);
    args.forEach((argument, at) => {
      const isGuard = kind === 'if' ? at === 0 : !acts(argument, actions);
      // Its own parts are guards, one by one.
      const isWhole = argument.kind === 'app' && ['and', 'or'].includes(argument.opcode);
      if (kind !== null && isGuard && !isWhole) {
        const put = (by: QuintExpression): void => {
          args[at] = by;
        };
        found({ definition, kind, expression: argument, put });
      }
      within(argument);
    });
  }
}

/** Whether it does something, as the part of an action that is no condition. */
function acts(expression: QuintExpression, actions: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case 'app':
      return (
        ['assign', 'actionAll', 'actionAny'].includes(expression.opcode) ||
        actions.has(expression.opcode) ||
        expression.args.some((argument) => acts(argument, actions))
      );
    case 'let':
      return acts(expression.opdef.expr, actions) || acts(expression.expr, actions);
    case 'lambda':
      return acts(expression.expr, actions);
    case 'name':
      return actions.has(expression.name);
    default:
      return false;
  }
}

/** No expression of a file has an id below zero. */
let nextId = -1n;

export function literal(value: boolean): QuintExpression {
  return { kind: 'bool', id: nextId--, value };
}

/** Breaks a guard as {@link BROKEN} says; what is returned mends it. */
export function breakGuard({ kind, replace }: Guard): () => void {
  return replace((was) =>
    kind === 'if'
      ? { kind: 'app', id: nextId--, opcode: 'not', args: [was] }
      : literal(kind !== 'or'),
  );
}

/** Tells of every value that the guard has; what is returned ends that. */
export function watchGuard({ replace }: Guard, told: (value: boolean) => void): () => void {
  const opcode = `watched${-nextId}`;
  tellOf(opcode, told);
  return replace((was) => ({ kind: 'app', id: nextId--, opcode, args: [was] }));
}
