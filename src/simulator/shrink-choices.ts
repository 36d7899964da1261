/** How one choice of a scenario can be made simpler: its act, its target, its times. */

import type { Act, Choice, Moment, Outcome, Scenario, Target } from './scenario.js';
import { type Reduction, targetOf } from './shrink-scenario.js';

/** For the choices that `scenario` has: simpler acts first, then targets, moments and lengths. */
export function choiceReductions(scenario: Scenario): Reduction[] {
  const names = scenario.choices.map(({ name }) => name);
  const each = [simplerActs, concreteTarget, simplerMoments, shorterActs].flatMap((simpler) =>
    names.map((name) => onChoice(name, simpler)),
  );
  return [allEarlier, ...each, namedByAct];
}

/** A deed that became another one must not keep the name of what it was. */
const namedByAct: Reduction = (scenario) => {
  const counts = new Map<string, number>();
  let renamed = false;
  const choices = scenario.choices.map((choice) => {
    const { type } = choice.act;
    const count = (counts.get(type) ?? 0) + 1;
    counts.set(type, count);
    const name = count === 1 ? type : `${type}-${count}`;
    renamed ||= name !== choice.name;
    return { ...choice, name };
  });
  return renamed ? [{ ...scenario, choices }] : [];
};

/** All choices with a time move together: what lies between them stays. */
const allEarlier: Reduction = (scenario) => {
  const times = scenario.choices.flatMap(({ when }) => ('at' in when ? [when.at] : []));
  if (times.length === 0) {
    return [];
  }
  const first = Math.min(...times);
  return fewer(first, 0).map((then) => ({
    ...scenario,
    choices: scenario.choices.map((choice) =>
      'at' in choice.when ? { ...choice, when: { at: choice.when.at - (first - then) } } : choice,
    ),
  }));
};

type Simpler = (choice: Choice, outcome: Outcome) => readonly Choice[];

function onChoice(name: string, simpler: Simpler): Reduction {
  return (scenario, outcomes) => {
    const choice = scenario.choices.find((each) => each.name === name);
    if (choice === undefined) {
      return [];
    }
    const now = JSON.stringify(choice);
    return simpler(choice, outcomes.get(name) ?? null)
      .filter((each) => JSON.stringify(each) !== now)
      .map((each) => ({
        ...scenario,
        choices: scenario.choices.map((old) => (old === choice ? each : old)),
      }));
  };
}

const simplerActs: Simpler = (choice) => actsBelow(choice.act).map((act) => ({ ...choice, act }));

/** The same kind of harm with fewer moving parts. */
function actsBelow(act: Act): readonly Act[] {
  switch (act.type) {
    case 'crash': {
      const kill: Act = { ...act, power: false, keeps: 'everything' };
      const whole: Act = { ...act, keeps: 'everything' };
      const all: Act = { ...act, keeps: 'nothing' };
      return act.power ? [kill, ...(act.keeps === 'drawn' ? [whole, all] : [])] : [kill];
    }
    case 'crashLoop': {
      const { target, down } = act;
      const once: Act = { type: 'crash', target, power: false, keeps: 'everything', down };
      return [once, ...fewer(act.times, 2).map((times) => ({ ...act, times }))];
    }
    case 'wipe': {
      const { target, down } = act;
      const power: Act = { type: 'crash', target, power: true, keeps: 'nothing', down };
      return [{ ...power, power: false, keeps: 'everything' }, power];
    }
    case 'restart': {
      const { target, down } = act;
      return [{ type: 'crash', target, power: false, keeps: 'everything', down }];
    }
    case 'rollingRestart':
      return [];
    case 'partition': {
      const one = { ...act, shape: 'one' } as const;
      return [
        { ...one, direction: 'both', clients: false },
        { ...one, clients: false },
        one,
        { ...act, direction: 'both' },
        { ...act, clients: false },
      ];
    }
    case 'clock':
      return [
        ...(act.jump === 0 ? [] : [{ ...act, rate: 1000 }]),
        ...(act.rate === 1000 ? [] : [{ ...act, jump: 0 }]),
      ];
    case 'deleteRecords':
      return act.percent === 100 ? [] : [{ ...act, percent: 100 }];
    case 'reassign':
      return simplerMoves(act);
    case 'recreateTopic': {
      const { configs, ...plain } = act;
      return configs === undefined ? [] : [plain];
    }
    case 'changeVoter':
    case 'disk':
    case 'pause':
    case 'reset':
    case 'slow':
    case 'createTopic':
    case 'deleteTopic':
    case 'addPartitions':
    case 'configure':
      return [];
  }
}

function simplerMoves(act: Extract<Act, { type: 'reassign' }>): readonly Act[] {
  const { factor, ...plain } = act;
  return [
    ...(factor === undefined ? [] : [plain]),
    ...(act.givenUpAfter === null ? [] : [{ ...act, givenUpAfter: null }]),
  ];
}

/** Who was hit by a target that is a role is named: the story then says who does what. */
const concreteTarget: Simpler = (choice, outcome) => {
  const target = targetOf(choice);
  if (target === null || 'broker' in target || outcome === null || !outcome.took) {
    return [];
  }
  const broker = indexOf(outcome.node);
  return broker === null ? [] : [withTarget(choice, { broker })];
};

/** Brokers are called `broker1`, `broker2`, ...; others have no index. */
function indexOf(node: string | null): number | null {
  const match = /^broker(\d+)$/.exec(node ?? '');
  return match === null ? null : Number(match[1]) - 1;
}

function withTarget(choice: Choice, target: Target): Choice {
  return 'target' in choice.act ? { ...choice, act: { ...choice.act, target } } : choice;
}

/** The first occurrence rather than the ninth, at once rather than later, and round numbers. */
const simplerMoments: Simpler = (choice) => {
  const { when } = choice;
  const moments: Moment[] = [];
  if ('at' in when) {
    moments.push(...fewer(when.at, 0).map((at) => ({ at })));
  } else {
    const { from, ...always } = when;
    moments.push(...(from === undefined ? [] : [{ ...always, nth: 1 }, always]));
    moments.push(...fewer(when.nth, 1).map((nth) => ({ ...when, nth })));
    moments.push(...fewer(when.after, 0).map((after) => ({ ...when, after })));
  }
  return moments.map((moment) => ({ ...choice, when: moment }));
};

/** Least values of what is a length or a number in an act; what is not here is no length. */
const LEAST: Readonly<Record<string, number>> = {
  down: 0,
  up: 0,
  between: 0,
  lasts: 0,
  pause: 0,
  delay: 0,
  jump: 0,
};

const shorterActs: Simpler = (choice) => {
  const shorter: Choice[] = [];
  for (const [key, value] of Object.entries(choice.act)) {
    const least = LEAST[key];
    if (least !== undefined && typeof value === 'number') {
      for (const less of fewer(value, least)) {
        shorter.push({ ...choice, act: { ...choice.act, [key]: less } as Act });
      }
    }
  }
  return shorter;
};

/**
 * Simpler values than `value` down to `least`, simplest first: the least one, the middle, and the value
 * itself with fewer digits. Every one is nearer to `least` than `value`, so that shrinking ends.
 */
export function fewer(value: number, least: number): number[] {
  const distance = value - least;
  const sign = Math.sign(distance);
  const size = Math.abs(distance);
  const sizes = [0, Math.floor(size / 4), Math.floor(size / 2), Math.floor((size * 3) / 4)];
  for (let digit = 10; digit <= size; digit *= 10) {
    sizes.push(size - (size % digit));
  }
  const distinct = [...new Set(sizes.map((each) => (each > 20 ? each - (each % 10) : each)))];
  return distinct
    .filter((each) => each < size)
    .sort((a, b) => a - b)
    .map((each) => least + sign * each);
}
