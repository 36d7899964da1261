/** What holds each property up, and what finds each bug: gathered from the code, the pages and the figures. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { allBugs } from '../../src/bugs/registry.js';
import { ANOMALY_NAMES } from '../../src/checker/result.js';
import { exploredMachines } from '../../src/cli/explore-machines.js';
import { compactionProperties } from '../../src/core/properties/compaction/all.js';
import { groupsProperties } from '../../src/core/properties/coordinator/all.js';
import { metadataProperties } from '../../src/core/properties/metadata/all.js';
import { partitionProperties } from '../../src/core/properties/partition/all.js';
import { raftProperties } from '../../src/core/properties/raft/judge.js';
import { type AllFigures, moduleName, readFigures } from '../spec/figures.js';
import { namesOf, SPEC_FOLDER, specifications } from '../spec/plans.js';
import { exploredBugs, type Found, simulatedBugs } from './pages.js';

const ROOT = resolve(import.meta.dirname, '../..');

export interface PropertyFacts {
  readonly name: string;
  /** Section, KIP or ticket; null: of a whole run, docs/simulator.md says what it is. */
  readonly source: string | null;
  /** Specifications that state it under its name. */
  readonly specifications: readonly string[];
  /** Machines of the explorer that ask it. */
  readonly machines: readonly string[];
  /** A test shows a step that breaks it. */
  readonly hasGuiltyCase: boolean;
  /** Bugs of the zoo that it was the first to fall for, by the layer that saw it. */
  readonly seen: readonly Seen[];
  /** Bugs that are said to break it, where another property was the first to fall. */
  readonly said: readonly string[];
}

export interface Seen {
  readonly bug: string;
  readonly by: 'simulator' | 'explorer';
}

export interface ModuleFacts {
  readonly title: string;
  readonly properties: readonly PropertyFacts[];
}

export interface BugFacts {
  readonly name: string;
  /** Whose rule it replaces. */
  readonly replaces: string;
  readonly simulator: Found | null;
  /** Of the smallest search that shows it; undefined: it replaces no rule of an explored machine. */
  readonly explorer: Found | null | undefined;
}

export interface SpecificationFacts {
  readonly name: string;
  readonly scopes: number;
  readonly states: number;
  readonly transitions: number;
}

export interface Assurance {
  readonly modules: readonly ModuleFacts[];
  readonly wholeRuns: readonly PropertyFacts[];
  readonly anomalies: readonly PropertyFacts[];
  readonly bugs: readonly BugFacts[];
  readonly specifications: readonly SpecificationFacts[];
}

interface Named {
  readonly name: string;
  readonly source: string;
}

const MODULES: readonly { title: string; folder: string; properties: readonly Named[] }[] = [
  { title: 'Raft', folder: 'raft', properties: raftProperties },
  { title: 'Partition and producers', folder: 'partition', properties: partitionProperties },
  { title: 'Controller', folder: 'metadata', properties: metadataProperties },
  { title: 'Group coordinator', folder: 'coordinator', properties: groupsProperties },
  { title: 'Compaction', folder: 'compaction', properties: compactionProperties },
];

const page = (name: string): string => readFileSync(join(ROOT, 'docs', name), 'utf8');

export function gather(): Assurance {
  const simulated = simulatedBugs(page('bugs.md'));
  const explored = exploredBugs(page('explorer.md'));
  const stated = new Map(
    specifications.map((each) => {
      const { states, steps } = namesOf(each, SPEC_FOLDER);
      return [each.name, new Set([...states, ...steps])] as const;
    }),
  );
  const seenBy = (name: string): Seen[] => [
    ...seenIn(simulated, name).map((bug): Seen => ({ bug, by: 'simulator' })),
    ...seenIn(explored, name).map((bug): Seen => ({ bug, by: 'explorer' })),
  ];
  const factsOf = (name: string, source: string | null, tests: string): PropertyFacts => {
    const seen = seenBy(name);
    return {
      name,
      source,
      specifications: [...stated].flatMap(([each, names]) => (names.has(name) ? [each] : [])),
      machines: exploredMachines
        .filter(({ properties }) => properties.includes(name))
        .map((machine) => machine.name),
      hasGuiltyCase: new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(tests),
      seen,
      said: allBugs
        .filter(({ violates }) => violates.includes(name))
        .map((bug) => bug.name)
        .filter((bug) => !seen.some((each) => each.bug === bug)),
    };
  };
  const modules = MODULES.map(({ title, folder, properties }) => {
    const tests = testsIn(join(ROOT, 'src/core/properties', folder));
    return { title, properties: properties.map((each) => factsOf(each.name, each.source, tests)) };
  });
  const known = new Set(modules.flatMap(({ properties }) => properties.map(({ name }) => name)));
  const ofRuns = namesOfRuns().filter((name) => !known.has(name));
  const simulatorTests = testsIn(join(ROOT, 'src/simulator'));
  const planted = filesUnder(join(ROOT, 'model-tests'), (file) => file.startsWith('checker'));
  const checkerTests = [testsIn(join(ROOT, 'src/checker')), ...planted].join('\n');
  return {
    modules,
    wholeRuns: ofRuns.map((name) => factsOf(name, null, simulatorTests)),
    anomalies: ANOMALY_NAMES.map((name) => factsOf(name, null, checkerTests)),
    bugs: allBugs.map((bug): BugFacts => {
      const { name } = bug;
      const isExplored = exploredMachines.some(({ bugs }) => bugs.includes(bug));
      return {
        name,
        replaces: replacedBy(bug),
        simulator: simulated.get(name) ?? null,
        explorer: isExplored ? (explored.get(name) ?? null) : undefined,
      };
    }),
    specifications: specificationFacts(readFigures(SPEC_FOLDER)),
  };
}

function seenIn(found: ReadonlyMap<string, Found>, property: string): string[] {
  return [...found].flatMap(([bug, each]) => (each.property === property ? [bug] : []));
}

function specificationFacts(figures: AllFigures): SpecificationFacts[] {
  return specifications.map((each) => {
    const scopes = Object.keys(each.scopes).map((scope) => figures[moduleName(each, scope)]!);
    const sum = (of: 'states' | 'transitions'): number =>
      scopes.reduce((total, scope) => total + scope[of], 0);
    const { name } = each;
    return { name, scopes: scopes.length, states: sum('states'), transitions: sum('transitions') };
  });
}

function replacedBy(bug: (typeof allBugs)[number]): string {
  const machines = ['raft', 'controller', 'partition', 'log', 'groups'] as const;
  return machines.filter((machine) => bug[machine] !== undefined).join(', ');
}

/** Whole runs are judged where the simulator says `violated('Name', ...)`. */
function namesOfRuns(): string[] {
  const sources = filesUnder(join(ROOT, 'src/simulator'), (file) => !file.endsWith('.test.ts'));
  const named = sources.flatMap((source) =>
    [...source.matchAll(/violated\(\s*'([A-Z]\w+)'/g)].map(([, name]) => name!),
  );
  return [...new Set(named)].sort();
}

function testsIn(folder: string): string {
  return filesUnder(folder, (file) => file.endsWith('.test.ts')).join('\n');
}

function filesUnder(folder: string, wanted: (file: string) => boolean): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && wanted(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
}
