/**
 * Fingerprints of 64 bits in two lanes of 32, which share nothing but the bytes. Two states with one
 * fingerprint would be taken for one: at ten million states that happens with a probability of about
 * 3 in a million (n²/2^65). Another seed gives other fingerprints, so a second run finds out.
 */

/** Two lanes; the second one is never 0, which marks a free place in a table. */
export type Fingerprint = Int32Array;

export function newFingerprint(): Fingerprint {
  return new Int32Array(2);
}

/** 16 hexadecimal digits, the first lane before the second. */
export function hexadecimal(lanes: Fingerprint): string {
  return [...lanes].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}

/** The fingerprint of `bytes` from `from` to `to`, not included. */
export function hashBytes(
  bytes: Uint8Array,
  from: number,
  to: number,
  seed: number,
  into: Fingerprint,
): void {
  let low = 0x9e3779b1 ^ seed;
  let high = 0x85ebca6b ^ Math.imul(seed, 0x27d4eb2f);
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    low = Math.imul(low ^ byte, 0x01000193);
    low ^= low >>> 15;
    high = Math.imul(((high << 5) | (high >>> 27)) + byte, 0xc2b2ae35);
  }
  into[0] = finishLow(low);
  into[1] = notZero(finishHigh(high ^ (to - from)));
}

/** Spreads every bit of `x` over all of them (the finalizer of MurmurHash3). */
export function finishLow(x: number): number {
  let y = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  y = Math.imul(y ^ (y >>> 13), 0xc2b2ae35);
  return y ^ (y >>> 16);
}

/** The same with other constants, so that the lanes have nothing in common. */
export function finishHigh(x: number): number {
  let y = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  y = Math.imul(y ^ (y >>> 12), 0x297a2d39);
  return y ^ (y >>> 15);
}

export function notZero(lane: number): number {
  return lane === 0 ? 1 : lane;
}

/** Whether `a` comes before `b`: any total order does, for the smallest of a state's fingerprints. */
export function comesBefore(a: Fingerprint, b: Fingerprint): boolean {
  return a[0]! < b[0]! || (a[0] === b[0] && a[1]! < b[1]!);
}
