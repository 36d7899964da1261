/**
 * Nodes, messages and steps by number: a node's step is a function of its state and of the input, and there are few
 * of them in many worlds, so the machine is asked once for each pair.
 */

import type { Packet } from '../../../src/explorer/raft/message-codec.js';
import type { ExploredNode } from '../../../src/explorer/raft/node.js';
import { diskText, logEntries, nodeText, packetText } from './abstraction.js';
import type { NodeStep } from './node-step.js';
import { nodeKey, packetKey } from './node-step.js';
import type { SpecScope } from './scope.js';

/** A node, and what it is in the specification: told once, when somebody asks. */
export class KnownNode {
  readonly number: number;
  readonly node: ExploredNode;
  private readonly known: KnownNodes;
  private ownText: string | null = null;
  private ownLog: readonly string[] | null = null;
  private ownAbstract: number | null = null;

  constructor(number: number, node: ExploredNode, known: KnownNodes) {
    this.number = number;
    this.node = node;
    this.known = known;
  }

  get text(): string {
    this.ownText ??= nodeText(this.node, this.known.scope);
    return this.ownText;
  }

  get diskText(): string {
    return diskText(this.node.disk);
  }

  /** Entries from the first one on, those of the snapshot too. */
  get log(): readonly string[] {
    this.ownLog ??= logEntries(this.node.raft);
    return this.ownLog;
  }

  /** Equal for nodes that are one in the specification. */
  get abstract(): number {
    this.ownAbstract ??= this.known.numberOf(`${this.text}\n${this.diskText}`);
    return this.ownAbstract;
  }
}

export interface KnownPacket {
  readonly number: number;
  /** Equal for messages that are one in the specification. */
  readonly abstract: number;
  readonly packet: Packet;
  readonly text: string;
}

export interface KnownStep extends Omit<NodeStep, 'node' | 'sent'> {
  readonly after: KnownNode;
  /** Numbers of packets; without those that the specification does not have. */
  readonly sent: readonly number[];
}

export class KnownNodes {
  readonly packets: KnownPacket[] = [];
  readonly scope: SpecScope;
  /** Messages of the log that were sent and found to be allowed, each once per node and input. */
  pushed: number = 0;
  private readonly nodesByKey = new Map<string, KnownNode>();
  private readonly packetsByKey = new Map<string, KnownPacket>();
  private readonly texts = new Map<string, number>();
  private readonly steps = new Map<string, KnownStep>();
  private readonly remembers: boolean;
  private nodes = 0;

  /** `remembers`: nodes and steps; a walk comes to few of them twice. */
  constructor(scope: SpecScope, remembers: boolean) {
    this.scope = scope;
    this.remembers = remembers;
  }

  /** The step of `node` at the input that `key` names and `make` makes. */
  step(node: KnownNode, key: string, make: (node: ExploredNode) => NodeStep): KnownStep {
    const name = `${node.number} ${key}`;
    let step = this.steps.get(name);
    if (step === undefined) {
      step = this.known(make(node.node));
      this.pushed += step.pushed;
      if (this.remembers) {
        this.steps.set(name, step);
      }
    }
    return step;
  }

  known({ node, sent, ...rest }: NodeStep): KnownStep {
    const numbers = sent.flatMap((packet) => {
      const text = packetText(packet);
      return text === null ? [] : [this.packetOf(packet, text).number];
    });
    return { ...rest, after: this.nodeOf(node), sent: numbers };
  }

  packetOf(packet: Packet, text: string = packetText(packet)!): KnownPacket {
    const key = packetKey(packet);
    let known = this.packetsByKey.get(key);
    if (known === undefined) {
      known = { number: this.packets.length, abstract: this.numberOf(text), packet, text };
      this.packets.push(known);
      this.packetsByKey.set(key, known);
    }
    return known;
  }

  private nodeOf(node: ExploredNode): KnownNode {
    if (!this.remembers) {
      return new KnownNode(this.nodes++, node, this);
    }
    const key = nodeKey(node);
    let known = this.nodesByKey.get(key);
    if (known === undefined) {
      known = new KnownNode(this.nodes++, node, this);
      this.nodesByKey.set(key, known);
    }
    return known;
  }

  /** Equal for equal texts. */
  numberOf(text: string): number {
    const number = this.texts.get(text) ?? this.texts.size;
    this.texts.set(text, number);
    return number;
  }
}
