/**
 * Virtual time and everything that is shared between simulated nodes: the queue of coming events,
 * the seed's random streams, and the running hash of a run, by which two runs are compared.
 */

import { RandomStream } from './random.js';

interface Scheduled {
  readonly time: number;
  readonly sequence: number;
  readonly what: string;
  /** Which of those of the same name: a connection, a timer. */
  readonly which: number;
  readonly run: () => void;
}

/** Events between two entries of `hashes`. */
export const HASH_INTERVAL = 4096;
const MAXIMUM_NAMES = 1000;

export class World {
  /** Virtual microseconds since the start. */
  now = 0;
  events = 0;
  readonly seed: number;
  private readonly heap: Scheduled[] = [];
  private readonly streams = new Map<string, RandomStream>();
  private readonly names = new Map<string, number>();
  private sequence = 0;
  private halted = false;
  /** The hash after every `HASH_INTERVAL` events: where two runs begin to differ. */
  readonly hashes: string[] = [];
  // Both stay in 32 bits with a sign: numbers that need no memory of their own.
  private hashLow = 0x811c9dc5 | 0;
  private hashHigh = 0x01000193;
  /** Called with each event before it runs, for traces and for finding the first difference. */
  observer: ((time: number, what: string) => void) | null = null;

  constructor(seed: number) {
    this.seed = seed;
  }

  stream(concern: string): RandomStream {
    let stream = this.streams.get(concern);
    if (stream === undefined) {
      stream = new RandomStream(this.seed, concern);
      this.streams.set(concern, stream);
    }
    return stream;
  }

  /**
   * Runs `run` at `now + after` (microseconds), after everything scheduled earlier for that time. `what`
   * names it in traces; a name that is the same string every time, with the rest in `which`, is cheap.
   */
  schedule(after: number, what: string, run: () => void, which = 0): void {
    const time = this.now + Math.max(0, Math.floor(after));
    push(this.heap, { time, sequence: this.sequence++, what, which, run });
  }

  /** Runs the next event; false if there is none. */
  step(): boolean {
    const next = this.halted ? undefined : pop(this.heap);
    if (next === undefined) {
      return false;
    }
    this.now = next.time;
    this.events++;
    if (this.events % HASH_INTERVAL === 0) {
      this.mixDraws();
      this.hashes.push(this.hash());
    }
    this.mixNumber(next.time);
    this.mixName(next.what);
    this.mixWord(next.which);
    if (this.observer !== null) {
      this.observer(next.time, next.which === 0 ? next.what : `${next.what} ${next.which}`);
    }
    next.run();
    return true;
  }

  /** Nothing runs any more: `step`, `runUntil` and `runUntilTrue` return at once. */
  halt(): void {
    this.halted = true;
  }

  get isHalted(): boolean {
    return this.halted;
  }

  /** Runs until virtual time `time` (microseconds). */
  runUntil(time: number): void {
    while (!this.halted && this.heap.length > 0 && this.heap[0]!.time <= time) {
      this.step();
    }
    if (!this.halted) {
      this.now = Math.max(this.now, time);
    }
  }

  /** Runs until `condition` holds after some event; false if time `limit` came first. */
  runUntilTrue(condition: () => boolean, limit: number): boolean {
    while (!condition()) {
      if (this.halted || this.heap.length === 0 || this.heap[0]!.time > limit) {
        return false;
      }
      this.step();
    }
    return true;
  }

  mixNumber(value: number): void {
    this.mixWord(value | 0);
    this.mixWord((value / 4294967296) | 0);
  }

  mixText(text: string): void {
    for (let i = 0; i < text.length; i++) {
      this.mixWord(text.charCodeAt(i));
    }
  }

  /** As `mixWord` with each four bytes and with what is left of them, then the length. */
  mixBytes(bytes: Uint8Array): void {
    const { length } = bytes;
    const whole = length & ~3;
    let low = this.hashLow;
    let high = this.hashHigh;
    for (let at = 0; at < length; ) {
      let word = bytes[at]!;
      if (at < whole) {
        word |= (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
        at += 4;
      } else {
        at++;
      }
      low = Math.imul(low ^ word, 0x01000193);
      high = (Math.imul(((high << 5) | (high >>> 27)) ^ word, 0x85ebca6b) + low) | 0;
    }
    this.hashLow = low;
    this.hashHigh = high;
    this.mixWord(length);
  }

  /** Also of draws that nothing came of yet. */
  private mixDraws(): void {
    for (const stream of this.streams.values()) {
      this.mixWord(stream.position);
    }
  }

  /** 64 bits of everything that happened so far. */
  hash(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
    return hex(this.hashHigh) + hex(this.hashLow);
  }

  /** A text that comes again and again is read once. */
  private mixName(text: string): void {
    let word = this.names.get(text);
    if (word === undefined) {
      word = 0x811c9dc5;
      for (let i = 0; i < text.length; i++) {
        word = Math.imul(word ^ text.charCodeAt(i), 0x01000193);
      }
      if (this.names.size < MAXIMUM_NAMES) {
        this.names.set(text, word);
      }
    }
    this.mixWord(word);
  }

  private mixWord(word: number): void {
    this.hashLow = Math.imul(this.hashLow ^ word, 0x01000193);
    const turned = (this.hashHigh << 5) | (this.hashHigh >>> 27);
    this.hashHigh = (Math.imul(turned ^ word, 0x85ebca6b) + this.hashLow) | 0;
  }
}

function before(a: Scheduled, b: Scheduled): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}

function push(heap: Scheduled[], item: Scheduled): void {
  let at = heap.length;
  heap.push(item);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(item, heap[parent]!)) {
      break;
    }
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = item;
}

function pop(heap: Scheduled[]): Scheduled | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) {
    return top;
  }
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) {
      break;
    }
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) {
      child++;
    }
    if (!before(heap[child]!, last)) {
      break;
    }
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return top;
}
