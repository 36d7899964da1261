/** What the tests of all explored worlds ask: that parts are written down without loss, and some states to try. */

import { expect } from 'vitest';
import { newFingerprint } from '../src/explorer/fingerprint.js';
import { PartReader, PartWriter } from '../src/explorer/part-writer.js';
import type { World } from '../src/explorer/world.js';

/** Numbers in the order of a renaming that renames nothing. */
const SAME = [0, 1, 2, 3, 4];

/** More than `least` parts are read as they were written, and no two are written alike. */
export function roundTrip<Part>(
  parts: readonly Part[],
  least: number,
  write: (writer: PartWriter, part: Part) => void,
  read: (reader: PartReader) => Part,
  check: (original: Part, copy: Part) => void,
): void {
  const writer = new PartWriter();
  const bytes = new Set<string>();
  expect(parts.length).toBeGreaterThan(least);
  for (const part of parts) {
    writer.begin(SAME);
    write(writer, part);
    const reader = new PartReader(writer.bytes.slice(0, writer.length));
    check(part, read(reader));
    expect(reader.isAtEnd).toBe(true);
    bytes.add(writer.text());
  }
  // Equal bytes were one part when they came.
  expect(bytes.size).toBe(parts.length);
}

/** States in the order in which a search meets them, one for each orbit. */
export function someStates<State>(world: World<State>, most: number): State[] {
  const bytes = new Uint8Array(world.maximumBytes);
  const kept = (state: State): State => world.decode(bytes, 0, world.encode(state, bytes, 0));
  const canonical = (state: State): string =>
    Array.from({ length: world.permutations }, (_, renaming) => {
      const fingerprint = newFingerprint();
      world.fingerprint(state, renaming, 0, fingerprint);
      return fingerprint.join();
    }).sort()[0]!;
  const states = [kept(world.initial())];
  const known = new Set(states.map(canonical));
  for (let i = 0; i < states.length && states.length < most; i++) {
    world.successors(states[i]!, (successor) => {
      const name = canonical(successor);
      if (!known.has(name)) {
        known.add(name);
        states.push(kept(successor));
      }
    });
  }
  return states;
}
