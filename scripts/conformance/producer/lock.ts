/** Lock B of idempotent production: spec/producer.qnt and what src/core/partition does about producers. */

import type { LogRules } from '../../../src/core/log/rules.js';
import type { PartitionRules } from '../../../src/core/partition/rules.js';
import { canonicalText } from '../../spec/canonical.js';
import type { QuintModule, QuintState, QuintStep } from '../../spec/quint-evaluator.js';
import { codeGraph } from '../code-graph.js';
import { compare } from '../compare.js';
import type { Lock } from '../lock.js';
import { CODE_LIMIT, settingsWith, variablesOf } from '../sides.js';
import { type GraphSettings, specGraph } from '../spec-graph.js';
import { parseText } from '../texts.js';
import { type Wrong, watching } from '../wrong-rules.js';
import { scopeOf } from './scope.js';
import { ProducerInSpec } from './world.js';

/** The slots that are about producers; the others of a partition are the business of its own specification. */
const RULES: readonly string[] = [
  'acceptSequence',
  'acknowledgedAt',
  'producerStateAfterFailover',
  'mayUseSnapshot',
  'keepsEmptied',
];

export const producerLock: Lock = {
  specification: 'producer',
  isOf: ({ partition, log }) =>
    Object.keys({ ...partition, ...log }).some((name) => RULES.includes(name)),
  settingsOf,
  graphOf: (module, init, make = specGraph) => make(module, init, settingsOf(module)),
  compareWith: (module, _folder, _init, graph, bug) =>
    compare(worldOf(module, bug?.partition ?? {}, bug?.log ?? {}), graph, CODE_LIMIT),
  walkedWorldOf: (module, bug) => worldOf(module, bug?.partition ?? {}, bug?.log ?? {}, false),
  codeGraph: (module, _init, watch) => {
    const world = worldOf(module, watching('partition', watch), watching('log', watch));
    return codeGraph(world, variablesOf(module), CODE_LIMIT);
  },
};

function settingsOf(module: QuintModule): GraphSettings {
  return settingsWith((before, step) => answersIn(module, before, step));
}

function worldOf(
  module: QuintModule,
  wrong: Wrong<PartitionRules>,
  wrongLog: Wrong<LogRules>,
  remembers: boolean = true,
): ProducerInSpec {
  return new ProducerInSpec(scopeOf(module), variablesOf(module), wrong, wrongLog, remembers);
}

/** What the leader makes of a request, also of one whose answer nobody hears; and whom a fetch lets it answer. */
function answersIn(module: QuintModule, before: QuintState, step: QuintStep): string {
  const { action, picks, to } = step;
  const pick = (name: string): string => {
    const [, value] = picks.find(([each]) => each === name)!;
    return canonicalText(value);
  };
  switch (action) {
    case 'handleProduce':
      return canonicalText(module.valueOf(`verdictOn(queues.get(${pick('life')})[0])`, before));
    case 'handleLate': {
      const batch = `late.get(${pick('life')})[${pick('at')}]`;
      return canonicalText(module.valueOf(`verdictOn(${batch})`, before));
    }
    case 'replicate': {
      const at = module.variables.indexOf('waiting');
      const left = membersOf(canonicalText(to[at]!));
      const waited = membersOf(canonicalText(before[at]!));
      return waited.filter((each) => !left.includes(each)).join(', ');
    }
    default:
      return '';
  }
}

function membersOf(text: string): string[] {
  const tree = parseText(text);
  return tree.kind === 'set' ? tree.members.map((member) => member.text).sort() : [];
}
