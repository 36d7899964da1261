/** The production rules of a world, some of them replaced or watched. */

import { isDeepStrictEqual } from 'node:util';
import type { Bug } from '../../src/bugs/bug.js';

/** Those in the place of the right ones, or how they are made of these. */
export type Wrong<Rules> = Partial<Rules> | ((right: Rules) => Partial<Rules>);

export function withWrong<Rules extends object>(right: Rules, wrong: Wrong<Rules>): Rules {
  return { ...right, ...(typeof wrong === 'function' ? wrong(right) : wrong) };
}

/** Which wrong rules would have given another answer than the right one to a question that came up. */
export interface Watch {
  readonly bugs: readonly Bug[];
  /** Called with the same bug once or more. */
  readonly told: (bug: Bug) => void;
}

type Rule = (...facts: readonly unknown[]) => unknown;
type RulesOf<Kind extends keyof Bug> = Exclude<NonNullable<Bug[Kind]>, string | readonly string[]>;

/**
 * The right rules of one kind, which are asked, and tell of every bug whose rule is of another mind. A bug of which
 * nothing is told in a whole world has the same world: all its rules said what the right ones did.
 */
export function watching<Kind extends 'raft' | 'partition' | 'log' | 'controller'>(
  kind: Kind,
  { bugs, told }: Watch,
): (right: Required<RulesOf<Kind>>) => Partial<RulesOf<Kind>> {
  const quiet = new Set(bugs);
  return (right) => {
    const rules: Record<string, Rule> = {};
    const slots = new Set(bugs.flatMap((bug) => Object.keys(bug[kind] ?? {})));
    for (const slot of slots) {
      const rule = (right as Record<string, unknown>)[slot] as Rule;
      rules[slot] = (...facts) => {
        const answer = rule(...facts);
        for (const bug of quiet) {
          const variant = (bug[kind] as Record<string, unknown> | undefined)?.[slot];
          if (variant !== undefined && !saysTheSame(variant as Rule, facts, answer)) {
            quiet.delete(bug);
            told(bug);
          }
        }
        return answer;
      };
    }
    return rules as Partial<RulesOf<Kind>>;
  };
}

function saysTheSame(variant: Rule, facts: readonly unknown[], answer: unknown): boolean {
  try {
    return isDeepStrictEqual(variant(...facts), answer);
  } catch {
    // A wrong rule may reach for what is not there; the machine would have ended.
    return false;
  }
}
