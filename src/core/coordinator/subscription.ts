/**
 * The one part of the consumers' own protocol that a coordinator reads: which topics a member wants
 * (ConsumerProtocolSubscription: a version of 16 bits, then an array of strings).
 */

/** Null where the bytes are no subscription of a consumer. */
export function subscribedTopics(subscription: Uint8Array): string[] | null {
  const view = new DataView(subscription.buffer, subscription.byteOffset, subscription.byteLength);
  if (view.byteLength < 6 || view.getInt16(0) < 0) {
    return null;
  }
  const count = view.getInt32(2);
  const topics: string[] = [];
  let at = 6;
  for (let topic = 0; topic < count; topic++) {
    if (at + 2 > view.byteLength) {
      return null;
    }
    const length = view.getInt16(at);
    at += 2;
    if (length < 0 || at + length > view.byteLength) {
      return null;
    }
    // Names of topics are ASCII.
    topics.push(String.fromCharCode(...subscription.subarray(at, at + length)));
    at += length;
  }
  return topics;
}
