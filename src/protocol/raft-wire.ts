/** Raft messages to and from their frames. */
import type { Message } from '../core/raft/types.js';

/** `message` as a whole frame in parts (request header and body); payloads are not copied. */
export function encodeRaftMessage(message: Message): Uint8Array[] {
  throw new Error(`not built yet: ${message.type}`);
}

/** The message in a frame. Payloads are views of `frame`. Throws `ProtocolError`. */
export function decodeRaftMessage(frame: Uint8Array): Message {
  throw new Error(`not built yet: ${frame.length}`);
}
