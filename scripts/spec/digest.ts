/** A number for a set of texts that does not depend on their order: the sum of their 64-bit hashes. */

import { createHash } from 'node:crypto';

const MASK = (1n << 64n) - 1n;

/** The first 8 bytes of SHA-256 of the text in UTF-8, little end first. */
export function hashText(text: string): bigint {
  return createHash('sha256').update(text).digest().readBigUInt64LE();
}

/** The digest with one more text in it (each text once: the caller sees to that). */
export function addToDigest(digest: bigint, text: string): bigint {
  return (digest + hashText(text)) & MASK;
}

/** As sixteen hexadecimal digits. */
export function digestText(digest: bigint): string {
  return digest.toString(16).padStart(16, '0');
}
