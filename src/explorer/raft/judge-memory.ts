/**
 * What the judge says, remembered: by step and by what it remembered before. Where it looked at other nodes'
 * logs or disks, by those too; whether it does is decided by the step and the ghost alone.
 */

import { newRaftGhost, type RaftGhost } from '../../core/properties/raft/ghost.js';
import type { RaftProperty } from '../../core/properties/raft/property.js';
import { assert } from '../../core/types/assert.js';
import { PairTable } from '../pair-table.js';
import type { PartWriter, Renaming } from '../part-writer.js';
import { Parts } from '../parts.js';
import type { Violation } from '../world.js';
import { writeGhost } from './ghost-codec.js';
import { type Judged, judge } from './judging.js';
import type { MachineMemory, Step } from './machine-memory.js';
import type { ExploredNode } from './node.js';
import type { Played } from './play.js';

export interface Verdict {
  readonly violation: Violation | null;
  readonly ghost: number;
}

/** Terms are numbered below this. */
const TERMS = 16;
const LOOKS_AROUND = 0;

export class JudgeMemory {
  readonly ghosts: Parts<RaftGhost>;
  /** The ghost of a world in which nothing has happened. */
  readonly nothing: number;
  private readonly machines: MachineMemory;
  private readonly properties: readonly RaftProperty[];
  private readonly verdicts: (Verdict | null)[] = [null];
  private readonly known = new PairTable();
  private readonly knownAround = new Map<string, Verdict>();
  /** false: everything is judged anew, to see that remembering changes nothing. */
  private readonly remembers: boolean;

  constructor(
    machines: MachineMemory,
    properties: readonly RaftProperty[],
    renamings: readonly Renaming[],
    writer: PartWriter,
    remembers: boolean,
  ) {
    this.machines = machines;
    this.properties = properties;
    this.remembers = remembers;
    this.ghosts = new Parts(writer, renamings, 0x6c8e9cf5, writeGhost);
    this.nothing = this.ghosts.numberOf(newRaftGhost());
  }

  /** Of the step at input `code` that the node at `place` takes; `floor`: the lowest term on a disk after it. */
  verdict(
    nodes: readonly number[],
    place: number,
    step: Step,
    code: number,
    ghost: number,
    floor: number,
  ): Verdict {
    const context = ghost * TERMS + floor;
    const known = this.remembers ? this.known.get(step.number, context) : -1;
    if (known > LOOKS_AROUND) {
      return this.verdicts[known]!;
    }
    if (known < 0) {
      const judged = this.judge(nodes, place, code, ghost, floor);
      const verdict = this.verdictOf(judged);
      if (judged.looksAround) {
        this.known.set(step.number, context, LOOKS_AROUND);
        this.knownAround.set(this.around(nodes, place, step, context), verdict);
      } else {
        this.known.set(step.number, context, this.verdicts.length);
        this.verdicts.push(verdict);
      }
      return verdict;
    }
    const key = this.around(nodes, place, step, context);
    let verdict = this.knownAround.get(key);
    if (verdict === undefined) {
      verdict = this.verdictOf(this.judge(nodes, place, code, ghost, floor));
      this.knownAround.set(key, verdict);
    }
    return verdict;
  }

  /** What is remembered once the node at `place` has started: nothing else has happened yet. */
  begin(nodes: readonly ExploredNode[], place: number, played: Played, ghost: number): number {
    const { properties } = this;
    const known = this.ghosts.all[ghost]!;
    const judged = judge({ nodes, place, played, ghost: known, floor: 0, properties });
    assert(judged.violation === null, `nothing has happened, and ${judged.violation?.property}`);
    return this.ghosts.numberOf(judged.ghost);
  }

  private judge(
    nodes: readonly number[],
    place: number,
    code: number,
    ghost: number,
    floor: number,
  ): Judged {
    const { machines, properties } = this;
    const states: ExploredNode[] = nodes.map((each) => machines.nodes.all[each]!);
    const played = machines.play(nodes[place]!, code);
    return judge({
      nodes: states,
      place,
      played,
      ghost: this.ghosts.all[ghost]!,
      floor,
      properties,
    });
  }

  private verdictOf({ violation, ghost }: Judged): Verdict {
    return { violation, ghost: this.ghosts.numberOf(ghost) };
  }

  private around(nodes: readonly number[], place: number, step: Step, context: number): string {
    const { facts } = this.machines;
    let key = `${step.number}.${context}`;
    for (let i = 0; i < nodes.length; i++) {
      if (i !== place) {
        key += `.${facts[nodes[i]!]!.view}`;
      }
    }
    return key;
  }
}
