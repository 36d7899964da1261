/** XXH32 (xxHash specification, 0.1.1), the checksum of LZ4 frames. */

const PRIME1 = 0x9e3779b1;
const PRIME2 = 0x85ebca77;
const PRIME3 = 0xc2b2ae3d;
const PRIME4 = 0x27d4eb2f;
const PRIME5 = 0x165667b1;

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function round(lane: number, input: number): number {
  return Math.imul(rotate((lane + Math.imul(input, PRIME2)) | 0, 13), PRIME1);
}

/** XXH32 with seed 0 of `bytes` from `start` to `end`, as unsigned 32 bits. */
export function xxhash32(bytes: Uint8Array, start: number, end: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = start;
  let hash = PRIME5;
  if (end - start >= 16) {
    let lane1 = (PRIME1 + PRIME2) | 0;
    let lane2 = PRIME2 | 0;
    let lane3 = 0;
    let lane4 = -PRIME1 | 0;
    for (; position <= end - 16; position += 16) {
      lane1 = round(lane1, view.getInt32(position, true));
      lane2 = round(lane2, view.getInt32(position + 4, true));
      lane3 = round(lane3, view.getInt32(position + 8, true));
      lane4 = round(lane4, view.getInt32(position + 12, true));
    }
    hash = rotate(lane1, 1) + rotate(lane2, 7) + rotate(lane3, 12) + rotate(lane4, 18);
  }
  hash = (hash + end - start) | 0;
  for (; position <= end - 4; position += 4) {
    hash = (hash + Math.imul(view.getInt32(position, true), PRIME3)) | 0;
    hash = Math.imul(rotate(hash, 17), PRIME4);
  }
  for (; position < end; position += 1) {
    hash = (hash + Math.imul(bytes[position]!, PRIME5)) | 0;
    hash = Math.imul(rotate(hash, 11), PRIME1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
