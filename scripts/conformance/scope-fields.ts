/** The scope of a specification's module, field by field, as its own text says it. */

import { canonicalText } from '../spec/canonical.js';
import type { QuintModule } from '../spec/quint-evaluator.js';
import type { Tree } from './texts.js';
import { parseText } from './texts.js';

/** Each throws where the scope has no such field. */
export interface ScopeFields {
  readonly number: (name: string) => number;
  readonly flag: (name: string) => boolean;
  /** The numbers in a set, ascending. */
  readonly numbers: (name: string) => number[];
}

export function scopeFields(module: QuintModule): ScopeFields {
  const tree = parseText(canonicalText(module.valueOf('scope', [])));
  const field = (name: string): Tree => {
    const value = tree.kind === 'record' ? tree.fields.get(name) : undefined;
    if (value === undefined) {
      throw new Error(`the scope says nothing of ${name}`);
    }
    return value;
  };
  return {
    number: (name) => Number(field(name).text),
    flag: (name) => field(name).text === 'true',
    numbers: (name) => {
      const set = field(name);
      const members = set.kind === 'set' ? set.members : [];
      return members.map(({ text }) => Number(text)).sort((a, b) => a - b);
    },
  };
}
