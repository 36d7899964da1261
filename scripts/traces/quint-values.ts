/** Values of a specification from their texts: the way back from `scripts/spec/canonical.ts`. */

import type { Tree } from '../conformance/texts.js';
import { parseText } from '../conformance/texts.js';
import type { QuintValue } from '../spec/quint-evaluator.js';
import { quintMaker } from '../spec/quint-evaluator.js';

/**
 * The value whose canonical text this is. A `<...>` whose keys are numbers is a map, any other a record; a name
 * alone is a variant without content. Throws where the text is none.
 */
export function quintValue(text: string): QuintValue {
  return valueIn(parseText(text));
}

const NUMBER = /^-?\d+$/;

function valueIn(tree: Tree): QuintValue {
  switch (tree.kind) {
    case 'leaf':
      return leafValue(tree.text);
    case 'list':
      return quintMaker.mkList(tree.members.map(valueIn));
    case 'set':
      return quintMaker.mkSet(tree.members.map(valueIn));
    case 'variant':
      return quintMaker.mkVariant(tree.label, valueIn(tree.inner));
    case 'record': {
      const fields = [...tree.fields];
      return fields.length > 0 && fields.every(([key]) => NUMBER.test(key))
        ? quintMaker.mkMap(
            fields.map(([key, value]) => [quintMaker.mkInt(Number(key)), valueIn(value)]),
          )
        : quintMaker.mkRecord(fields.map(([key, value]) => [key, valueIn(value)]));
    }
  }
}

function leafValue(text: string): QuintValue {
  if (NUMBER.test(text)) {
    return quintMaker.mkInt(Number(text));
  }
  if (text === 'true' || text === 'false') {
    return quintMaker.mkBool(text === 'true');
  }
  if (text.startsWith('"')) {
    return quintMaker.mkStr(JSON.parse(text) as string);
  }
  return quintMaker.mkVariant(text, quintMaker.mkTuple([]));
}
