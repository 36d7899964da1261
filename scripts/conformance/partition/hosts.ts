/**
 * Brokers, messages and steps by number: a replica's step is a function of its state and of the input, so the
 * machine is asked once for each pair.
 */

import { encodePartition } from '../../../src/core/partition/encoding.js';
import type { Host, Lives, Message } from './abstraction.js';
import { hostText, messageText } from './abstraction.js';
import type { HostStep } from './host-step.js';

export interface KnownHost {
  readonly number: number;
  readonly host: Host;
}

export interface KnownStep extends Omit<HostStep, 'host' | 'sent'> {
  readonly after: KnownHost;
  /** Numbers of messages. */
  readonly sent: readonly number[];
}

/** A text, and a number that is equal for equal texts. */
export interface Abstract {
  readonly number: number;
  readonly text: string;
}

/** Numbers of things by their keys, and texts of them by the broker epochs that there are. */
class Numbered<T> {
  readonly all: T[] = [];
  private readonly byKey = new Map<string, number>();
  private readonly texts = new Map<string, Abstract>();
  private readonly byText = new Map<string, number>();

  add(thing: T): T {
    this.all.push(thing);
    return thing;
  }

  numberOf(key: string, thing: T): number {
    let number = this.byKey.get(key);
    if (number === undefined) {
      number = this.all.length;
      this.all.push(thing);
      this.byKey.set(key, number);
    }
    return number;
  }

  abstract(number: number, lives: Lives, textOf: (thing: T) => string): Abstract {
    const name = `${number} ${lives.join()}`;
    let known = this.texts.get(name);
    if (known === undefined) {
      const text = textOf(this.all[number]!);
      const same = this.byText.get(text) ?? this.byText.size;
      this.byText.set(text, same);
      known = { number: same, text };
      this.texts.set(name, known);
    }
    return known;
  }
}

export class KnownHosts {
  private readonly hosts = new Numbered<KnownHost>();
  private readonly messages = new Numbered<Message>();
  private readonly steps = new Map<string, KnownStep>();
  private readonly replicas: readonly number[];
  private readonly remembers: boolean;

  /** `remembers`: hosts and steps; a walk comes to few of them twice. */
  constructor(replicas: readonly number[], remembers: boolean) {
    this.replicas = replicas;
    this.remembers = remembers;
  }

  /** The step of `before` at the input that `key` names and `make` makes. */
  step(before: KnownHost, key: string, make: (host: Host) => HostStep): KnownStep {
    const name = `${before.number} ${key}`;
    let step = this.steps.get(name);
    if (step === undefined) {
      const { host, sent, ...rest } = make(before.host);
      const numbers = sent.map((message) => this.messageOf(message));
      step = { ...rest, after: this.known(host), sent: numbers };
      if (this.remembers) {
        this.steps.set(name, step);
      }
    }
    return step;
  }

  known(host: Host): KnownHost {
    const known = { number: this.hosts.all.length, host };
    return this.remembers
      ? this.hosts.all[this.hosts.numberOf(keyOf(host), known)]!
      : this.hosts.add(known);
  }

  textOf({ number }: KnownHost, lives: Lives): Abstract {
    return this.hosts.abstract(number, lives, ({ host }) => hostText(host, this.replicas, lives));
  }

  messageOf(message: Message): number {
    return this.messages.numberOf(JSON.stringify(message, bigAsText), message);
  }

  message(number: number): Message {
    return this.messages.all[number]!;
  }

  messageText(number: number, lives: Lives): Abstract {
    return this.messages.abstract(number, lives, (message) => messageText(message, lives));
  }
}

/** Equal hosts, equal keys: everything that the next step of the code may depend on. */
function keyOf({ broker, applied }: Host): string {
  const { replica, ...rest } = broker;
  const state = Buffer.from(encodePartition(replica)).toString('latin1');
  return `${applied}\n${state}\n${JSON.stringify(rest, bigAsText)}`;
}

function bigAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
