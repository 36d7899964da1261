/** Single faults: one thing at a time goes wrong, and is put right again. */

import { type CutPart, cutBothWays, cutOneWay, type From, loseReplies } from '../links.js';
import { Random } from '../random.js';
import type { BrokerNumber } from '../targets/target.js';
import { type Arena, choose, endCut, kill, restartKilled, startCut } from './arena.js';
import type { PartitionWay, Step } from './schedule.js';

type Single<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;

export async function killStep(arena: Arena, step: Single<'kill'>): Promise<void> {
  const broker = await choose(arena, step.aim);
  const fault = await kill(arena, broker);
  await arena.sleep(step.down);
  await restartKilled(arena, fault, broker);
}

export async function pauseStep(arena: Arena, step: Single<'pause'>): Promise<void> {
  const broker = await choose(arena, step.aim);
  const fault = arena.faults.begin('pause', `broker ${broker}`);
  try {
    const { proof } = await arena.target.pause(broker);
    await arena.sleep(step.lasting);
    const silent = (await arena.target.health(broker)) === null;
    await arena.target.resume(broker);
    if (silent) {
      arena.faults.end(fault, `${proof}, no answer while paused`);
    } else {
      arena.faults.skip(fault, `${proof}, yet it answered`);
    }
  } catch (error) {
    arena.faults.failed(fault, error);
  }
}

export async function partitionStep(arena: Arena, step: Single<'partition'>): Promise<void> {
  const { brokers } = arena.target;
  const random = new Random(step.draw, 'sides');
  const first = await choose(arena, step.aim);
  const others = random.shuffle(brokers.filter((broker) => broker !== first));
  const cut = sides(step, first, others);
  const open = startCut(arena, 'partition', `${cut.name}, ${WAY_NAMES[step.way]}`, cut.parts);
  await arena.sleep(step.lasting);
  endCut(arena, open);
}

const WAY_NAMES: Readonly<Record<PartitionWay, string>> = {
  both: 'both ways',
  in: 'one way: nothing gets in',
  out: 'one way: nothing gets out',
};

/** Who cannot hear whom. `first` is the one that the aim chose. */
export function sides(
  step: Pick<Single<'partition'>, 'shape' | 'way'>,
  first: BrokerNumber,
  others: readonly BrokerNumber[],
): { readonly name: string; readonly parts: CutPart[] } {
  const all = [first, ...others];
  switch (step.shape) {
    case 'one':
      return {
        name: `broker ${first} alone`,
        parts: between(step.way, [first], others),
      };
    case 'halves': {
      const smaller = all.slice(0, Math.floor(all.length / 2));
      const larger = all.slice(smaller.length);
      return {
        name: `halves ${smaller.join(',')} | ${larger.join(',')}`,
        parts: between(step.way, smaller, larger),
      };
    }
    case 'bridge': {
      const half = Math.ceil(others.length / 2);
      const left = others.slice(0, half);
      const right = others.slice(half);
      return {
        name: `halves ${left.join(',')} | ${right.join(',')} bridged by ${first}`,
        parts: between(step.way, left, right),
      };
    }
    case 'ring': {
      // Each broker sees its two neighbours: of five brokers a majority, and no two the same one.
      const parts = all.flatMap((broker, index) =>
        all.flatMap((other, place) => {
          const distance = Math.min(
            (place - index + all.length) % all.length,
            (index - place + all.length) % all.length,
          );
          return distance > 1 && index < place ? between(step.way, [broker], [other]) : [];
        }),
      );
      return { name: `ring ${all.join('-')}`, parts };
    }
    case 'clients':
      return {
        name: `clients cut from broker ${first}`,
        parts: between(step.way, [first], ['clients']),
      };
  }
}

/** `in`: nothing of `there` gets to `here`. */
function between(way: PartitionWay, here: readonly From[], there: readonly From[]): CutPart[] {
  return here.flatMap((a) =>
    there.flatMap((b) => {
      if (way === 'both') {
        return cutBothWays(a, b);
      }
      return way === 'in' ? cutOneWay(b, a) : cutOneWay(a, b);
    }),
  );
}

export async function latencyStep(arena: Arena, step: Single<'latency'>): Promise<void> {
  const broker = await choose(arena, step.aim);
  const { milliseconds } = step;
  const passage = { mode: 'delay', milliseconds } as const;
  const others: From[] = [...arena.target.brokers.filter((other) => other !== broker), 'clients'];
  const parts = others.flatMap((other) => [
    ...cutOneWay(other, broker, passage),
    ...cutOneWay(broker, other, passage),
  ]);
  const open = startCut(arena, 'latency', `broker ${broker}, ${milliseconds} ms each way`, parts);
  await arena.sleep(step.lasting);
  endCut(arena, open);
}

export async function resetStep(arena: Arena, step: Single<'reset'>): Promise<void> {
  const broker = await choose(arena, step.aim);
  const { links, brokers } = arena.target;
  const fault = arena.faults.begin('reset', `all connections of broker ${broker}`);
  let count = 0;
  for (let time = 0; time < step.times; time++) {
    count += links.get('clients', broker).resetAll();
    for (const other of brokers.filter((one) => one !== broker)) {
      count += links.get(other, broker).resetAll() + links.get(broker, other).resetAll();
    }
    await arena.sleep(200);
  }
  if (count > 0) {
    arena.faults.end(fault, `${count} connections reset`);
  } else {
    arena.faults.skip(fault, 'there was no connection to reset');
  }
}

export async function lostReplyStep(arena: Arena, step: Single<'lost-reply'>): Promise<void> {
  const broker = await choose(arena, step.aim);
  const parts = loseReplies('clients', broker);
  const open = startCut(arena, 'lost-reply', `broker ${broker} to its clients`, parts);
  await arena.sleep(step.lasting);
  endCut(arena, open);
}
