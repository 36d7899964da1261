/**
 * What nodes do, remembered. A node's step is a function of its state and of the input, and there are few
 * nodes and inputs, but millions of worlds made of them: so the machine is asked once for each pair, and
 * everywhere else its answer is looked up.
 */

import { cloneRaft } from '../../core/raft/state.js';
import type { Voter } from '../../core/raft/types.js';
import { PairTable } from '../pair-table.js';
import type { PartWriter, Renaming } from '../part-writer.js';
import { Parts } from '../parts.js';
import {
  type Packet,
  writeConfiguration,
  writeEntry,
  writeHardState,
  writePacket,
  writeSnapshot,
} from './message-codec.js';
import { type ExploredNode, partsOf, renumbered } from './node.js';
import { writeNode } from './node-codec.js';
import { type Played, play, type Setting } from './play.js';
import { generationOf, writeVoter } from './voters.js';
import { reachedBy, type Witness } from './witnesses.js';

/** What a search needs to know of a node without opening it. */
export interface NodeFacts {
  readonly id: number;
  readonly generation: number;
  readonly role: ExploredNode['raft']['role'];
  readonly term: number;
  readonly timers: number;
  readonly writes: number;
  /** Of all its writes under way. */
  readonly parts: number;
  readonly waiting: number;
  readonly diskTerm: number;
  readonly canCompact: boolean;
  /** 0: it knows of none. */
  readonly leader: number;
  readonly voters: readonly Voter[];
  /** Number of what properties of other nodes' steps read of it: its log and its disk. */
  readonly view: number;
}

/** A step of a node: the numbers of what comes out of it. */
export interface Step {
  readonly number: number;
  readonly node: number;
  readonly sent: readonly number[];
  readonly reached: number;
  readonly assertion: string | null;
}

export class MachineMemory {
  readonly nodes: Parts<ExploredNode>;
  readonly packets: Parts<Packet>;
  readonly facts: NodeFacts[] = [];
  private readonly views: Parts<ExploredNode>;
  private readonly steps: Step[] = [];
  private readonly known = new PairTable();
  private readonly setting: Setting;
  private readonly witnesses: readonly Witness[];
  /** false: the machine is asked each time, to see that remembering changes nothing. */
  private readonly remembers: boolean;

  constructor(
    setting: Setting,
    witnesses: readonly Witness[],
    renamings: readonly Renaming[],
    writer: PartWriter,
    remembers: boolean,
  ) {
    this.setting = setting;
    this.witnesses = witnesses;
    this.remembers = remembers;
    this.nodes = new Parts(writer, renamings, 0x1b873593, writeNode);
    this.packets = new Parts(writer, renamings, 0x2545f491, writePacket);
    this.views = new Parts(writer, renamings, 0, writeView);
  }

  /** The step that node `node` takes at input `code`. */
  step(node: number, code: number): Step {
    const known = this.known.get(node, code);
    if (known >= 0 && this.remembers) {
      return this.steps[known]!;
    }
    const { node: after, transitions, sent, assertion } = this.play(node, code);
    const step = {
      number: this.steps.length,
      node: assertion === null ? this.numberOf(after) : node,
      sent: sent.map((packet) => this.packets.numberOf(packet)),
      reached: reachedBy(this.witnesses, transitions),
      assertion,
    };
    this.steps.push(step);
    this.known.set(node, code, step.number);
    return step;
  }

  /** The same once more, with all that the judge wants to see. */
  play(node: number, code: number): Played {
    return play(this.nodes.all[node]!, code, this.packets.all, this.setting);
  }

  /** The number of a node as a step left it. */
  numberOf(after: ExploredNode): number {
    const node = renumbered({ ...after, raft: cloneRaft(after.raft) });
    const number = this.nodes.numberOf(node);
    if (number === this.facts.length) {
      this.facts.push(this.factsOf(node));
    }
    return number;
  }

  private factsOf(node: ExploredNode): NodeFacts {
    const { raft, disk, writes, timers } = node;
    return {
      id: raft.self.id,
      generation: generationOf(raft.self.directoryId),
      role: raft.role,
      term: raft.term,
      timers,
      writes: writes.length,
      parts: writes.reduce((sum, write) => sum + partsOf(write), 0),
      waiting: raft.waiting.length,
      diskTerm: disk.hardState.term,
      canCompact: raft.commitIndex > raft.snapshot.index,
      leader: raft.leader ?? 0,
      voters: raft.configuration.voters,
      view: this.views.numberOf(node),
    };
  }
}

function writeView(writer: PartWriter, { raft, disk }: ExploredNode): void {
  writeVoter(writer, raft.self);
  writer.list(raft.entries, (entry) => writeEntry(writer, entry));
  writeSnapshot(writer, raft.snapshot);
  writeConfiguration(writer, raft.configuration);
  writeHardState(writer, disk.hardState);
  writeSnapshot(writer, disk.snapshot);
  writer.list(disk.entries, (entry) => writeEntry(writer, entry));
}
