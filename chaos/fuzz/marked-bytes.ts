/** Bytes of a message that is being written, and where in them the codec has something to decide. */

/** How a length or count is written. */
export type LengthForm = 'int16' | 'int32' | 'varint';

export type Mark =
  /** A length or a count: `value` is what stands there (compact ones: plus one, 0 for null). */
  | {
      readonly kind: 'length';
      readonly at: number;
      readonly size: number;
      readonly form: LengthForm;
      readonly value: number;
    }
  /** A number, boolean or uuid. */
  | { readonly kind: 'scalar'; readonly at: number; readonly size: number }
  /** The bytes of a string. */
  | { readonly kind: 'text'; readonly at: number; readonly size: number }
  /** The bytes of a record batch. */
  | { readonly kind: 'records'; readonly at: number; readonly size: number }
  /** A section of tagged fields (KIP-482) that is empty: one byte. */
  | { readonly kind: 'tags'; readonly at: number; readonly size: number };

export class MarkedBytes {
  readonly marks: Mark[] = [];
  private buffer = Buffer.allocUnsafe(512);
  private length = 0;

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  get position(): number {
    return this.length;
  }

  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
  }

  /** Big endian, of 1 to 8 bytes. */
  int(value: number | bigint, size: number): void {
    const at = this.reserve(size);
    const bits = BigInt.asUintN(size * 8, BigInt(value));
    for (let index = 0; index < size; index++) {
      this.buffer[at + index] = Number((bits >> BigInt((size - 1 - index) * 8)) & 0xffn);
    }
    this.marks.push({ kind: 'scalar', at, size });
  }

  lengthOf(value: number, form: LengthForm): void {
    const at = this.length;
    const bytes = encodeLength(value, form);
    this.raw(bytes);
    this.marks.push({ kind: 'length', at, size: bytes.length, form, value });
  }

  mark(kind: 'text' | 'records' | 'scalar', at: number): void {
    this.marks.push({ kind, at, size: this.length - at });
  }

  emptyTags(): void {
    this.marks.push({ kind: 'tags', at: this.length, size: 1 });
    this.raw(Uint8Array.of(0));
  }

  private reserve(size: number): number {
    const at = this.length;
    this.length += size;
    if (this.length > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length));
      larger.set(this.buffer.subarray(0, at));
      this.buffer = larger;
    }
    return at;
  }
}

/** `value` as it would stand on the wire; a number that does not fit is cut. */
export function encodeLength(value: number, form: LengthForm): Uint8Array {
  if (form === 'varint') {
    return unsignedVarint(value);
  }
  const size = form === 'int16' ? 2 : 4;
  const bytes = new Uint8Array(size);
  for (let index = 0; index < size; index++) {
    bytes[index] = (value >> ((size - 1 - index) * 8)) & 0xff;
  }
  return bytes;
}

/** The 32 bits of `value`, seven to a byte, the lowest first. */
export function unsignedVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value >>> 0;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
