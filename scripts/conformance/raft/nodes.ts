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

/** A node, and what it is in the specification. */
export interface KnownNode {
  readonly number: number;
  /** Equal for nodes that are one in the specification. */
  readonly abstract: number;
  readonly node: ExploredNode;
  readonly text: string;
  readonly diskText: string;
  /** Entries from the first one on, those of the snapshot too. */
  readonly log: readonly string[];
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
  readonly nodes: KnownNode[] = [];
  /** Messages of the log that were sent and found to be allowed, each once per node and input. */
  pushed: number = 0;
  private readonly nodesByKey = new Map<string, KnownNode>();
  private readonly packetsByKey = new Map<string, KnownPacket>();
  private readonly texts = new Map<string, number>();
  private readonly steps = new Map<string, KnownStep>();
  private readonly scope: SpecScope;

  constructor(scope: SpecScope) {
    this.scope = scope;
  }

  /** The step of `node` at the input that `key` names and `make` makes. */
  step(node: KnownNode, key: string, make: (node: ExploredNode) => NodeStep): KnownStep {
    const name = `${node.number} ${key}`;
    let step = this.steps.get(name);
    if (step === undefined) {
      step = this.known(make(node.node));
      this.pushed += step.pushed;
      this.steps.set(name, step);
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
    const key = nodeKey(node);
    let known = this.nodesByKey.get(key);
    if (known === undefined) {
      const text = nodeText(node, this.scope);
      const disk = diskText(node.disk);
      known = {
        number: this.nodes.length,
        abstract: this.numberOf(`${text}\n${disk}`),
        node,
        text,
        diskText: disk,
        log: logEntries(node.raft),
      };
      this.nodes.push(known);
      this.nodesByKey.set(key, known);
    }
    return known;
  }

  private numberOf(text: string): number {
    const number = this.texts.get(text) ?? this.texts.size;
    this.texts.set(text, number);
    return number;
  }
}
