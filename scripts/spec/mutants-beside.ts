/**
 * A specification with all its mutants in one text: each rule that is broken stands there as it is and as each mutant has it, and what
 * bears its name chooses. So the text is read once, one mutant at a time can be put in place, and while none is, all can be watched: in
 * which states would one of them say something else?
 */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './broken.js';
import { literal } from './guards.js';
import { SPEC_FOLDER, type Specification } from './plans.js';
import {
  openQuintTree,
  type QuintExpression,
  type QuintFile,
  type QuintTree,
  tellOfDifference,
} from './quint-evaluator.js';

export interface MutantsBeside {
  /** Modules that are opened have what is in place then. */
  readonly open: QuintFile;
  /** Puts the mutant in the place of the rule; what it returns puts it back. */
  putIn(mutant: Mutant): () => void;
  /** Tells of those of `mutants` that say something else than the rule, whenever they do; what it returns ends that. */
  watch(mutants: readonly Mutant[], told: (mutant: Mutant) => void): () => void;
}

export async function openMutants(
  { scopesFile }: Specification,
  mutants: readonly Mutant[],
): Promise<MutantsBeside> {
  const folder = mkdtempSync(join(tmpdir(), 'spec-mutants-'));
  try {
    cpSync(SPEC_FOLDER, folder, { recursive: true });
    for (const file of new Set(mutants.map((mutant) => mutant.file))) {
      const path = join(folder, file);
      writeFileSync(path, withVariants(readFileSync(path, 'utf8'), file, mutants));
    }
    const { open, tree } = await openQuintTree(join(folder, scopesFile), false);
    return choosing(open, choicesIn(tree), mutants);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// --- The text ----------------------------------------------------------------------------------------

const TRUE_NAME = '__true';
const MUTANT_NAME = '__mutant';

interface Definition {
  readonly name: string;
  readonly isAction: boolean;
  readonly from: number;
  readonly text: string;
}

/** A definition is indented by two; the next line that is, and closes nothing, is none of it. */
function definitionsIn(source: string): Definition[] {
  const starts = [...source.matchAll(/^ {2}[^ })\n]|^\}/gm)].map(({ index }) => index);
  return starts.flatMap((from, at) => {
    const text = source.slice(from, starts[at + 1] ?? source.length);
    const [, kind, name] = /^ {2}((?:pure )?(?:def|val)|action) (\w+)/.exec(text) ?? [];
    return name === undefined ? [] : [{ name, isAction: kind === 'action', from, text }];
  });
}

function withVariants(source: string, file: string, mutants: readonly Mutant[]): string {
  const variants = new Map<string, string[]>();
  const definitions = definitionsIn(source);
  mutants.forEach((mutant, number) => {
    if (mutant.file === file) {
      const { name, text } = brokenIn(source, definitions, mutant);
      const renamed = text.replace(name, `${name}${MUTANT_NAME}${number}`);
      variants.set(name, [...(variants.get(name) ?? []), renamed]);
    }
  });
  let made = source;
  for (const definition of definitions) {
    const { name, text } = definition;
    const all = variants.get(name);
    if (all !== undefined) {
      const asItIs = text.replace(name, `${name}${TRUE_NAME}`);
      made = made.replace(text, () => [...all, asItIs, chooser(definition, all)].join('\n'));
    }
  }
  return made;
}

/** The definition that the mutant breaks, broken. */
function brokenIn(
  source: string,
  definitions: readonly Definition[],
  { name: mutant, from, to }: Mutant,
): { name: string; text: string } {
  const parts = source.split(from);
  if (parts.length !== 2) {
    throw new Error(`${mutant}: its text stands ${parts.length - 1} times in the file`);
  }
  const same = [...from].findIndex((character, at) => character !== to[at]);
  const at = parts[0]!.length + (same < 0 ? from.length : same);
  const definition = definitions.findLast((each) => each.from <= at);
  const changed = parts.join(to);
  const broken = definitionsIn(changed).find(({ name }) => name === definition?.name);
  if (
    definition === undefined ||
    broken === undefined ||
    source.replace(definition.text, () => broken.text) !== changed
  ) {
    throw new Error(`${mutant}: what it breaks is not one definition`);
  }
  return broken;
}

/** What bears the name of the rule. Of values the choice can be watched; an action can be taken only once. */
function chooser({ name, isAction, text }: Definition, variants: readonly string[]): string {
  const begin = text.indexOf(name) + name.length;
  const parameters = text[begin] === '(' ? within(text, begin) : null;
  const end = begin + (parameters === null ? 0 : parameters.length + 2);
  const head = text.slice(0, end + text.slice(end).search(/=(?![=>])/) + 1);
  const given = parameters === null ? '' : `(${parameterNames(parameters).join(', ')})`;
  const right = `${name}${TRUE_NAME}${given}`;
  const choice = variants.reduce(
    (otherwise, variant) => {
      const broken = /(\w+__mutant\d+)/.exec(variant)![1]!;
      const condition = isAction ? `"" == "${broken}"` : `right__ == ${broken}${given}`;
      return `if (${condition}) (${otherwise}) else ${broken}${given}`;
    },
    isAction ? right : 'right__',
  );
  return isAction ? `${head} ${choice}\n` : `${head} { val right__ = ${right}\n    ${choice} }\n`;
}

/** The text between the bracket at `from` and the one that closes it. */
function within(text: string, from: number): string {
  let depth = 0;
  for (let at = from; ; at++) {
    depth += text[at] === '(' ? 1 : text[at] === ')' ? -1 : 0;
    if (depth === 0) {
      return text.slice(from + 1, at);
    }
  }
}

/** Of `a: int, b: (int, int) -> int`: the names in front of the types. */
function parameterNames(parameters: string): string[] {
  let depth = 0;
  const parts = [''];
  for (const character of parameters) {
    depth += '([{'.includes(character) ? 1 : ')]}'.includes(character) ? -1 : 0;
    if (character === ',' && depth === 0) {
      parts.push('');
    } else {
      parts[parts.length - 1] += character;
    }
  }
  return parts.map((part) => part.split(':')[0]!.trim());
}

// --- The tree ----------------------------------------------------------------------------------------

/** Where a mutant is chosen, or not. */
interface Choice {
  /** The number of the mutant. */
  readonly number: number;
  /** What the rule says and what the mutant does; of an action two texts. */
  readonly sides: QuintExpression[];
  readonly put: (condition: QuintExpression) => void;
}

function choicesIn({ resolver }: QuintTree): Choice[] {
  const choices: Choice[] = [];
  const seen = new Set<QuintExpression>();
  const visit = (expression: QuintExpression): void => {
    if (seen.has(expression)) {
      return;
    }
    seen.add(expression);
    if (expression.kind === 'let') {
      visit(expression.opdef.expr);
      visit(expression.expr);
    } else if (expression.kind === 'lambda') {
      visit(expression.expr);
    } else if (expression.kind === 'app') {
      const { args, opcode } = expression;
      const [condition] = args;
      const number = opcode === 'ite' ? numberIn(condition!) : null;
      if (number !== null && condition?.kind === 'app') {
        const put = (by: QuintExpression): void => {
          args[0] = by;
        };
        choices.push({ number, sides: condition.args, put });
      }
      args.forEach(visit);
    }
  };
  for (const { expr } of resolver.table.values()) {
    if (expr !== undefined) {
      visit(expr);
    }
  }
  return choices;
}

/** Of the mutant with which the condition compares; null: it is no such condition. */
function numberIn(condition: QuintExpression): number | null {
  const other = condition.kind === 'app' && condition.opcode === 'eq' ? condition.args[1]! : null;
  const name =
    other?.kind === 'app'
      ? other.opcode
      : other?.kind === 'name'
        ? other.name
        : other?.kind === 'str'
          ? other.value
          : '';
  const found = /__mutant(\d+)$/.exec(name);
  return found === null ? null : Number(found[1]);
}

function choosing(
  open: QuintFile,
  choices: readonly Choice[],
  mutants: readonly Mutant[],
): MutantsBeside {
  const of = (mutant: Mutant): Choice[] => {
    const found = choices.filter(({ number }) => mutants[number] === mutant);
    if (found.length === 0) {
      throw new Error(`${mutant.name} is not in the text`);
    }
    return found;
  };
  const decide = (mutant: Mutant, takesRule: boolean): void => {
    for (const { put } of of(mutant)) {
      put(literal(takesRule));
    }
  };
  for (const mutant of mutants) {
    decide(mutant, true);
  }
  return {
    open,
    putIn: (mutant) => {
      decide(mutant, false);
      return () => decide(mutant, true);
    },
    watch: (watched, told) => {
      for (const mutant of watched) {
        const opcode = `differs${mutants.indexOf(mutant)}`;
        tellOfDifference(opcode, () => told(mutant));
        for (const { put, sides } of of(mutant)) {
          put({ kind: 'app', id: literal(true).id, opcode, args: sides });
        }
      }
      return () => {
        for (const mutant of watched) {
          decide(mutant, true);
        }
      };
    },
  };
}
