/** Runs the cells of the matrix, one after the other. */

import { randomBytes } from 'node:crypto';
import { type Caller, Driver, type DriverCommand, Unsupported } from './driver.js';
import { Evidence } from './evidence.js';
import { Observer } from './observer.js';
import type { Scenario } from './scenario.js';

export type Cell =
  /** `comparisons`: how many held; at least one. */
  | { readonly outcome: 'pass'; readonly comparisons: number }
  | { readonly outcome: 'fail'; readonly reason: string }
  /** The library cannot express the scenario. */
  | { readonly outcome: 'n/a'; readonly reason: string };

const CELL_LIMIT_MILLISECONDS = 120_000;
const REASON_LENGTH = 600;

/** How a process of the client is started. */
export type StartDriver = () => Caller;

export function starterOf(command: DriverCommand, bootstrap: string): StartDriver {
  return () => new Driver(command, bootstrap);
}

/** Runs one scenario with one client; never throws. */
export async function runCell(
  scenario: Scenario,
  startDriver: StartDriver,
  bootstrap: string,
  patience?: number,
): Promise<Cell> {
  const observer = new Observer(bootstrap, patience);
  const evidence = new Evidence();
  const drivers: Caller[] = [];
  const stage = {
    observer,
    evidence,
    name: `${scenario.name}-${randomBytes(4).toString('hex')}`,
    start: () => {
      const driver = startDriver();
      drivers.push(driver);
      return driver;
    },
  };
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      const message = `the scenario took longer than ${CELL_LIMIT_MILLISECONDS} ms`;
      timer = setTimeout(() => reject(new Error(message)), CELL_LIMIT_MILLISECONDS);
    });
    await Promise.race([scenario.run(stage), late]);
    return evidence.count > 0
      ? { outcome: 'pass', comparisons: evidence.count }
      : { outcome: 'fail', reason: 'the scenario compared nothing' };
  } catch (error) {
    const reason = (error as Error).message.slice(0, REASON_LENGTH);
    return { outcome: error instanceof Unsupported ? 'n/a' : 'fail', reason };
  } finally {
    clearTimeout(timer);
    await Promise.all(drivers.map((driver) => driver.close()));
    observer.close();
  }
}
