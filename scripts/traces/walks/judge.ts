/** Random walks of specifications, followed by the code, for the command line. */

import type { Bug } from '../../../src/bugs/bug.js';
import { openWalks, type WalkedMachine } from './machines.js';
import { drawer, newWalked, type Walked, Walks } from './walks.js';

/** `walks` of `length` steps, from the seed `from` on; the exit status: 1 where code and specification part. */
export async function judgeWalks(
  machine: WalkedMachine,
  walks: number,
  length: number,
  from: number,
  bugs: readonly Bug[],
): Promise<number> {
  const open = await openWalks(machine);
  const { modules } = machine;
  let bad = 0;
  for (const name of modules) {
    const random = new Walks(open(name, bugs[0] ?? null));
    const walked = newWalked();
    const to = from + Math.ceil(walks / modules.length);
    for (let seed = from; seed < to && bad === 0; seed++) {
      const parting = random.walk(length, drawer(seed), walked);
      if (parting !== null) {
        bad++;
        console.log(`walk ${seed} of ${name}: after ${parting.path.length - 1} steps comes`);
        console.log(
          [parting.path.at(-1), ...parting.reasons].map((line) => `  ${line}`).join('\n'),
        );
      }
    }
    console.log(walkedText(name, walked));
    bad += walked.steps === 0 && bad === 0 ? 1 : 0;
  }
  return bad === 0 ? 0 : 1;
}

function walkedText(name: string, walked: Walked): string {
  const { walks, steps, unseen, walking, following, taken } = walked;
  const actions = [...taken]
    .sort(([, a], [, b]) => b - a)
    .map(([action, times]) => `${action} ${times}`);
  const speed = (seconds: number): string => `${Math.round(steps / Math.max(seconds, 0.001))}/s`;
  return [
    `${name}: ${walks} walks, ${steps} steps and ${unseen} unseen ones between them, drawn at ${speed(walking)}, followed at ${speed(following)}`,
    `  ${actions.join(', ')}`,
  ].join('\n');
}
