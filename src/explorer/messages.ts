/** The messages under way, as a set: numbers, ascending, each once. */

/** The messages but for the one at `left`, with those of `added` that are not among them; into `into`. */
export function merged(
  messages: readonly number[],
  left: number,
  added: readonly number[],
  into: number[],
): number[] {
  into.length = 0;
  for (let i = 0; i < messages.length; i++) {
    if (i !== left) {
      into.push(messages[i]!);
    }
  }
  for (let i = 0; i < added.length; i++) {
    const message = added[i]!;
    let at = into.length;
    while (at > 0 && into[at - 1]! > message) {
      at--;
    }
    if (at === 0 || into[at - 1] !== message) {
      into.splice(at, 0, message);
    }
  }
  return into;
}
