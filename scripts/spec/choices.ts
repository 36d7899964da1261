/** All sequences of choices, one after the other, where each choice may depend on those before it. */

export interface ChoiceSequence {
  /** The next choice of this sequence: from 0 to `bound` - 1. */
  readonly pick: (bound: bigint) => bigint;
  readonly taken: { chosen: number; readonly bound: number }[];
  position: number;
  /** Makes the choices that nothing else has made; null: the first of each. */
  draw: ((bound: number) => number) | null;
}

export function newChoices(): ChoiceSequence {
  const choices: ChoiceSequence = {
    taken: [],
    position: 0,
    draw: null,
    pick: (bound) => {
      if (choices.position === choices.taken.length) {
        const chosen = choices.draw?.(Number(bound)) ?? 0;
        choices.taken.push({ chosen, bound: Number(bound) });
      }
      return BigInt(choices.taken[choices.position++]!.chosen);
    },
  };
  return choices;
}

/** Goes on to the next sequence; false (and back at the first) after the last. */
export function nextChoices(choices: ChoiceSequence): boolean {
  const { taken } = choices;
  // What was chosen beyond the last pick belonged to a sequence that took another way.
  taken.length = choices.position;
  choices.position = 0;
  while (taken.length > 0 && taken.at(-1)!.chosen + 1 >= taken.at(-1)!.bound) {
    taken.pop();
  }
  if (taken.length === 0) {
    return false;
  }
  taken.at(-1)!.chosen++;
  return true;
}
