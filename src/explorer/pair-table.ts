/** Numbers by pairs of numbers, none of them negative: what is looked up at every step of a search. */

const FULLEST = 0.6;

export class PairTable {
  size = 0;
  /** Three words a place: the pair and its number plus one, 0 where it is free. */
  private words: Int32Array = new Int32Array(3 << 12);
  private mask = (1 << 12) - 1;

  /** -1: there is none. */
  get(a: number, b: number): number {
    return this.words[this.find(a, b) + 2]! - 1;
  }

  set(a: number, b: number, value: number): void {
    const at = this.find(a, b);
    const isNew = this.words[at + 2] === 0;
    this.words[at] = a;
    this.words[at + 1] = b;
    this.words[at + 2] = value + 1;
    if (isNew && ++this.size > (this.mask + 1) * FULLEST) {
      this.grow();
    }
  }

  /** Where the pair is, or where it would be. */
  private find(a: number, b: number): number {
    const { words, mask } = this;
    let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let place = (hash ^ (hash >>> 13)) & mask;
    for (;;) {
      const at = 3 * place;
      if (words[at + 2] === 0 || (words[at] === a && words[at + 1] === b)) {
        return at;
      }
      place = (place + 1) & mask;
    }
  }

  private grow(): void {
    const before = this.words;
    this.mask = this.mask * 2 + 1;
    this.words = new Int32Array(3 * (this.mask + 1));
    for (let i = 0; i < before.length; i += 3) {
      if (before[i + 2] !== 0) {
        this.words.set(before.subarray(i, i + 3), this.find(before[i]!, before[i + 1]!));
      }
    }
  }
}
