/**
 * The worlds of lock B, watched: each asks the machines once for each pair of one who steps and what comes to it, and
 * for everything else it only looks its answer up. So what a mutant changes of a world it changes of one of these pairs
 * first, and where it changes none, the world is the same.
 */

import { KnownControllers } from '../conformance/partition/controllers.js';
import { KnownHosts } from '../conformance/partition/hosts.js';
import { PartitionInSpec } from '../conformance/partition/world.js';
import { KnownReplicas } from '../conformance/producer/replicas.js';
import { ProducerInSpec } from '../conformance/producer/world.js';
import { KnownNodes } from '../conformance/raft/nodes.js';
import { RaftInSpec } from '../conformance/raft/world.js';

/** A method that was called with something for the first time; `again` says in words what comes of it. */
export type Asked = (again: () => string, call: () => unknown) => unknown;

/** A class whose methods can be put in the place of others. */
type Class = { prototype: object };
type Method = (this: never, ...given: never[]) => unknown;

/** Puts `wrap(own)` in the place of a method; the function that is given back undoes it. */
export function replaced(
  { prototype }: Class,
  name: string,
  wrap: (
    own: (self: unknown, given: unknown[]) => unknown,
  ) => (self: unknown, given: unknown[]) => unknown,
): () => void {
  const methods = prototype as Record<string, Method>;
  const own = methods[name]!;
  const call = wrap((self, given) => own.apply(self as never, given as never));
  methods[name] = function (this: unknown, ...given: unknown[]) {
    return call(this, given);
  } as Method;
  return () => {
    methods[name] = own;
  };
}

interface Memory {
  readonly of: Class;
  readonly method: string;
  /** Equal for calls that are answered from memory. */
  readonly name: (given: readonly unknown[]) => string;
  /** What comes of the call, without memory. */
  readonly again: (self: never, given: readonly unknown[]) => string;
}

const MEMORIES: readonly Memory[] = [
  {
    of: KnownNodes,
    method: 'step',
    name: ([node, key]) => `${(node as { number: number }).number} ${key}`,
    again: (self: KnownNodes, [node, , make]) => {
      const known = self.known(
        (make as (node: unknown) => never)((node as { node: unknown }).node),
      );
      const { after, sent, effects, pushed, fault } = known;
      const seen = effects.filter(({ type }) => OF_COMMANDS.includes(type));
      return text([after.number, sent, seen, pushed, fault]);
    },
  },
  {
    of: KnownHosts,
    method: 'step',
    name: ([host, key]) => `${(host as { number: number }).number} ${key}`,
    again: (self: KnownHosts, [before, , make]) => {
      const { host, sent, ...rest } = (make as (host: unknown) => Made)((before as Hosted).host);
      return text([self.known(host).number, sent.map((each) => self.messageOf(each)), rest]);
    },
  },
  {
    of: KnownControllers,
    method: 'decision',
    name: ([known, key]) => `${(known as { number: number }).number} ${key}`,
    again: (self: never, [known, , make]) => {
      const own = self as { decide(before: unknown, command: unknown): Decided };
      const { after, ...rest } = own.decide(known, (make as (known: unknown) => unknown)(known));
      return text([after.number, rest]);
    },
  },
  {
    of: KnownReplicas,
    method: 'played',
    name: ([key]) => String(key),
    again: (self: never, [, play]) => {
      const own = self as { stepOf(played: unknown): Decided };
      const steps = (play as () => unknown[])().map((played) => own.stepOf(played));
      return text(steps.map(({ after, ...rest }) => [after.number, rest]));
    },
  },
];

type Hosted = { readonly host: unknown };
type Decided = { readonly after: { readonly number: number } };
type Made = { readonly host: never; readonly sent: readonly never[] };

/** Of a node's effects the world reads only what becomes of commands and reads. */
const OF_COMMANDS: readonly string[] = [
  'proposalRefused',
  'readRefused',
  'changeRefused',
  'transferEnded',
  'readReady',
];

/** How worlds begin: with nodes that were never asked for before. */
const STARTS: readonly { of: Class; method: string; numbers: (state: never) => unknown }[] = [
  { of: RaftInSpec, method: 'empty', numbers: ({ nodes }: Started) => nodes?.map(numberOf) },
  {
    of: PartitionInSpec,
    method: 'empty',
    numbers: ({ hosts, controller }: Started) => [hosts?.map(numberOf), numberOf(controller!)],
  },
  {
    of: ProducerInSpec,
    method: 'initial',
    numbers: ({ replicas }: Started) => replicas?.map(numberOf),
  },
];

type Named = { readonly number: number };
type Started = { nodes?: Named[]; hosts?: Named[]; controller?: Named; replicas?: Named[] };

function numberOf({ number }: Named): number {
  return number;
}

/** Until the function that is given back is called, `asked` hears of all that the machines are asked. */
export function watchMachines(asked: Asked): () => void {
  const known = new WeakMap<object, Set<string>>();
  const memories = MEMORIES.map(({ of, method, name, again }) =>
    replaced(of, method, (own) => (self, given) => {
      const names = known.get(self as object) ?? new Set();
      known.set(self as object, names);
      const key = name(given);
      if (names.has(key)) {
        return own(self, given);
      }
      names.add(key);
      return asked(
        () => again(self as never, given),
        () => own(self, given),
      );
    }),
  );
  const starts = STARTS.map(({ of, method, numbers }) =>
    replaced(
      of,
      method,
      (own) => (self, given) =>
        asked(
          () => text(numbers(own(self, given) as never)),
          () => own(self, given),
        ),
    ),
  );
  return () => {
    for (const undo of [...memories, ...starts]) {
      undo();
    }
  };
}

function text(value: unknown): string {
  return JSON.stringify(value, (_key, each) => {
    if (typeof each === 'bigint') {
      return String(each);
    }
    if (each instanceof Uint8Array) {
      return Buffer.from(each).toString('latin1');
    }
    return each instanceof Map || each instanceof Set ? [...each] : each;
  });
}
