/**
 * What lock B sees: each bug of the zoo that replaces a rule of the machine, and each mutant of its specification,
 * with the smallest scope in which the graphs differ. Both sides as they are have the same graph, so what is wrong is
 * only asked where it would say something else than what is right.
 */

import type { Bug } from '../../src/bugs/bug.js';
import { allBugs } from '../../src/bugs/registry.js';
import type { Mutant } from '../spec/broken.js';
import { moduleName } from '../spec/figures.js';
import { mutants } from '../spec/mutants.js';
import { type MutantsBeside, openMutants } from '../spec/mutants-beside.js';
import { SPEC_FOLDER, type Specification } from '../spec/plans.js';
import {
  QuintFailure,
  type QuintFile,
  type QuintModule,
  type QuintState,
} from '../spec/quint-evaluator.js';
import { compareKept } from './code-graph.js';
import { readGraphFigures } from './figures.js';
import type { Lock } from './lock.js';
import { type AskedGraph, askedGraph, type Edge, graphFrom, type SpecGraph } from './spec-graph.js';

export interface Sight {
  readonly scope: string;
  /** Of the scope. */
  readonly states: number;
  /** Of processor time, in that scope; what is worked out once for all is not in it. */
  readonly seconds: number;
  /** Steps to the state in which the two part. */
  readonly steps: number;
  /** The action at which they do. */
  readonly action: string;
}

/** In the place of an action: the wrong rule asks for what is not there. */
const FAILS = 'the specification fails';
/** The way to where the scope begins is another. */
const OTHER_START = 'init';

/** The code as it is, in one scope. */
interface Code {
  readonly graph: SpecGraph;
  /** To each of its states. */
  readonly steps: ReadonlyMap<string, number>;
  /** The bugs that have a rule which somewhere would say something else. */
  readonly differing: ReadonlySet<Bug>;
}

/** Tries bugs and mutants of one specification. What both sides are without them is worked out once. */
export class Trial {
  private readonly lock: Lock;
  private readonly specification: Specification;
  private readonly file: QuintFile;
  private readonly specGraphs = new Map<string, SpecGraph>();
  private readonly codes = new Map<string, Code>();
  /** The smallest first. */
  private readonly scopes: readonly string[];
  private readonly mutants: readonly Mutant[];

  /** `file`: of the scopes, as they are. */
  constructor(lock: Lock, specification: Specification, file: QuintFile) {
    this.lock = lock;
    this.specification = specification;
    this.file = file;
    this.mutants = mutants.filter((mutant) => mutant.specification === specification.name);
    this.scopes = Object.keys(specification.scopes).sort(
      (a, b) => this.statesOf(a) - this.statesOf(b),
    );
  }

  /** In the order in which they are seen; null: no scope shows it. */
  async *sights<Tried extends { readonly bug: Bug | null; readonly mutant: Mutant | null }>(
    wanted: readonly Tried[],
    scopes: readonly string[] = this.scopes,
  ): AsyncGenerator<readonly [tried: Tried, sight: Sight | null]> {
    const left = new Set(wanted);
    const beside = wanted.some(({ mutant }) => mutant !== null)
      ? await openMutants(this.specification, this.mutants)
      : null;
    for (const scope of scopes) {
      const mutantsLeft = [...left].flatMap(({ mutant }) => mutant ?? []);
      const watched =
        beside === null || mutantsLeft.length === 0
          ? null
          : this.watched(beside, mutantsLeft, scope);
      for (const tried of left) {
        const { bug, mutant } = tried;
        const texts = mutant === null ? undefined : watched?.met.get(mutant);
        const sight =
          bug !== null
            ? this.sightOfBug(bug, scope)
            : texts === undefined
              ? null
              : this.firstOf(beside!, mutant!, texts, watched!.graph, scope);
        if (sight !== null) {
          yield [tried, sight];
          left.delete(tried);
        }
      }
      if (left.size === 0) {
        return;
      }
    }
    for (const tried of left) {
      yield [tried, null];
    }
  }

  private sightOfBug(bug: Bug, scope: string): Sight | null {
    if (!this.code(scope).differing.has(bug)) {
      return null;
    }
    const graph = this.specGraph(scope);
    const began = process.cpuUsage().user;
    const [module, init] = [this.file(this.nameOf(scope)), this.initOf(scope)];
    const { difference } = this.lock.compareWith(module, SPEC_FOLDER, init, graph, bug);
    return difference === null
      ? null
      : this.sight(scope, began, difference.path.length, difference.call);
  }

  /**
   * The graph of the specification as it is, and the states, breadth first, in which each of `watched` says something else;
   * null among them: on the way to the first one.
   */
  private watched(
    beside: MutantsBeside,
    watched: readonly Mutant[],
    scope: string,
  ): { graph: AskedGraph; met: ReadonlyMap<Mutant, (string | null)[]> } {
    const met = new Map<Mutant, (string | null)[]>();
    let now: string | null = null;
    const end = beside.watch(watched, (mutant) => {
      const texts = met.get(mutant) ?? [];
      met.set(mutant, texts);
      if (texts.at(-1) !== now || texts.length === 0) {
        texts.push(now);
      }
    });
    try {
      const module = beside.open(this.nameOf(scope));
      const graph = this.asked(module, scope);
      const get = (text: string): readonly Edge[] | undefined => {
        now = text;
        return graph.edges.get(text);
      };
      const { difference } = compareKept(this.code(scope).graph, { ...graph, edges: { get } });
      if (difference !== null) {
        throw new Error(`${scope}: code and specification differ without any mutant`);
      }
      return { graph, met };
    } finally {
      end();
    }
  }

  /** Where the mutant first has another step than the code; null: in none of these states. */
  private firstOf(
    beside: MutantsBeside,
    mutant: Mutant,
    texts: readonly (string | null)[],
    graph: AskedGraph,
    scope: string,
  ): Sight | null {
    const { graph: code, steps: stepsTo } = this.code(scope);
    const back = beside.putIn(mutant);
    const began = process.cpuUsage().user;
    try {
      const module = beside.open(this.nameOf(scope));
      for (const text of texts) {
        const call =
          text === null
            ? this.differentStart(module, code, scope)
            : this.differentCall(module, graph.stateOf(text)!, text, code);
        if (call !== null) {
          const steps = text === null ? 0 : stepsTo.get(text)!;
          return this.sight(scope, began, steps, call);
        }
      }
      return null;
    } finally {
      back();
    }
  }

  private differentStart(module: QuintModule, code: SpecGraph, scope: string): string | null {
    try {
      const { initial } = this.asked(module, scope);
      return initial.includes(code.initial[0]!) ? null : OTHER_START;
    } catch (error) {
      // A call of the run leads nowhere.
      return failureOf(error) && OTHER_START;
    }
  }

  /** The first call of the state that only one of the two has, or that ends otherwise. */
  private differentCall(
    module: QuintModule,
    state: QuintState,
    text: string,
    code: SpecGraph,
  ): string | null {
    try {
      const graph = graphFrom([state], module, this.lock.settingsOf(module));
      const [made, wanted] = [graph, code].map(({ edges }) => endsOf(edges.get(text)!));
      const calls = [...made!.keys(), ...wanted!.keys()];
      return calls.find((call) => made!.get(call) !== wanted!.get(call)) ?? null;
    } catch (error) {
      return failureOf(error);
    }
  }

  private specGraph(scope: string): SpecGraph {
    let graph = this.specGraphs.get(scope);
    if (graph === undefined) {
      graph = this.asked(this.file(this.nameOf(scope)), scope);
      this.specGraphs.set(scope, graph);
    }
    return graph;
  }

  private asked(module: QuintModule, scope: string): AskedGraph {
    return askedGraph(module, this.specification.scopes[scope]!, this.lock.settingsOf(module));
  }

  private code(scope: string): Code {
    let code = this.codes.get(scope);
    if (code === undefined) {
      const name = this.nameOf(scope);
      const differing = new Set<Bug>();
      const told = (bug: Bug): unknown => differing.add(bug);
      const watch = { bugs: allBugs.filter(this.lock.isOf), told };
      const { graph, figures } = this.lock.codeGraph(this.file(name), this.initOf(scope), watch);
      if (figures.edgeDigest !== readGraphFigures(SPEC_FOLDER)[name]?.edgeDigest) {
        throw new Error(`${name} is not as conformance.json has it: npm run conform`);
      }
      code = { graph, steps: stepsIn(graph), differing };
      this.codes.set(scope, code);
    }
    return code;
  }

  private sight(scope: string, began: number, steps: number, call: string): Sight {
    const seconds = (process.cpuUsage().user - began) / 1e6;
    const action = call.replace(/\(.*/, '');
    return { scope, states: this.statesOf(scope), seconds, steps, action };
  }

  private nameOf(scope: string): string {
    return moduleName(this.specification, scope);
  }

  private initOf(scope: string): string {
    return this.specification.scopes[scope]!;
  }

  /** Of the scope, without bug or mutant. */
  private statesOf(scope: string): number {
    return readGraphFigures(SPEC_FOLDER)[this.nameOf(scope)]?.states ?? Number.POSITIVE_INFINITY;
  }
}

/** How many steps lead to each state. */
function stepsIn({ initial, edges }: SpecGraph): ReadonlyMap<string, number> {
  const steps = new Map(initial.map((text) => [text, 0]));
  for (const [text, count] of steps) {
    for (const { to } of edges.get(text) ?? []) {
      if (!steps.has(to)) {
        steps.set(to, count + 1);
      }
    }
  }
  return steps;
}

function endsOf(edges: readonly Edge[]): ReadonlyMap<string, string> {
  return new Map(edges.map(({ call, to, outputs }) => [call, `${to}\n${outputs}`]));
}

function failureOf(error: unknown): string {
  if (error instanceof QuintFailure) {
    return FAILS;
  }
  throw error;
}
