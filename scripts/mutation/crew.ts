/** Processes that try mutants, each one at a time; one that ends or hangs has noticed the mutant, and another begins. */

import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { env } from 'node:process';
import type { Opened, Oracles, Tried } from './worker.js';

export interface CrewOptions {
  /** Folder of the mirror. */
  readonly mirror: string;
  readonly root: string;
  readonly part: string;
  readonly workers: number;
  readonly oracles: Oracles;
  /** Called for each mutant, in the order in which they are done. */
  readonly told: (tried: Tried) => void;
  readonly opened: (opened: Opened) => void;
}

/** Longer than all oracles together take, and longer than those that are quick do. */
const MOST_MILLISECONDS = 300_000;
const MOST_QUICK_MILLISECONDS = 60_000;
const FLAGS = ['--max-old-space-size=6144', '--max-semi-space-size=64'];

/** Tries all of `mutants`; false: an oracle fails with no mutant, or has nothing to ask. */
export async function tryAll(mutants: readonly number[], options: CrewOptions): Promise<boolean> {
  const queue = [...mutants];
  const late: number[] = [];
  const share = async (): Promise<boolean> => {
    while (queue.length > 0) {
      if (!(await work(queue, late, options))) {
        return false;
      }
    }
    return true;
  };
  const count = Math.min(options.workers, Math.max(1, queue.length));
  const ended = await Promise.all(Array.from({ length: count }, share));
  if (ended.includes(false)) {
    return false;
  }
  const alone = async (): Promise<void> => {
    for (let mutant = late.pop(); mutant !== undefined; mutant = late.pop()) {
      options.told(await tryAlone(mutant, options));
    }
  };
  await Promise.all(Array.from({ length: count }, alone));
  return true;
}

/** One process for as many mutants as it lives; `late`: those that it cannot switch on by itself. */
function work(queue: number[], late: number[], options: CrewOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const child = start(options, {});
    let fixed: ReadonlySet<number> | null = null;
    let current: number | null = null;
    let clock: NodeJS.Timeout | undefined;
    let isHanging = false;
    const next = (): void => {
      clearTimeout(clock);
      current = queue.shift() ?? null;
      while (current !== null && fixed!.has(current)) {
        late.push(current);
        current = queue.shift() ?? null;
      }
      if (current === null) {
        child.kill();
      } else {
        child.send(current);
        clock = setTimeout(
          () => {
            isHanging = true;
            child.kill('SIGKILL');
          },
          options.oracles === 'quick' ? MOST_QUICK_MILLISECONDS : MOST_MILLISECONDS,
        );
      }
    };
    child.on('message', (message: Opened | Tried) => {
      if ('fixed' in message) {
        fixed = new Set(message.fixed);
        options.opened(message);
      } else {
        options.told(message);
      }
      next();
    });
    child.on('exit', () => {
      clearTimeout(clock);
      if (current !== null) {
        options.told(ended(current, isHanging));
      }
      resolve(fixed !== null);
    });
  });
}

function tryAlone(mutant: number, options: CrewOptions): Promise<Tried> {
  return new Promise((resolve) => {
    const child = start(options, { ACTIVE_MUTANT: String(mutant) });
    let tried: Tried | null = null;
    let isHanging = false;
    const clock = setTimeout(() => {
      isHanging = true;
      child.kill('SIGKILL');
    }, MOST_MILLISECONDS);
    child.on('message', (message: Tried) => {
      tried = message;
    });
    child.on('exit', () => {
      clearTimeout(clock);
      resolve(tried ?? ended(mutant, isHanging));
    });
  });
}

function ended(mutant: number, isHanging: boolean): Tried {
  const by = isHanging ? 'it does not end' : 'the process ended';
  return { mutant, status: isHanging ? 'Timeout' : 'Killed', oracle: 'tests', by, isCut: false };
}

function start(
  { mirror, root, part, oracles }: CrewOptions,
  more: Record<string, string>,
): ChildProcess {
  const wanted = { ...env, ...more, ORACLES: oracles };
  const file = join(mirror, 'scripts/mutation/worker.js');
  // What fails while the code is loaded says so at length.
  const errors = 'ACTIVE_MUTANT' in more ? 'ignore' : 'inherit';
  const stdio = ['ignore', 'ignore', errors, 'ipc'] as const;
  return fork(file, [root, part], { execArgv: FLAGS, env: wanted, stdio: [...stdio] });
}
