/** Which specifications there are, in which scopes each is searched, and what is asked of it. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SearchPlan, StepProperty } from './search.js';

export const SPEC_FOLDER: string = resolve(import.meta.dirname, '../../spec');

export interface Specification {
  readonly name: string;
  /** The file with one module per scope, called `<name>_<scope>`. */
  readonly scopesFile: string;
  /** The file whose `step` names the actions. */
  readonly actionsFile: string;
  readonly propertiesFile: string;
  readonly witnessesFile: string;
  /** Scope -> the run that leads to where its search begins. */
  readonly scopes: Readonly<Record<string, string>>;
  /** The same of designs known to be broken: what falls in them, and when, is one of their figures. */
  readonly broken: Readonly<Record<string, string>>;
  /** Step property -> the only action of which it speaks, and the picks that it wants to know. */
  readonly actionOf: Readonly<Record<string, { action: string; picks: readonly string[] }>>;
  /** The folders of the code's properties with which it shares its names. */
  readonly sharesNamesWith: readonly string[];
}

const raft: Specification = {
  name: 'raft',
  scopesFile: 'raft_scopes.qnt',
  actionsFile: 'raft.qnt',
  propertiesFile: 'raft_properties.qnt',
  witnessesFile: 'raft_witnesses.qnt',
  scopes: {
    votes: 'init',
    votes_restart: 'init',
    votes_writes: 'init',
    pre_votes: 'init',
    pre_votes_three: 'init',
    pre_votes_lost: 'init',
    log: 'ledAhead',
    log_two: 'ledByTwo',
    log_writes: 'init',
    check_quorum: 'ledByThree',
    snapshots: 'init',
    snapshots_late: 'thirdBehind',
    reads: 'deposed',
    votes_terms: 'deposed',
    add_voter: 'ledByTwo',
    remove_leader: 'ledByTwo',
    transfer: 'ledByTwoAsked',
    log_restart: 'init',
    learner_restart: 'init',
    log_batches: 'ledByTwo',
    pre_votes_check_quorum: 'ledByTwoAsked',
    snapshots_log: 'thirdBehind',
    add_voter_log: 'ledByTwo',
    reads_lost: 'deposed',
    transfer_log: 'ledByTwo',
    change_pre_votes: 'ledByTwoAsked',
    learner_check_quorum: 'init',
    change_transfer: 'ledByTwo',
    votes_writes_three: 'standsLate',
    reads_early: 'ledAhead',
    pre_votes_old: 'init',
    snapshots_deposed: 'deposed',
    snapshots_answers: 'ledByTwo',
  },
  actionOf: {
    PreVoteChangesNothing: { action: 'handlePreVoteRequest', picks: [] },
    LeaderNotDisturbed: { action: 'handleVoteRequest', picks: [] },
    LeaderKeepsQuorum: { action: 'checkQuorumDue', picks: ['id'] },
  },
  broken: {},
  sharesNamesWith: ['src/core/properties/raft'],
};

const producer: Specification = {
  name: 'producer',
  scopesFile: 'producer_scopes.qnt',
  actionsFile: 'producer.qnt',
  propertiesFile: 'producer_properties.qnt',
  witnessesFile: 'producer_witnesses.qnt',
  scopes: {
    retries: 'init',
    window: 'init',
    wrap: 'init',
    election: 'init',
    restart: 'init',
    fencing: 'init',
    bump: 'init',
    gap: 'init',
    expiry: 'init',
    overtaking: 'init',
    overtaking_lives: 'init',
    election_restart: 'init',
    fencing_election: 'init',
    fencing_restart: 'init',
    bump_election: 'init',
    window_restart: 'init',
    wrap_election: 'init',
    expiry_lives: 'init',
  },
  broken: {},
  actionOf: {},
  sharesNamesWith: ['src/core/properties/partition'],
};

const partition: Specification = {
  name: 'partition',
  scopesFile: 'partition_scopes.qnt',
  actionsFile: 'partition.qnt',
  propertiesFile: 'partition_properties.qnt',
  witnessesFile: 'partition_witnesses.qnt',
  scopes: {
    isr: 'init',
    election: 'init',
    elr: 'init',
    divergence: 'parted',
    divergence_twice: 'partedTwice',
    loss: 'init',
    eligible: 'onlyEligible',
    restart: 'init',
    last_known: 'alone',
    unclean: 'init',
    unclean_allowed: 'init',
    incarnations: 'shrunk',
    preferred: 'init',
    merges: 'init',
    leads_on: 'init',
    in_sync_apart: 'overtaken',
    fenced_change: 'init',
    refused_change: 'withoutThird',
    three: 'committedByThree',
    late_metadata: 'deposedTwice',
    late_answers: 'deposedTwice',
    two_followers: 'init',
  },
  broken: {
    to_high_watermark: 'committedByThree',
    kip101: 'parted',
    kip320_first_try: 'deposedTwice',
  },
  actionOf: {
    MinIsrOnAppend: { action: 'handleProduce', picks: ['id', 'acks'] },
  },
  sharesNamesWith: ['src/core/properties/partition', 'src/core/properties/metadata'],
};

export const specifications: readonly Specification[] = [raft, producer, partition];

/** Every scope and the run that leads to where its search begins, those of broken designs too. */
export function allScopes(specification: Specification): Readonly<Record<string, string>> {
  return { ...specification.scopes, ...specification.broken };
}

/** Names of what must hold of states and of steps, of witnesses, and of what is false on purpose. */
export interface SpecificationNames {
  readonly states: readonly string[];
  readonly steps: readonly string[];
  readonly witnesses: readonly string[];
  readonly falseOnPurpose: readonly string[];
  readonly actions: readonly string[];
}

/** Reads the names out of the files in `folder`: what begins with a capital is asked of every scope. */
export function namesOf(specification: Specification, folder: string): SpecificationNames {
  const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const names = (source: string, parameters: string): string[] =>
    [...source.matchAll(new RegExp(`pure def ([A-Z]\\w+)\\(${parameters}`, 'g'))].map(
      ([, name]) => name!,
    );
  const properties = text(specification.propertiesFile);
  const [witnesses, falseOnPurpose] = text(specification.witnessesFile).split(
    '// --- False on purpose',
  );
  const source = text(specification.actionsFile);
  const step = 'action step = any {';
  const called = source.slice(source.indexOf(step) + step.length);
  const actions = [...source.matchAll(/^ {2}action (\w+)\b/gm)].map(([, name]) => name!);
  return {
    states: names(properties, 'w: World'),
    steps: names(properties, 'before: World, after: World'),
    witnesses: names(witnesses!, 'w: World'),
    falseOnPurpose: names(falseOnPurpose!, 'w: World'),
    actions: actions.filter((name) => new RegExp(`^[ {].*\\b${name}\\b`, 'm').test(called)).sort(),
  };
}

/** What is asked of a scope of `specification`. */
export function planFor(
  specification: Specification,
  names: SpecificationNames,
  init: string,
  limit: number,
): SearchPlan {
  const stepProperty = (name: string): StepProperty => {
    const of = specification.actionOf[name];
    const picks = (of?.picks ?? []).map((pick) => `, $${pick}`).join('');
    const text = `${name}(before, after${picks})`;
    return of === undefined ? { text } : { text, action: of.action };
  };
  return {
    init,
    invariants: names.states.map((name) => `${name}(world)`),
    stepProperties: names.steps.map(stepProperty),
    stepScope: 'val before = world val after = next(world)',
    witnesses: [
      ...names.witnesses.map((name) => `${name}(world)`),
      ...names.falseOnPurpose.map((name) => `not(${name}(world))`),
    ],
    limit,
    ghosts: ['ghost'],
  };
}
