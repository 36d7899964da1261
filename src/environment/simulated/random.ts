/**
 * Seeded random numbers: xoshiro128** (Blackman, Vigna 2018), 32-bit integers only, so that every
 * engine draws the same. One stream per concern: a new draw in one does not disturb the others.
 */
export class RandomStream {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  /** The stream `concern` of `seed`. */
  constructor(seed: number, concern: string) {
    // splitmix32 over seed and name fills the state; it is never all zero.
    let x = seed | 0;
    for (let i = 0; i < concern.length; i++) {
      x = Math.imul(x ^ concern.charCodeAt(i), 0x01000193);
    }
    const next = (): number => {
      x = (x + 0x9e3779b9) | 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) | 0;
    };
    this.a = next();
    this.b = next();
    this.c = next();
    this.d = next() | 1;
  }

  /** Differs after every draw: two runs that drew differently are told apart by it. */
  get position(): number {
    return this.a ^ Math.imul(this.c, 0x85ebca6b);
  }

  /** Uniform in [0, 2^32). */
  next(): number {
    const r = Math.imul(rotateLeft(Math.imul(this.b, 5), 7), 9);
    const t = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= t;
    this.d = rotateLeft(this.d, 11);
    return r >>> 0;
  }

  /** Uniform integer in [0, bound), bound at most 2^32. */
  below(bound: number): number {
    const range = Math.floor(bound);
    if (range <= 1) {
      return 0;
    }
    // Rejection keeps it uniform.
    const limit = 4294967296 - (4294967296 % range);
    let draw = this.next();
    while (draw >= limit) {
      draw = this.next();
    }
    return draw % range;
  }

  /** True with probability `numerator` / `denominator`. */
  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

function rotateLeft(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}
